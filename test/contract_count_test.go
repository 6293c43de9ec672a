package test

import (
	"encoding/json"
	"testing"
)

// counted is JCOUNT; want is the JSON it must hold, more fields are fine.
func counted(want string, keys ...string) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		text, ok := c.call("jcount", append(c.keysOf("jcount"), keys...)).(string)
		if !ok {
			t.Errorf("JCOUNT: got %s, want JSON text", shown(c.call("jcount", append(c.keysOf("jcount"), keys...))))
			return
		}
		got, wanted := rawFields(t, text), rawFields(t, want)
		for _, name := range []string{"jobs", "scheduled", "runners"} {
			if got[name] != wanted[name] {
				t.Errorf("JCOUNT %s: got %s, want %s", name, got[name], wanted[name])
			}
		}
		var queued, wantQueued map[string]json.Number
		if err := json.Unmarshal([]byte(got["queued"]), &queued); err != nil {
			t.Errorf("JCOUNT queued is no object of numbers: %s", got["queued"])
			return
		}
		if err := json.Unmarshal([]byte(wanted["queued"]), &wantQueued); err != nil {
			t.Fatal(err)
		}
		if len(queued) != len(wantQueued) {
			t.Errorf("JCOUNT queued: got %s, want %s", got["queued"], wanted["queued"])
		}
		for key, n := range wantQueued {
			if queued[key] != n {
				t.Errorf("JCOUNT queued %q: got %q, want %q", key, queued[key], n)
			}
		}
	}
}

func TestContractJCOUNTCounts(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"an empty board, queued an object", []step{unchanged(counted(`{"jobs":0,"scheduled":0,"runners":0,"queued":{}}`))}},
		{"missing queues are 0", []step{unchanged(counted(`{"jobs":0,"scheduled":0,"runners":0,"queued":{"jobs:queue:a":0,"jobs:queue:b":0}}`, "jobs:queue:a", "jobs:queue:b"))}},
		{"jobs, schedule, runners and queues", []step{
			put(1000, "a", "shell", "p", 60), put(1000, "b", "http", "p", 60), onBoard("c", "{oops"), scheduled("x", 1), scheduled("y", 2),
			call(1, "jregister", "z", "z"), onQueue("shell", "1", "2"),
			unchanged(counted(`{"jobs":3,"scheduled":4,"runners":3,"queued":{"jobs:queue:shell":2,"jobs:queue:http":0}}`, "jobs:queue:shell", "jobs:queue:http")),
			unchanged(counted(`{"jobs":3,"scheduled":4,"runners":3,"queued":{}}`)),
		}},
		{"queue names that need escapes in JSON", []step{
			onQueue("a/b", "1"), onQueue(`q"\`, "1", "2"), onQueue("é☃", "1", "2", "3"),
			unchanged(counted(`{"jobs":0,"scheduled":0,"runners":0,"queued":{"jobs:queue:a\/b":1,"jobs:queue:q\"\\":2,"jobs:queue:é☃":3,"x\ny":0}}`,
				"jobs:queue:a/b", `jobs:queue:q"\`, "jobs:queue:é☃", "x\ny")),
		}},
		{"the name of a Lua table, as the Lua client sends it", []step{
			put(1000, "a", "shell", "p", 60), unchanged(counted(`{"jobs":1,"scheduled":1,"runners":1,"queued":{"table: 0x55d0c8a3e2b0":0}}`, "table: 0x55d0c8a3e2b0")),
		}},
	})
}

func TestContractJREGISTERAnswersWhetherTheRunnerIsNew(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"1, then 0 and the command is another", []step{
			call(1, "jregister", "shell", "one"), call(0, "jregister", "shell", "two"), call(0, "jregister", "shell", "two"), registered("shell=two"),
		}},
		{"any command line", []step{call(1, "jregister", "a:b c", ""), call(1, "jregister", "é", "x \"y\" 'z' ☃\n"), registered("a:b c=", "é=x \"y\" 'z' ☃\n")}},
		{"and writes nothing else", []step{call(1, "jregister", "shell", "one"), func(t *testing.T, c *contractClient) {
			t.Helper()
			if got := len(c.dump(t)); got != 2 {
				t.Errorf("the database has %d keys, want commands and the registry", got)
			}
		}}},
	})
}
