package scripts

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// when is a JSET of a job of the runner type shell that follows others.
func when(now float64, id, more string, after ...string) step {
	list, _ := json.Marshal(after)
	return put(now, id, 0, `{"overlap":"forbid","after":`+string(list)+more+`}`)
}

// refusedPut is a JSET that is INVALID with these words.
func refusedPut(id, words string, after ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		list, _ := json.Marshal(after)
		before := s.dump(t)
		err, _ := s.call("jset", []string{"jobs", "jobs:schedule", "jobs:runners"}, "1000", id, "shell", "p", "", "", "", "", "", `{"after":`+string(list)+`}`).(error)
		if err == nil || !strings.Contains(err.Error(), "INVALID") || !strings.Contains(err.Error(), words) {
			t.Errorf("JSET %s after %v: got %v, want INVALID with %q", id, after, err, words)
		}
		s.wantSame(t, "a refused put", before)
	}
}

// ends takes the one run that waits and ends it.
func ends(op int, now float64, run, state string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		name := strings.Fields(run)[0]
		taken("w", op, 1, now, run)(t, s)
		acked("w", op, now, name+"; "+state)(t, s)
	}
}

func TestFlows(t *testing.T) {
	t.Parallel()
	field := func(run, want string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			texts, err := s.rdb.LRange(context.Background(), s.k.Queue("shell"), 0, -1).Result()
			s.must(t, err)
			for _, text := range texts {
				if strings.HasPrefix(text, `{"run":"`+run) && strings.Contains(text, want) {
					return
				}
			}
			t.Errorf("got %q, want an entry of %s with %s", texts, run, want)
		}
	}
	diamond := func(t *testing.T, s *stand) {
		t.Helper()
		for _, step := range []step{put(1000, "a", 60, forbid), when(1000, "b", "", "a"), when(1000, "c", "", "a"), when(1000, "d", "", "b", "c"), when(1000, "e", "", "d")} {
			step(t, s)
		}
	}
	play(t, []scene{
		{"a job runs when the one that it follows has ended well, once, and is told how", []step{
			put(1000, "a", 60, forbid), when(1000, "b", "", "a"), is("1", "ZCARD", "jobs:schedule"), fired("1 1060 0", 1, 1000), queue("shell", "a@1000000"), ends(1, 1001, "a@1000000", "succeeded"),
			queue("shell", "b@1000000 catchup:1"), field("b@1000000", `"flow":"a@1000000.1","upstream":{"a":{"run":"a@1000000.1","state":"succeeded","at":1001.000}},"id":"b"`), is("1", "LLEN", "jobs:bell:shell"), stats("queued=2", "succeeded=1"),
			func(t *testing.T, s *stand) {
				before := s.dump(t)
				acked("w", 1, 1002, "a@1000000; succeeded")(t, s)
				s.wantSame(t, "the same ack again", before)
			}, ends(2, 1003, "b@1000000 catchup:1", "succeeded"), queue("shell"),
		}},
		{"the result of the upstream run reaches it", []step{
			put(1000, "a", 60, forbid), when(1000, "b", "", "a"), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "a@1000000"), func(t *testing.T, s *stand) {
				same(t, "JACK", s.call("jack", s.c.prefixed(), 1001, s.ids["a@1000000"], s.keys["a@1000000"], 0, `42 "rows"`), "succeeded")
			}, field("b@1000000", `"result":"42 \"rows\""`),
		}},
		{"a diamond: its end runs once, when both sides have ended, and the flow goes on", []step{
			diamond, fired("1 1060 0", 1, 1000), ends(1, 1001, "a@1000000", "succeeded"), queue("shell", "b@1000000 catchup:1", "c@1000000 catchup:1"), ends(2, 1002, "b@1000000 catchup:1", "succeeded"),
			queue("shell", "c@1000000 catchup:1"), ends(3, 1003, "c@1000000 catchup:1", "succeeded"), queue("shell", "d@1000000 catchup:1"), ends(4, 1004, "d@1000000 catchup:1", "succeeded"), queue("shell", "e@1000000 catchup:1"), field("e@1000000", `"flow":"a@1000000.1"`),
		}},
		{"two flows at once do not mix", []step{
			diamond, fired("1 1060 0", 1, 1000), ends(1, 1001, "a@1000000", "succeeded"), taken("w", 2, 1, 1002, "b@1000000 catchup:1"), taken("v", 1, 1, 1002, "c@1000000 catchup:1"), acked("w", 2, 1003, "b@1000000; succeeded"),
			fired("1 1120 0", 2, 1060), ends(3, 1061, "a@1060000", "succeeded"), ends(4, 1062, "b@1060000 catchup:1", "succeeded"), queue("shell", "c@1060000 catchup:1"), acked("v", 2, 1063, "c@1000000; succeeded"),
			queue("shell", "c@1060000 catchup:1", "d@1000000 catchup:1"), ends(5, 1064, "c@1060000 catchup:1", "succeeded"), queue("shell", "d@1000000 catchup:1", "d@1060000 catchup:1"),
		}},
		{"a failure ends the flow: what follows is skipped, visibly", []step{
			diamond, fired("1 1060 0", 1, 1000), ends(1, 1001, "a@1000000", "succeeded"), ends(2, 1002, "b@1000000 catchup:1", "failed 1"), ledger("d@1000000 skipped upstream b: failed b@1000000", "e@1000000 skipped upstream d: skipped b@1000000"),
			ends(3, 1003, "c@1000000 catchup:1", "succeeded"), queue("shell"),
		}},
		{"a retry is no end", []step{
			put(1000, "a", 60, `{"retries":1,"backoff_delay":1,"backoff_jitter":0}`), when(1000, "b", "", "a"), fired("1 1060 0", 1, 1000), ends(1, 1000, "a@1000000", "failed 1"), queue("shell"), ledger(), watched(1001, 1001), ends(2, 1002, "a@1000000 try:2", "succeeded"), queue("shell", "b@1000000 catchup:1"),
		}},
		{"the replay of a dead run makes up for it", []step{
			put(1000, "a", 60, forbid), put(1000, "x", 60, ""), when(1000, "b", `,"retries":1,"backoff_delay":0`, "a"), when(1000, "c", "", "b"), does("ZREM", "jobs:schedule", "x"), fired("1 1060 0", 1, 1000), ends(1, 1000, "a@1000000", "succeeded"),
			ends(2, 1001, "b@1000000 catchup:1", "failed 1"), watched(1001.5, 1001.5), ends(3, 1002, "b@1000000 try:2 catchup:1", "failed 1"), ledger("c@1000000 skipped upstream b: dead b@1000000"),
			func(t *testing.T, s *stand) {
				same(t, "JREPLAY", s.op("jreplay", 1, 1010, s.ids["b@1000000"], "b#0e", 0), "shell")
			}, ends(4, 1011, "b#0e", "succeeded"), queue("shell", "c@1000000 catchup:1"), field("c@1000000", `"flow":"a@1000000.1","upstream":{"b":{"run":"b#0e"`),
		}},
		{"on failure and always", []step{
			put(1000, "a", 60, forbid), when(1000, "f", `,"on":"failure"`, "a"), when(1000, "g", `,"on":"always"`, "a"), fired("1 1060 0", 1, 1000), ends(1, 1001, "a@1000000", "failed 1"), queue("shell", "f@1000000 catchup:1", "g@1000000 catchup:1"),
			does("DEL", "jobs:queue:shell"), fired("1 1120 0", 2, 1060), ends(2, 1061, "a@1060000", "succeeded"), queue("shell", "g@1060000 catchup:1"), ledger("f@1060000 skipped upstream a: succeeded a@1060000"),
		}},
		{"a cancel ends the flow, of a run that is running, that waits, that is queued", []step{
			diamond, fired("1 1060 0", 1, 1000), ends(1, 1001, "a@1000000", "succeeded"), ends(2, 1002, "b@1000000 catchup:1", "cancelled"), ledger("d@1000000 skipped upstream b: cancelled b@1000000", "e@1000000 skipped upstream d: skipped b@1000000"),
			cancelled("0", 1, 1003, "c"), taken("w", 3, 1, 1003), queue("shell"),
			fired("1 1120 0", 2, 1060), ends(4, 1061, "a@1060000", "succeeded"), cancelled("0", 2, 1062, "b"), taken("w", 5, 1, 1063, "c@1060000 catchup:1"),
			ledger("d@1000000 skipped upstream b: cancelled b@1000000", "e@1000000 skipped upstream d: skipped b@1000000", "d@1060000 skipped upstream b: cancelled b@1060000", "e@1060000 skipped upstream d: skipped b@1060000"),
		}},
		{"a loss of the lease is no end, the last one is", []step{
			put(1000, "a", 60, `{"overlap":"forbid","on_lost":"fail"}`), when(1000, "b", "", "a"), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "a@1000000"), watched(1001, 1006), ledger("a@1000000 lost w", "b@1000000 skipped upstream a: failed a@1000000"),
		}},
		{"a job that was removed ends the flow", []step{
			diamond, fired("1 1060 0", 1, 1000), func(t *testing.T, s *stand) { s.call("jdel", []string{"jobs", "jobs:schedule"}, "b") }, ends(1, 1001, "a@1000000", "succeeded"),
			ledger("b@1000000 skipped it is not on the board any more a@1000000", "d@1000000 skipped upstream b: skipped a@1000000", "e@1000000 skipped upstream d: skipped a@1000000"),
		}},
		{"a paused job ends the flow", []step{
			diamond, paused("1", 1, 1000, "job:b", ""), fired("1 1060 0", 1, 1000), ends(1, 1001, "a@1000000", "succeeded"), queue("shell", "c@1000000 catchup:1"),
			ledger("b@1000000 skipped paused a@1000000", "d@1000000 skipped upstream b: skipped a@1000000", "e@1000000 skipped upstream d: skipped a@1000000"),
		}},
		{"a one-off that has left the board begins a flow as well", []step{
			put(1000, "a", 0, forbid), when(1000, "b", "", "a"), when(1000, "c", "", "a"), when(1000, "d", "", "b", "c"), fired("1  0", 1, 1000), is("0", "HEXISTS", "jobs", "a"), ends(1, 1001, "a@1000000", "succeeded"),
			ends(2, 1002, "b@1000000 catchup:1", "succeeded"), ends(3, 1003, "c@1000000 catchup:1", "succeeded"), queue("shell", "d@1000000 catchup:1"),
		}},
		{"a manual run begins a flow of its own", []step{
			diamond, ran("shell", 1, 1000, "a", "a#01", "0"), ends(1, 1001, "a#01", "succeeded"), queue("shell", "b@1001000 catchup:1", "c@1001000 catchup:1"), field("b@1001000", `"flow":"a#01"`), ends(2, 1002, "b@1001000 catchup:1", "succeeded"), ends(3, 1003, "c@1001000 catchup:1", "succeeded"), queue("shell", "d@1003000 catchup:1"),
		}},
		{"which gives the flow the time in its id", []step{
			put(1000, "a", 60, forbid), when(1000, "b", "", "a"), ran("shell", 1, 1000, "a", "a#01a223d2f0a8076461859b", "0"), taken("w", 1, 1, 1000, "a#"), acked("w", 1, 1001, "a#; succeeded"), queue("shell", "b@1795897356456 catchup:1"),
		}},
		{"different beginnings: one success of each since it ran last", []step{
			put(1000, "x", 60, forbid), put(1000, "y", 120, forbid), when(1000, "z", "", "x", "y"), fired("2 1060 0", 1, 1000), ends(1, 1001, "x@1000000", "succeeded"), queue("shell", "y@1000000"), ends(2, 1002, "y@1000000", "succeeded"), queue("shell", "z@1002000 catchup:1"),
			field("z@1002000", `"upstream":{"x":{"run":"x@1000000.1","state":"succeeded","at":1001.000},"y":{`), ends(3, 1003, "z@1002000 catchup:1", "succeeded"),
			fired("1 1120 0", 2, 1060), ends(4, 1061, "x@1060000", "succeeded"), queue("shell"), fired("2 1180 0", 3, 1120), ends(5, 1121, "x@1120000", "succeeded"), queue("shell", "y@1120000"), ends(6, 1122, "y@1120000", "failed 1"), queue("shell"),
			ran("shell", 1, 1130, "y", "y#01", "0"), ends(7, 1131, "y#01", "succeeded"), queue("shell", "z@1131000 catchup:1"), field("z@1131000", `"x":{"run":"x@1120000`), is("0", "EXISTS", "jobs:met:z"),
		}},
		{"different beginnings: not one that is older than within", []step{
			put(1000, "x", 60, forbid), put(1000, "y", 3600, forbid), when(1000, "z", `,"within":30`, "x", "y"), fired("2 1060 0", 1, 1000), ends(1, 1001, "x@1000000", "succeeded"), ends(2, 1032, "y@1000000", "succeeded"), queue("shell"), fired("1 1120 0", 2, 1060), ends(3, 1061, "x@1060000", "succeeded"), queue("shell", "z@1061000 catchup:1"),
		}},
		{"what follows a job of several beginnings follows that one's run", []step{
			put(1000, "x", 60, forbid), put(1000, "y", 60, forbid), when(1000, "z", "", "x", "y"), when(1000, "p", "", "z"), when(1000, "q", "", "z"), when(1000, "r", "", "p", "q"), fired("2 1060 0", 1, 1000), ends(1, 1001, "x@1000000", "succeeded"), ends(2, 1002, "y@1000000", "succeeded"),
			ends(3, 1003, "z@1002000 catchup:1", "succeeded"), ends(4, 1004, "p@1002000 catchup:1", "succeeded"), ends(5, 1005, "q@1002000 catchup:1", "succeeded"), queue("shell", "r@1002000 catchup:1"),
		}},
		{"runs of a flow wait for each other and are all run", []step{
			put(1000, "a", 60, ""), when(1000, "b", "", "a"), fired("1 1060 0", 1, 1000), ends(1, 1001, "a@1000000", "succeeded"), taken("v", 1, 1, 1001, "b@1000000 catchup:1"), fired("1 1120 0", 2, 1060), ends(2, 1061, "a@1060000", "succeeded"),
			taken("w", 3, 1, 1061), waits("b@1060000 1061.25"), acked("v", 2, 1062, "b@1000000; succeeded"), watched(1062, 1062), ends(4, 1062, "b@1060000 catchup:1", "succeeded"),
		}},
		{"put again with others to follow, it follows those", []step{
			put(1000, "a", 60, ""), put(1000, "x", 60, ""), when(1000, "b", "", "a"), when(1001, "b", "", "x"), is(`["b"]`, "HGET", "jobs:after", "x"), is("0", "HEXISTS", "jobs:after", "a"), put(1002, "b", 60, ""), is("0", "EXISTS", "jobs:after"),
		}},
		{"what can not be is refused, with the way", []step{
			refusedPut("b", `after names "nobody", which is not on the board`, "nobody"), diamond, refusedPut("a", "after makes a circle: a -> d -> b -> a", "d"), refusedPut("c", "after makes a circle: c -> e -> d -> c", "e"),
		}},
		{"JWHEN", []step{
			put(1000, "a", 60, ""), func(t *testing.T, s *stand) {
				same(t, "JWHEN", s.call("jwhen", s.c.prefixed("jobs:runners"), 1000, "b", "shell", "p", "a"), "1")
				same(t, "JWHEN after nobody", s.call("jwhen", s.c.prefixed("jobs:runners"), 1000, "c", "shell", "p", "nobody"), "INVALID")
			}, fired("1 1060 0", 1, 1000), ends(1, 1001, "a@1000000", "succeeded"), queue("shell", "b@1000000 catchup:1"),
		}},
		{"no more than 1,000 follow a job", []step{put(1000, "a", 60, ""), func(t *testing.T, s *stand) {
			names := make([]string, 1000)
			for i := range names {
				names[i] = fmt.Sprint("b", i)
				does("HSET", "jobs", names[i], fmt.Sprintf(`{"id":%q,"runner":"shell","after":["a"],"payload":""}`, names[i]))(t, s)
			}
			list, _ := json.Marshal(names)
			does("HSET", "jobs:after", "a", list)(t, s)
			refusedPut("one more", "1,000 jobs follow already", "a")(t, s)
			fired("1 1060 0", 1, 1000)(t, s)
			ends(1, 1001, "a@1000000", "succeeded")(t, s)
			is("1000", "LLEN", "jobs:queue:shell")(t, s)
		}}},
	})
}

