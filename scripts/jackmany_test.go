package scripts

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

func TestJackmany(t *testing.T) {
	t.Parallel()
	// started is a job with one attempt held by lane w since 1000.
	started := func(fields string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			put(1000, "a", 60, fields)(t, s)
			fired("1 1060 0", 1, 1000)(t, s)
			taken("w", 1, 5, 1000, "a@1000000")(t, s)
		}
	}
	// failing fails attempt after attempt, each retry taken when its time has come,
	// and looks at the time of each next one; 0 is the end.
	failing := func(end string, times ...float64) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			now := 1000.0
			for i, at := range times {
				acked("w", i, now, "a@1000000; "+end)(t, s)
				if at == 0 {
					waits()(t, s)
					break
				}
				waits("a@1000000 "+num(at))(t, s)
				watched(at, at)(t, s)
				taken("w", 10+i, 1, at, fmt.Sprint("a@1000000 try:", i+2))(t, s)
				now = at
			}
		}
	}
	const plain = `,"backoff_jitter":0`
	play(t, []scene{
		{"success ends the run", []step{started(""), acked("w", 1, 1001, "a@1000000; succeeded"), ended("a", "a@1000000 succeeded"), is("1", "XLEN", "jobs:history"), is("2", "HLEN", "jobs:held:w"), stats("succeeded=1")}},
		{"failure without retries ends it failed", []step{started(""), acked("w", 1, 1001, "a@1000000; failed 3"), ended("a", "a@1000000 failed"), is("0", "EXISTS", "jobs:dead"), stats("failed=1")}},
		{"a timeout without retries ends it failed", []step{started(""), acked("w", 1, 1001, "a@1000000; timed_out"), ended("a", "a@1000000 failed")}},
		{"cancelled ends it and removes the mark", []step{
			started(`{"retries":3}`), func(t *testing.T, s *stand) { same(t, "JCANCEL", s.op("jcancel", 1, 1001, s.ids["a@1000000"]), "0") }, is("1", "ZCARD", "jobs:cancel"),
			acked("w", 1, 1002, "a@1000000; cancelled"), ended("a", "a@1000000 cancelled"), is("0", "EXISTS", "jobs:cancel"), waits(),
		}},
		{"a failure of a cancelled run asks for no retry", []step{
			started(`{"retries":3}`), func(t *testing.T, s *stand) { same(t, "JCANCEL", s.op("jcancel", 1, 1001, s.ids["a@1000000"]), "0") }, acked("w", 1, 1002, "a@1000000; failed 143"), ended("a", "a@1000000 cancelled"), waits(),
		}},
		{"nor does one of a cancelled job", []step{
			started(`{"retries":3}`), func(t *testing.T, s *stand) { same(t, "JCANCEL", s.op("jcancel", 1, 1001, "a"), "0") }, acked("w", 1, 1002, "a@1000000; failed 143"), ended("a", "a@1000000 cancelled"), waits(),
		}},
		{"given back it is served next, uncounted", []step{
			started(""), put(1000, "b", 60, ""), fired("1 1060 0", 2, 1000), acked("w", 1, 1001, "a@1000000; queued"), queue("shell", "a@1000000 try:1", "b@1000000"),
			is("1", "LLEN", "jobs:bell:shell"), ledger("a@1000000 returned"), ended("a"), taken("w", 2, 1, 1002, "a@1000000 try:1"), func(t *testing.T, s *stand) {
				if !strings.HasPrefix(s.keys["a@1000000"], "1:") {
					t.Errorf("token %s: want the first attempt", s.keys["a@1000000"])
				}
			},
		}},
		{"given back under overlap forbid it is neither collapsed nor in the way", []step{
			started(forbid), acked("w", 1, 1001, "a@1000000; queued"), active("a", ""), fired("1 1120 0", 2, 1060), taken("w", 2, 5, 1060, "a@1000000 try:1"), queue("shell"), ledger("a@1000000 returned", "a@1060000 collapsed overlap a@1000000"),
		}},
		{"a plain consumer that takes a given back run does not block its job", []step{
			started(forbid), acked("w", 1, 1001, "a@1000000; queued"), does("RPOP", "jobs:queue:shell"), fired("1 1120 0", 2, 1060), taken("w", 2, 5, 1060, "a@1060000"),
		}},
		{"fixed backoff", []step{started(`{"retries":2,"backoff":"fixed","backoff_delay":10` + plain + `}`), failing("failed 1", 1010, 1020, 0), ended("a", "a@1000000 dead")}},
		{"linear backoff", []step{started(`{"retries":3,"backoff":"linear","backoff_delay":10` + plain + `}`), failing("failed 1", 1010, 1030, 1060, 0), ended("a", "a@1000000 dead")}},
		{"exponential backoff is the default", []step{started(`{"retries":4,"backoff_delay":10` + plain + `}`), failing("timed_out", 1010, 1030, 1070, 1150, 0), ended("a", "a@1000000 dead")}},
		{"its factor and cap", []step{started(`{"retries":4,"backoff_delay":10,"backoff_factor":3,"backoff_cap":80` + plain + `}`), failing("failed 1", 1010, 1040, 1120, 1200, 0)}},
		{"a backoff without end is capped at an hour", []step{started(`{"retries":4,"backoff_delay":1e300,"backoff_factor":1e300` + plain + `}`), failing("failed 1", 4600, 8200)}},
		{"jitter stays within its part and the cap", []step{func(t *testing.T, s *stand) {
			differ := map[float64]bool{}
			for i := range 30 {
				put(1000, "a", 60, `{"retries":1,"backoff_delay":100,"backoff_jitter":0.2,"backoff_cap":110}`)(t, s)
				s.must(t, s.rdb.ZAdd(context.Background(), "jobs:schedule", redisZ(1000, "a")).Err())
				fired("1 1060 0", i, 1000)(t, s)
				taken("w", i, 1, 1000, "a@1000000")(t, s)
				acked("w", i, 1000, "a@1000000; failed 1")(t, s)
				wait := s.rdb.ZScore(context.Background(), "jobs:retry", s.ids["a@1000000"]).Val() - 1000
				differ[wait] = true
				if wait < 80 || wait > 110 {
					t.Errorf("the wait is %v, want 80 to 110", wait)
				}
			}
			if len(differ) < 10 {
				t.Errorf("%d different waits in 30, want them spread", len(differ))
			}
		}}},
		{"dead keeps the entry for people", []step{
			started(`{"retries":1,"backoff_delay":1` + plain + `}`), failing("failed 1", 1001, 0), is("1", "ZCARD", "jobs:dead"), is("1", "HLEN", "jobs:parked"), stats("dead=1", "retrying=1", "failed=0"),
		}},
		{"retry_on: a code that is listed", []step{started(`{"retries":1,"retry_on":[75,1],"backoff_delay":1` + plain + `}`), acked("w", 1, 1000, "a@1000000; failed 75"), waits("a@1000000 1001")}},
		{"retry_on: one that is not", []step{started(`{"retries":1,"retry_on":[75,1]}`), acked("w", 1, 1000, "a@1000000; failed 2"), ended("a", "a@1000000 failed")}},
		{"retry_on: no code at all, as after a timeout", []step{started(`{"retries":1,"retry_on":[75],"backoff_delay":1` + plain + `}`), acked("w", 1, 1000, "a@1000000; timed_out"), waits("a@1000000 1001")}},
		{"retry_on: an empty list allows all", []step{started(`{"retries":1,"retry_on":[],"backoff_delay":1` + plain + `}`), acked("w", 1, 1000, "a@1000000; failed 2"), waits("a@1000000 1001")}},
		{"no_retry_on", []step{started(`{"retries":1,"no_retry_on":[2]}`), acked("w", 1, 1000, "a@1000000; failed 2"), ended("a", "a@1000000 failed")}},
		{"no_retry_on: another code", []step{started(`{"retries":1,"no_retry_on":[2],"backoff_delay":1` + plain + `}`), acked("w", 1, 1000, "a@1000000; failed 1"), waits("a@1000000 1001")}},
		{"policies that make no sense are as good as absent", []step{started(`{"retries":"many","retry_on":"x","backoff":5}`), acked("w", 1, 1000, "a@1000000; failed 1"), ended("a", "a@1000000 failed")}},
		{"overlap forbid: a retry that waits keeps the job active, its end does not", []step{
			started(`{"overlap":"forbid","retries":1,"backoff_delay":1` + plain + `}`), acked("w", 1, 1000, "a@1000000; failed 1"), active("a", "a@1000000"), watched(1001, 1001), active("a", ""),
			taken("w", 2, 1, 1001, "a@1000000 try:2"), active("a", "a@1000000"), acked("w", 2, 1002, "a@1000000; failed 1"), active("a", ""),
		}},
		{"stale ends are refused and recorded", []step{
			started(""), acked("w", 1, 1001, "a@1000000; succeeded"), refused("w", 2, 1002, "a@1000000; failed 1"), ended("a", "a@1000000 succeeded"), ledger("a@1000000 stale"), stats("stale=1", "failed=0"),
		}},
		{"after a loss the old token is stale", []step{
			started(`{"retries":3}`), watched(1000, 1010), refused("w", 1, 1010, "a@1000000; succeeded"), taken("v", 1, 1, 1011, "a@1000000 try:2 lost:1"), ended("a"), ledger("a@1000000 lost w", "a@1000000 stale"),
		}},
		{"a token of another run is stale", []step{
			started(""), put(1000, "b", 60, ""), fired("1 1060 0", 2, 1000), taken("w", 2, 1, 1000, "b@1000000"), func(t *testing.T, s *stand) { s.keys["a@1000000"] = s.keys["b@1000000"] },
			refused("w", 1, 1001, "a@1000000; succeeded"), ended("a"), acked("w", 2, 1001, "b@1000000; succeeded"),
		}},
		{"a token of another lane is stale", []step{started(""), refused("v", 1, 1001, "a@1000000; succeeded"), ended("a"), acked("w", 1, 1001, "a@1000000; succeeded")}},
		{"the same token twice in one call counts once", []step{
			started(""), func(t *testing.T, s *stand) {
				same(t, "JACKMANY", s.ack("w", 1, 1001, nil, "a@1000000; succeeded", "a@1000000; failed 1"), "["+s.keys["a@1000000"]+"]")
			}, ended("a", "a@1000000 succeeded"), stats("succeeded=1", "failed=0", "stale=1"),
		}},
		{"what a lane says it holds is not believed after another call, nor of another number", []step{
			started(""), put(1000, "b", 60, ""), fired("1 1060 0", 2, 1000), watched(1000, 1010), taken("w", 2, 1, 1010, "a@1000000 try:2 lost:1"), func(t *testing.T, s *stand) {
				s.keys["b@1000000"], s.ids["b@1000000"] = "1:07:1000000:w", "b@1000000"
				for i, known := range []string{"1 1", "1 7", "2 4", "0 5"} { // two takes, and an ack each time
					same(t, "JACKMANY of "+known, s.ack("w", 3+i, 1011, []any{known}, "b@1000000; succeeded"), "[1:07:1000000:w]")
				}
				for _, known := range []any{"", "1", "x 1", "1 1 1", "-1 2", "1 one", 1} {
					same(t, fmt.Sprint("JACKMANY of ", known), s.ack("w", 9, 1011, []any{known}, "b@1000000; succeeded"), "INVALID")
				}
				same(t, "JACKMANY of one for another", s.ack("w", 9, 1011, []any{"1 6"}, "b@1000000; succeeded"), "[1:07:1000000:w]")
				s.must(t, s.rdb.HDel(context.Background(), "jobs:held:w", s.keys["a@1000000"]).Err())
				same(t, "JACKMANY of none", s.ack("w", 10, 1011, []any{"0 7"}, "b@1000000; succeeded"), "[1:07:1000000:w]")
			}, ended("b"), stats("stale=6", "succeeded="),
		}},
		{"what a lane says is not believed when a take has come between, though the numbers agree", []step{
			started(""), watched(1000, 1010), func(t *testing.T, s *stand) { same(t, "known", s.known("w"), "0 1") },
			taken("v", 1, 1, 1010, "a@1000000 try:2 lost:1"), put(1010, "b", 60, ""), fired("1 1060 0", 2, 1010), taken("w", 2, 1, 1010, "b@1010000"), func(t *testing.T, s *stand) {
				s.keys["a@1000000"] = "1:01:1000000:w"
				same(t, "JACKMANY", s.ack("w", 1, 1011, []any{"1 1"}, "a@1000000; succeeded"), "[1:01:1000000:w]")
			}, ended("a"), ended("b"),
		}},
		{"nor when calls were forgotten and others have come since", []step{
			started(""), put(1000, "b", 60, ""), fired("1 1060 0", 2, 1000), func(t *testing.T, s *stand) {
				// Of the lane's calls a take was lost with all that it did; a later one was not.
				taken("w", 3, 1, 1000, "b@1000000")(t, s)
				s.keys["b@1000000"] = "1:09:1000000:w"
				same(t, "JACKMANY", s.ack("w", 4, 1011, []any{"2 3"}, "b@1000000; succeeded"), "[1:09:1000000:w]")
			}, ended("b"),
		}},
		{"twice given back counts once", []step{
			started(""), func(t *testing.T, s *stand) {
				same(t, "JACKMANY", s.ack("w", 1, 1001, nil, "a@1000000; queued", "a@1000000; queued"), "["+s.keys["a@1000000"]+"]")
			}, queue("shell", "a@1000000 try:1"),
		}},
		{"a status update goes with the end", []step{
			started(""), func(t *testing.T, s *stand) {
				same(t, "JACK 2", s.call("jack", s.c.prefixed(), 1001, s.ids["a@1000000"], s.keys["a@1000000"], 2, "40 %"), "running")
			}, is("1", "HLEN", "jobs:progress"), acked("w", 1, 1002, "a@1000000; succeeded"), is("0", "EXISTS", "jobs:progress"),
		}},
		{"a queue overwritten by something else: what is given back waits for it", []step{
			started(forbid), does("DEL", "jobs:queue:shell"), does("SET", "jobs:queue:shell", "x"), acked("w", 1, 1001, "a@1000000; queued"), waits("a@1000000 1002"), active("a", "a@1000000"),
			does("DEL", "jobs:queue:shell"), watched(1001, 1003), queue("shell", "a@1000000 try:1"), active("a", ""),
		}},
		{"the key of what is told live, overwritten by something else, stops nothing", []step{started(""), does("SET", "jobs:live", "x"), acked("w", 1, 1001, "a@1000000; succeeded"), stats("succeeded=1"), does("DEL", "jobs:live")}},
		{"keys of a job overwritten by something else stop nothing", []step{
			started(""), does("SET", "jobs:runs:a", "x"), does("SET", "jobs:output:a", "x"), func(t *testing.T, s *stand) {
				same(t, "JACKMANY", s.end("w", 1, 1001, "a@1000000", "text"), "[]")
			}, is("1", "XLEN", "jobs:history"), stats("succeeded=1"), does("DEL", "jobs:runs:a", "jobs:output:a"),
		}},
	})
}

