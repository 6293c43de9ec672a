package scripts

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

func TestJtake(t *testing.T) {
	t.Parallel()
	hour := func(id, fields string) step { // puts a job and lets it wait an hour for an agent
		return func(t *testing.T, s *stand) {
			t.Helper()
			put(1000, id, 60, fields)(t, s)
			for i := range 60 {
				fired(fmt.Sprintf("1 %d 0", 1060+60*i), i, float64(1000+60*i))(t, s)
			}
		}
	}
	collapsed := func(id string, from, to int, by string) (lines []string) {
		for at := from; at <= to; at += 60 {
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s@%d000 collapsed overlap %s", id, at, by)))
		}
		return lines
	}
	play(t, []scene{
		{"an empty queue gives nothing, makes a lease and removes the bell", []step{
			does("LPUSH", "jobs:bell:shell", 1), taken("w", 1, 5, 1000), is("0", "EXISTS", "jobs:bell:shell"), is("1004", "ZSCORE", "jobs:workers", "w"),
		}},
		{"the oldest first, at most n, and a bell for what is left", []step{
			put(1000, "a", 60, ""), put(1001, "b", 60, ""), put(1002, "c", 60, ""), fired("3 1060 0", 1, 1002), does("DEL", "jobs:bell:shell"),
			taken("w", 1, 2, 1003, "a@1000000", "b@1001000"), is("1", "LLEN", "jobs:bell:shell"), taken("w", 2, 2, 1005, "c@1002000"), is("0", "EXISTS", "jobs:bell:shell"),
			is("1009", "ZSCORE", "jobs:workers", "w"), is("5", "HLEN", "jobs:held:w"),
		}},
		{"a take that empties the queue exactly leaves no bell to ring", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "a@1000000"), taken("w", 2, 1, 1000), is("0", "EXISTS", "jobs:bell:shell"),
		}},
		{"queues in the order of preference", []step{
			pushed("shell", `{"id":"s","runner":"shell"}`), pushed("mail", `{"id":"m","runner":"mail"}`), takenOf([]string{"mail", "shell"}, "w", 1, 1, 1000, "m#"), takenOf([]string{"mail", "shell"}, "w", 2, 5, 1000, "s#"),
		}},
		{"none wanted only looks after the bells", []step{
			does("LPUSH", "jobs:bell:shell", 1), pushed("mail", "x"), takenOf([]string{"mail", "shell"}, "w", 1, 0, 1000), is("0", "EXISTS", "jobs:bell:shell"), is("1", "EXISTS", "jobs:bell:mail"),
		}},
		{"overlap forbid: an hour of waiting entries is one start", []step{
			hour("a", forbid), taken("w", 1, 1000, 4600, "a@1000000"), queue("shell"), ledger(collapsed("a", 1060, 4540, "a@1000000")...), stats("collapsed=59"),
		}},
		{"overlap forbid: they collapse also when the first has ended by then", []step{
			hour("a", forbid), taken("w", 1, 1, 4600, "a@1000000"), acked("w", 1, 4601, "a@1000000; succeeded"),
			taken("w", 2, 1000, 4602), ledger(collapsed("a", 1060, 4540, "")...), fired("1 4660 0", 99, 4610), taken("w", 3, 5, 4611, "a@4600000"),
		}},
		{"overlap forbid: what had collapsed into an entry collapses with it", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), fired("1 1300 0", 2, 1250), taken("w", 1, 5, 1250, "a@1000000"), ledger("a@1060000 collapsed overlap a@1000000 missed:3"),
		}},
		{"overlap allow starts all of them", []step{
			hour("a", ""), func(t *testing.T, s *stand) { same(t, "taken", len(s.take("w", 1, 1000, 4600, 4).([]any)), "120") }, ledger(),
		}},
		{"overlap forbid: catch-up runs wait for each other and all run, the oldest first", []step{
			put(1000, "a", 60, `{"overlap":"forbid","misfire":"run-all"}`), fired("3 1180 0", 1, 1125), taken("w", 1, 10, 1125, "a@1000000 catchup:1"), waits("a@1060000 1125.25", "a@1120000 1125.5"),
			acked("w", 1, 1126, "a@1000000; succeeded"), watched(1126, 1126), taken("w", 2, 10, 1126, "a@1060000 catchup:1"), acked("w", 2, 1127, "a@1060000; succeeded"),
			watched(1127, 1127), taken("w", 3, 10, 1127, "a@1120000 catchup:1"), acked("w", 3, 1128, "a@1120000; succeeded"), waits(), queue("shell"), ledger(), stats("succeeded=3", "queued=3"),
		}},
		{"overlap forbid: a retry is not collapsed by a newer attempt, it waits", []step{
			put(1000, "a", 60, `{"overlap":"forbid","retries":1,"backoff":"fixed","backoff_delay":1,"backoff_jitter":0}`), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "a@1000000"), acked("w", 1, 1000, "a@1000000; failed"),
			func(t *testing.T, s *stand) {
				same(t, "JRUN", s.op("jrun", 1, 1000, "a", "a#01", 1), "shell")
			},
			taken("w", 2, 5, 1000, "a#01 force:1"), watched(1000, 1001), taken("w", 3, 5, 1001, "a@1000000 try:2"),
		}},
		{"overlap forbid: force goes beside an attempt and never unguards it", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "a@1000000"),
			func(t *testing.T, s *stand) {
				same(t, "JRUN", s.op("jrun", 1, 1001, "a", "a#01", 0), "ACTIVE")
				same(t, "JRUN with force", s.op("jrun", 2, 1001, "a", "a#01", 1), "shell")
			},
			taken("w", 2, 1, 1001, "a#01 force:1"), acked("w", 1, 1002, "a#01; succeeded"), active("a", "a@1000000"), fired("0 1120 0", 2, 1060), acked("w", 2, 1061, "a@1000000; succeeded"), active("a", ""),
		}},
		{"overlap forbid: a number that the counter has not given yet does not pass an attempt", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "a@1000000"),
			does("LPUSH", "jobs:queue:shell", `{"run":"a@1060000.999","alone":1,"queued":1001.000,"id":"a","runner":"shell","overlap":"forbid","payload":"x"}`),
			taken("w", 2, 1, 1001), active("a", "a@1000000"), stats("collapsed=1"),
		}},
		{"overlap forbid: where the numbers are overwritten the active run decides", []step{
			does("SET", "jobs:left", "0"), put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), fired("1 1120 0", 2, 1060), taken("w", 1, 1, 1060, "a@1000000"),
			does("DEL", "jobs:latest"), does("SET", "jobs:latest", "x"), taken("w", 2, 1, 1061), is("1", "HLEN", "jobs:busy"), stats("collapsed=1"), does("DEL", "jobs:latest"),
		}},
		{"overlap forbid: a board that is overwritten loses no run", []step{
			does("LPUSH", "jobs:queue:shell", `{"id":"x","runner":"shell","overlap":"forbid","payload":"x"}`), does("SET", "jobs", "x"),
			func(t *testing.T, s *stand) {
				t.Helper()
				if list, _ := s.take("w", 1, 5, 1000, 4).([]any); len(list) != 2 {
					t.Errorf("got %q, want the run", list)
				}
			}, is("3", "HLEN", "jobs:held:w"), does("DEL", "jobs"),
		}},
		{"overlap forbid: a job that names an agent itself is not guarded for ever", []step{
			put(1000, "a", 60, `{"overlap":"forbid","for_agent":"h1"}`), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "a@1000000"), acked("w", 1, 1001, "a@1000000; failed 1"),
			is("0", "EXISTS", "jobs:busy"), fired("1 1120 0", 2, 1060),
		}},
		{"a cancelled job lets go what is queued later", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), func(t *testing.T, s *stand) { same(t, "JCANCEL", s.op("jcancel", 1, 1001, "a"), "0") }, fired("1 1120 0", 2, 1060),
			taken("w", 1, 5, 1060, "a@1060000"), ended("a", "a@1000000 cancelled"), stats("cancelled=1"),
		}},
		{"a take sent again keeps the lease: whoever still asks is alive", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"), taken("w", 1, 5, 1003, "a@1000000"), is("1007", "ZSCORE", "jobs:workers", "w"),
			watched(1003, 1006.9), taken("w", 1, 5, 1006.9, "a@1000000"), stats("queued=1"),
		}},
		{"a take sent again after the lane was reaped brings no lease back", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"), watched(1000, 1005), is("0", "EXISTS", "jobs:workers"), func(t *testing.T, s *stand) {
				t.Helper()
				list := s.take("w", 1, 5, 1005, 4).([]any)
				if len(list) != 2 || list[1] != "" {
					t.Errorf("got %q, want the token and no entry", list)
				}
			},
			is("0", "EXISTS", "jobs:workers"), queue("shell", "a@1000000 try:2 lost:1"),
		}},
		{"a lane that comes back after it was reaped keeps what it takes", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"), watched(1000, 1010), is("0", "EXISTS", "jobs:workers"), func(t *testing.T, s *stand) {
				if s.rdb.TTL(t.Context(), "jobs:held:w").Val() <= 0 {
					t.Error("what a reaped lane held never goes")
				}
			},
			taken("w", 2, 5, 1010, "a@1000000 try:2 lost:1"), is("-1", "TTL", "jobs:held:w"),
		}},
		{"a replay finds what was lost meanwhile empty", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"), watched(1000, 1010),
			func(t *testing.T, s *stand) {
				list := s.take("w", 1, 5, 1011, 4).([]any)
				if len(list) != 2 || list[1] != "" {
					t.Errorf("the take again: got %q, want a token and nothing", list)
				}
			}, is("0", "EXISTS", "jobs:workers"),
		}},
	})
}

