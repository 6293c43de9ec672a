package test

import "testing"

func TestContractJGETAnswersTheStoredText(t *testing.T) {
	t.Parallel()
	texts := map[string]string{
		"a text of the old writer": `{"runner":"shell","payload":"cat \/proc\/loadavg","id":"a","start":1414139995,"interval":30}`,
		"a text with spaces":       "  {\n \"id\" : \"a\" }\t",
		"no JSON":                  "{oops",
		"an empty text":            "",
		"bytes that are no UTF-8":  "\xff\xfe\x00\r\n",
		"a big number":             `{"n":12345678901234567890.123456789}`,
		"text beyond ASCII":        `{"payload":"héllo ☃ 日本"}`,
	}
	var scenes []scene
	for name, text := range texts {
		scenes = append(scenes, scene{name, []step{onBoard("a", text), unchanged(call(text, "jget", "a"))}})
	}
	play(t, append(scenes,
		scene{"nil for an unknown id", []step{unchanged(call(nil, "jget", "a"))}},
		scene{"nil for a schedule entry alone", []step{scheduled("a", 1), unchanged(call(nil, "jget", "a"))}},
	))
}

func TestContractJDELTakesTheJobOff(t *testing.T) {
	t.Parallel()
	oneKey := func(want any, id string) step {
		return func(t *testing.T, c *contractClient) {
			t.Helper()
			wantReply(t, "JDEL with one key", c.call("jdel", []string{c.board}, id), want)
		}
	}
	play(t, []scene{
		{"board and schedule with two keys", []step{put(1000, "a", "shell", "p", 60), call(1, "jdel", "a"), gone("a"), call(0, "jdel", "a")}},
		{"the board alone with one key (bug 11)", []step{
			put(1000, "a", "shell", "p", 60), put(1000, "b", "shell", "p", 60), oneKey(1, "a"), score("a", 1000), call(nil, "jget", "a"), oneKey(0, "a"),
			tick(1, 1000), unscheduled("a"), taken("shell", "b"), tick(1, 1060), taken("shell", "b"),
		}},
		{"0 for an unknown id", []step{put(1000, "b", "shell", "p", 60), unchanged(call(0, "jdel", "a"))}},
		{"0 for a schedule entry alone, which goes", []step{scheduled("a", 5), call(0, "jdel", "a"), unscheduled("a")}},
		{"1 for a board entry alone", []step{onBoard("a", "{oops"), call(1, "jdel", "a"), gone("a")}},
		{"and leaves queue, registry and other jobs", []step{
			put(1000, "a", "shell", "p", 60), put(1000, "b", "shell", "p", 60), tick(2, 1000), call(1, "jdel", "a"),
			registered("shell=jobs-shell-runner"), kept("b"), score("b", 1060), taken("shell", "a", "b"),
		}},
		{"and nothing further of it is queued", []step{put(1000, "a", "shell", "p", 60), call(1, "jdel", "a"), tick(0, 1000), tick(0, 5000)}},
	})
}