func TestOnFailure(t *testing.T) {
	t.Parallel()
	const calls = `{"on_failure":"mail -s \"$JOBS_RUN_ID\" ops","retries":1,"backoff_delay":0}`
	called := func(n int, key string, want ...string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			texts, err := s.rdb.LRange(context.Background(), key, 0, -1).Result()
			s.must(t, err)
			if len(texts) != n {
				t.Fatalf("got %q, want %d calls", texts, n)
			}
			for _, text := range want {
				if !strings.Contains(texts[0], text) {
					t.Errorf("got %q, want one with %q", texts[0], text)
				}
			}
		}
	}
	play(t, []scene{
		{"a command, when the retries are spent", []step{
			put(1000, "a", 60, calls), fired("1 1060 0", 1, 1000), ends(1, 1000, "a@1000000", "failed 1"), called(0, "jobs:queue:shell"), watched(1000, 1000), ends(2, 1001, "a@1000000 try:2", "failed 1"),
			called(1, "jobs:queue:shell", `{"run":"shell#`, `"failed":{"state":"dead","run":"a@1000000.1"`, `"id":"shell","runner":"shell","overlap":"allow"`, `"payload":"mail -s \"$JOBS_RUN_ID\" ops"}`), stats("queued=2", "dead=1"),
		}},
		{"a URL gets the record", []step{
			put(1000, "a", 60, `{"on_failure":"https://example.org/hook"}`), fired("1 1060 0", 1, 1000), ends(1, 1000, "a@1000000", "failed 1"), called(1, "jobs:queue:http", `"runner":"http"`, `\"url\":\"https://example.org/hook\"`, `\\\"state\\\":\\\"failed\\\"`),
		}},
		{"when the last lease is lost", []step{
			put(1000, "a", 60, `{"on_failure":"x","on_lost":"fail"}`), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "a@1000000"), watched(1001, 1006), called(1, "jobs:queue:shell", `"failed":{"state":"failed"`),
		}},
		{"not after a success, a cancel, and not of the call itself", []step{
			put(1000, "a", 60, `{"on_failure":"x"}`), fired("1 1060 0", 1, 1000), ends(1, 1000, "a@1000000", "succeeded"), fired("1 1120 0", 2, 1060), ends(2, 1060, "a@1060000", "cancelled"), called(0, "jobs:queue:shell"),
			fired("1 1180 0", 3, 1120), ends(3, 1120, "a@1120000", "failed 1"), called(1, "jobs:queue:shell"), func(t *testing.T, s *stand) {
				list, _ := s.take("w", 4, 1, 1121, 4).([]any)
				a := parseEntry(list[0].(string), list[1].(string), headers{})
				if a.Failed == "" || a.Payload != "x" || a.Runner != "shell" {
					t.Errorf("got %+v, want the call with the record", a)
				}
				s.ids["call"], s.keys["call"] = string(a.Run), a.Token
			}, acked("w", 4, 1122, "call; failed 1"), called(0, "jobs:queue:shell"),
		}},
	})
}