func TestJtakeHandsOutWhatForeignProducersPush(t *testing.T) {
	t.Parallel()
	const none = "metadata"
	tests := []struct{ name, text, run, payload string }{
		{"metadata of 2014", `{"id":"a","runner":"shell","payload":"[]","interval":5}`, "a#", "[]"},
		{"metadata with blanks", " {\n \"id\" : \"a\" , \"runner\":\"shell\",\"payload\":\"x\"} ", "a#", "x"},
		{"without a runner", `{"id":"a","payload":"x"}`, "a#", "x"},
		{"without an id", `{"runner":"shell","payload":"x"}`, "shell#", "x"},
		{"an id that is a number", `{"id":5,"runner":"shell","payload":"x"}`, "shell#", "x"},
		{"an empty id", `{"id":"","runner":"shell","payload":"x"}`, "shell#", "x"},
		{"a runner that is a number", `{"id":"a","runner":5,"payload":"x"}`, "a#", none},
		{"a runner that is null", `{"id":"a","runner":null,"payload":"x"}`, "a#", none},
		{"a payload that is no string", `{"id":"a","runner":"shell","payload":{"x":[]}}`, "a#", `{"x":[]}`},
		{"a first field named try", `{"try":7,"id":"a","runner":"shell","payload":"x"}`, "a#", "x"},
		{"a first field named lost", `{"lost":7,"id":"a","runner":"shell","payload":"x"}`, "a#", "x"},
		{"a first field named queued", `{"queued":7,"id":"a","runner":"shell","payload":"x"}`, "a#", "x"},
		{"a first field named run", `{"run":"mine","id":"a","runner":"shell","payload":"x"}`, "a#", "x"},
		{"fields run and queued as in a head", `{"run":"mine","queued":7,"id":"a","runner":"shell","payload":"x"}`, "a#", "x"},
		{"a run that is a number", `{"run":5,"queued":7,"id":"a","runner":"shell","payload":"x"}`, "a#", "x"},
		{"a head with a field that is none of ours", `{"run":"a@1.1","other":{},"queued":7,"id":"a","runner":"shell","payload":"x"}`, "a#", "x"},
		{"an object without fields", `{}`, "shell#", none},
		{"no JSON", `hello`, "shell#", none},
		{"nothing at all", ``, "shell#", none},
		{"half an object", `{"id":"a","runner":"she`, "shell#", none},
		{"an array", `["a","b"]`, "shell#", none},
		{"an array of objects", `[{"id":"a","runner":"shell"}]`, "shell#", none},
		{"a number", `5`, "shell#", none},
		{"null", `null`, "shell#", none},
		{"a string", `"{\"id\":\"a\",\"runner\":\"shell\"}"`, "shell#", none},
		{"bytes", "\x00\xff\xfe\n\"\\", "shell#", none},
	}
	play(t, []scene{{"each gets a run id, or is told to be unreadable, and can be ended", []step{func(t *testing.T, s *stand) {
		ctx := context.Background()
		for i, tt := range tests {
			s.must(t, s.rdb.LPush(ctx, "jobs:queue:shell", tt.text).Err())
			list, ok := s.take("w", 2*i, 1, 1000, 4).([]any)
			if !ok || len(list) != 2 {
				t.Errorf("%s: got %v, want one run", tt.name, list)
				continue
			}
			a := parseEntry(list[0].(string), list[1].(string), headers{})
			if short(string(a.Run)) != tt.run {
				t.Errorf("%s: got run %q, want %q", tt.name, a.Run, tt.run)
			}
			if tt.payload == none {
				if a.Refuse == "" || !strings.Contains(a.Text, string(quote(nil, tt.text))) && !strings.Contains(tt.name, "bytes") && !strings.Contains(tt.name, "runner") {
					t.Errorf("%s: got %+v, want it refused, with its text", tt.name, *a)
				}
			} else if a.Refuse != "" || a.Payload != tt.payload {
				t.Errorf("%s: got payload %q, refused %q, want %q", tt.name, a.Payload, a.Refuse, tt.payload)
			}
			got := s.lane("jackmany", "w", "w", i, 1001, a.Token, string(a.Run), story("failed", "x"), "")
			same(t, tt.name, got, "[]")
			// Given back by a reaper it keeps its id.
			s.must(t, s.rdb.LPush(ctx, "jobs:queue:shell", tt.text).Err())
			again, _ := s.take("w", 2*i+1, 1, 1000, 4).([]any)
			watched(1000, 1010)(t, s)
			back, _ := s.take("v", 2*i, 1, 1010, 4, "shell", "unreadable").([]any)
			if len(again) != 2 || len(back) != 2 || parseEntry("", again[1].(string), headers{}).Run != parseEntry("", back[1].(string), headers{}).Run {
				t.Errorf("%s: got %q, and again after it was lost %q, want the same run", tt.name, again, back)
			}
		}
		stats(fmt.Sprint("queued=", 2*len(tests)), fmt.Sprint("failed=", len(tests)))(t, s)
	}}}})
}

func TestJtakeNumbersRunsApart(t *testing.T) {
	t.Parallel()
	play(t, []scene{{"a thousand texts that are the same", []step{func(t *testing.T, s *stand) {
		for range 1000 {
			s.must(t, s.rdb.LPush(context.Background(), "jobs:queue:shell", `{"id":"a","runner":"shell"}`).Err())
		}
		seen := map[string]bool{}
		for op := range 4 {
			list, _ := s.take("w", op, 250, 1000, 4).([]any)
			for i := 0; i < len(list); i += 2 {
				seen[string(parseEntry("", list[i+1].(string), headers{}).Run)] = true
				seen[list[i].(string)] = true
			}
		}
		if len(seen) != 2000 {
			t.Errorf("got %d different run ids and tokens, want 2000", len(seen))
		}
	}}}})
}