// end is a JACKMANY of one success with output.
func (s *stand) end(lane string, op int, now float64, name, output string) any {
	return s.lane("jackmany", lane, lane, op, num(now), s.keys[name], s.ids[name], story("succeeded", s.ids[name]), printed("0", output))
}

func TestJackmanyKeepsOutputOfTheLastTwentyRuns(t *testing.T) {
	t.Parallel()
	// run queues and takes n runs of a type, and ends them in one call.
	run := func(t *testing.T, s *stand, runner string, n int, output func(i int) string) {
		t.Helper()
		s.runs++
		op := s.runs
		args := []any{op, 1000}
		for i := range n {
			args = append(args, fmt.Sprintf("%s#%x%03x", runner, op, i), `{"id":"x","runner":"shell"}`)
		}
		keys := s.c.prefixed(s.k.Op("push"), s.k.Queue("shell"), s.k.Bell("shell"))
		same(t, "JPUSH", s.call("jpush", keys, args...), fmt.Sprint(n))
		list := s.take("w", op, n, 1000, 4).([]any)
		args = []any{"w", op, 1000 + op}
		for i := 0; i < len(list); i += 2 {
			id := string(parseEntry("", list[i+1].(string), headers{}).Run)
			args = append(args, list[i], id, story("succeeded", id), printed("0", output(i/2)))
		}
		same(t, "JACKMANY", s.lane("jackmany", "w", args...), "[]")
	}
	some := func(int) string { return "text" }
	none := func(int) string { return "" }
	kept := func(t *testing.T, s *stand, runner string, want int) {
		t.Helper()
		is(fmt.Sprint(want), "HLEN", s.k.Output(runner))(t, s)
	}
	play(t, []scene{
		{"one by one", []step{func(t *testing.T, s *stand) {
			for i := range 30 {
				run(t, s, `a "b`, 1, some)
				kept(t, s, `a "b`, min(i+1, 20))
			}
			stats("output_bytes=80")(t, s)
			is("20", "ZCARD", "jobs:outputs")(t, s)
			is("30", "LLEN", s.k.Runs(`a "b`))(t, s)
		}}},
		{"many in one call", []step{func(t *testing.T, s *stand) {
			for range 4 {
				run(t, s, "mail", 50, some)
				kept(t, s, "mail", 20)
			}
			stats("output_bytes=80")(t, s)
			is("100", "LLEN", s.k.Runs("mail"))(t, s)
		}}},
		{"runs without output count", []step{func(t *testing.T, s *stand) {
			run(t, s, "mail", 10, some)
			run(t, s, "mail", 15, none)
			kept(t, s, "mail", 5)
			run(t, s, "mail", 6, none)
			is("0", "EXISTS", s.k.Output("mail"))(t, s)
			stats("output_bytes=0")(t, s)
		}}},
		{"within the budget of the board, the oldest out first", []step{func(t *testing.T, s *stand) {
			run(t, s, "old", 3, some)
			run(t, s, "new", 3, some)
			s.must(t, s.rdb.HSet(context.Background(), "jobs:stats", "output_bytes", 268435456-4).Err())
			run(t, s, "newest", 2, some)
			kept(t, s, "old", 2)
			kept(t, s, "new", 3)
			kept(t, s, "newest", 2)
			stats("output_bytes=268435456")(t, s)
		}}},
		{"a later attempt's in place of the earlier one's, beside a first", []step{func(t *testing.T, s *stand) {
			ids := []string{"mail#aaa", "mail#bbb"}
			keys := s.c.prefixed(s.k.Op("push"), s.k.Queue("shell"), s.k.Bell("shell"))
			for i, id := range ids {
				same(t, "JPUSH", s.call("jpush", keys, i+1, 1000, id, `{"id":"x","runner":"shell","retries":3}`), "1")
			}
			take := func(op, n int, now float64) []any {
				return s.take("w", op, n, now, 4).([]any)
			}
			ack := func(op int, now float64, args ...any) {
				t.Helper()
				same(t, "JACKMANY", s.lane("jackmany", "w", append([]any{"w", op, num(now)}, args...)...), "[]")
			}
			first := take(1, 1, 1000)
			ack(1, 1000, first[0], ids[0], story("failed", ids[0]), printed("1", "some long text"))
			stats("output_bytes=14")(t, s)
			watched(1001, 1010)(t, s)
			both := take(2, 2, 1010)
			if len(both) != 4 {
				t.Fatalf("got %v, want the retry and the other run", both)
			}
			args := []any{}
			for i := 0; i < 4; i += 2 {
				id := string(parseEntry("", both[i+1].(string), headers{}).Run)
				args = append(args, both[i], id, story("succeeded", id), printed("0", "short"))
			}
			ack(2, 1010, args...)
			stats("output_bytes=10")(t, s)
			kept(t, s, "mail", 2)
			is("short", "HGET", s.k.Output("mail"), ids[0])(t, s)
			is("2", "ZCARD", "jobs:outputs")(t, s)
		}}},
		{"of a run that came twice, once", []step{func(t *testing.T, s *stand) {
			keys := s.c.prefixed(s.k.Op("push"), s.k.Queue("shell"), s.k.Bell("shell"))
			for i := range 2 {
				same(t, "JPUSH", s.call("jpush", keys, i+1, 1000, "mail#aaa", `{"id":"x","runner":"shell"}`), "1")
			}
			list := s.take("w", 1, 2, 1000, 4).([]any)
			args := []any{"w", 1, 1000}
			for i := 0; i < 4; i += 2 {
				args = append(args, list[i], "mail#aaa", story("succeeded", "mail#aaa"), printed("0", "text"))
			}
			same(t, "JACKMANY", s.lane("jackmany", "w", args...), "[]")
			kept(t, s, "mail", 1)
			stats("output_bytes=4")(t, s)
		}}},
		{"and thirty days", []step{func(t *testing.T, s *stand) {
			run(t, s, "mail", 5, some)
			does("ZADD", "jobs:outputs", 1000, "gone#01")(t, s) // its text is not there
			watched(2600000000, 2600000000)(t, s)
			is("0", "EXISTS", s.k.Output("mail"))(t, s)
			is("0", "EXISTS", "jobs:outputs")(t, s)
			stats("output_bytes=0")(t, s)
		}}},
	})
}
