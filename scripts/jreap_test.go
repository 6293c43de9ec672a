package scripts

import (
	"context"
	"fmt"
	"testing"
)

func TestJreap(t *testing.T) {
	t.Parallel()
	started := func(fields string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			put(1000, "a", 6000, fields)(t, s)
			fired("1 7000 0", 1, 1000)(t, s)
			watched(1000, 1000)(t, s)
			taken("w", 1, 5, 1000, "a@1000000")(t, s)
		}
	}
	play(t, []scene{
		{"nothing to do", []step{reaped("[0 0 0]", 1, 1000), reaped("[0 0 0]", 2, 1001)}},
		{"a lease that is over: the run is served next, with its loss", []step{
			started(""), watched(1001, 1003), reaped("[0 0 0]", 1, 1003.999), active("a", ""), pushed("shell", `{"id":"x","runner":"shell"}`),
			reaped("[1 0 0]", 2, 1004), queue("shell", "a@1000000 try:2 lost:1", ""), is("0", "EXISTS", "jobs:workers"), is("2", "HLEN", "jobs:held:w"), is("1", "LLEN", "jobs:bell:shell"),
			ledger("a@1000000 lost w"), stats("lost=1"), reaped("[0 0 0]", 3, 1005),
		}},
		{"a lease that was renewed is not over", []step{started(""), watched(1001, 1003), func(t *testing.T, s *stand) {
			same(t, "JRENEW", s.lane("jrenew", "w", "w", 1003, 4, 1, 1000), "[0 0]")
		}, watched(1004, 1006), queue("shell"), reaped("[1 0 0]", 1, 1007)}},
		{"nobody reaped for half a lease: all leases get one more", []step{
			started(""), reaped("[0 0 0]", 1, 1100), watched(1101, 1103), queue("shell"), reaped("[1 0 0]", 2, 1104),
		}},
		{"the first reap of all holds off, too", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "a@1000000"), reaped("[0 0 0]", 1, 1010), watched(1011, 1013), queue("shell"), reaped("[1 0 0]", 2, 1014),
		}},
		{"retries are queued during a hold-off", []step{
			started(`{"retries":1,"backoff_delay":1,"backoff_jitter":0}`), acked("w", 1, 1000, "a@1000000; failed 1"), reaped("[0 1 0]", 1, 1100), queue("shell", "a@1000000 try:2"),
		}},
		{"a retry is queued when its time has come, not before", []step{
			started(`{"retries":1,"backoff_delay":1,"backoff_jitter":0}`), acked("w", 1, 1000, "a@1000000; failed 1"), reaped("[0 0 0]", 1, 1000.999), reaped("[0 1 0]", 2, 1001), is("0", "EXISTS", "jobs:parked"), waits(),
		}},
		{"the third loss is death", []step{
			started(forbid), watched(1001, 1004), taken("v", 1, 1, 1005, "a@1000000 try:2 lost:1"), watched(1005, 1009), taken("x", 1, 1, 1010, "a@1000000 try:3 lost:2"), active("a", "a@1000000"), watched(1010, 1014),
			ended("a", "a@1000000 dead"), is("1", "ZCARD", "jobs:dead"), is("1", "HLEN", "jobs:parked"), active("a", ""), queue("shell"), stats("lost=3", "dead=1"),
		}},
		{"losses are no failures: the retries stay whole", []step{
			started(`{"retries":1,"backoff_delay":1,"backoff_jitter":0}`), watched(1001, 1004), taken("v", 1, 1, 1005, "a@1000000 try:2 lost:1"), acked("v", 1, 1005, "a@1000000; failed 1"), waits("a@1000000 1006"),
			watched(1006, 1006), taken("v", 2, 1, 1006, "a@1000000 try:3 lost:1"), acked("v", 2, 1006, "a@1000000; failed 1"), ended("a", "a@1000000 dead"),
		}},
		{"on_lost fail: at most once", []step{started(`{"overlap":"forbid","on_lost":"fail","retries":5}`), watched(1001, 1004), ended("a", "a@1000000 failed"), active("a", ""), queue("shell"), waits(), is("0", "EXISTS", "jobs:dead")}},
		{"on_lost fail: the record tells what had collapsed into the run", []step{
			put(1000, "a", 60, `{"on_lost":"fail"}`), fired("1 1180 0", 1, 1125), watched(1125, 1125), taken("w", 1, 1, 1125, "a@1000000 missed:2"), watched(1126, 1129), ended("a", "a@1000000 failed missed:2"),
		}},
		{"overlap forbid: a run that waits after a loss is not in the way, nor forgotten", []step{
			started(forbid), watched(1001, 1004), active("a", ""), does("ZADD", "jobs:schedule", 1005, "a"), fired("1 7005 0", 2, 1005), taken("v", 1, 5, 1006, "a@1000000 try:2 lost:1"), queue("shell"),
		}},
		{"a lost run that was trimmed does not block its job", []step{
			started(forbid), watched(1001, 1004), func(t *testing.T, s *stand) { same(t, "JTRIM", s.call("jtrim", []string{"jobs:queue:shell"}, 0), "1") },
			does("ZADD", "jobs:schedule", 1005, "a"), fired("1 7005 0", 2, 1005), taken("v", 1, 5, 1006, "a@1005000"),
		}},
		{"a cancelled run that was lost ends at its next take", []step{
			started(""), func(t *testing.T, s *stand) { same(t, "JCANCEL", s.op("jcancel", 1, 1001, "a"), "0") }, watched(1001, 1004), taken("v", 1, 5, 1005), ended("a", "a@1000000 cancelled"),
		}},
		{"its status update goes", []step{started(""), func(t *testing.T, s *stand) {
			same(t, "JACK 2", s.call("jack", s.c.prefixed(), 1000, s.ids["a@1000000"], s.keys["a@1000000"], 2, "x"), "running")
		}, watched(1001, 1004), is("0", "EXISTS", "jobs:progress")}},
		{"the limit: a lane is taken apart in several calls, each fully recorded", []step{func(t *testing.T, s *stand) {
			for i := range 10 {
				put(1000, fmt.Sprint("j", i), 60, `{"on_lost":"fail"}`)(t, s)
			}
			same(t, "JFIRE", s.fire(1, 1000, 100, "", "shell"), "[10 1060 1000.000000 0]")
			s.take("w", 1, 10, 1000, 4)
			watched(1000, 1003)(t, s)
			for i, want := range []string{"[4 0 1]", "[4 0 1]", "[2 0 0]", "[0 0 0]"} {
				same(t, "JREAP", s.op("jreap", i, 1005, 4, 4.5, 3), want)
				n := min(4*(i+1), 10)
				stats(fmt.Sprint("lost=", n), fmt.Sprint("failed=", n))(t, s)
				is(fmt.Sprint(12-n), "HLEN", "jobs:held:w")(t, s)
				ids := map[string]bool{}
				for _, m := range s.rdb.XRange(context.Background(), "jobs:history", "-", "+").Val() {
					for run := range m.Values {
						ids[run] = true
					}
				}
				if len(ids) != n {
					t.Errorf("the history names %d runs after call %d, want %d", len(ids), i+1, n)
				}
			}
			is("0", "EXISTS", "jobs:workers")(t, s)
		}}},
		{"what a queue of another type keeps out waits until it is mended", []step{
			started(""), does("SET", "jobs:queue:shell", "x"), watched(1001, 1008), waits("a@1000000 1009"), does("DEL", "jobs:queue:shell"), watched(1009, 1009), queue("shell", "a@1000000 try:2 lost:1"),
		}},
		{"a lane overwritten by something else does not stop the others", []step{
			started(""), does("SET", "jobs:held:bad", "x"), does("ZADD", "jobs:workers", 900, "bad"), watched(1001, 1004), queue("shell", "a@1000000 try:2 lost:1"), is("0", "EXISTS", "jobs:workers"), does("DEL", "jobs:held:bad"),
		}},
		{"nor does an entry that is none", []step{
			started(""), does("HSET", "jobs:held:w", "1:1:1:w", "garbage"), watched(1001, 1004), queue("shell", "a@1000000 try:2 lost:1"), is("0", "EXISTS", "jobs:workers"), stats("lost=2"),
		}},
		{"dead runs go after thirty days", []step{
			started(`{"retries":1,"backoff_delay":1,"backoff_jitter":0}`), acked("w", 1, 1000, "a@1000000; failed 1"), watched(1001, 1001), taken("w", 2, 1, 1001, "a@1000000 try:2"), acked("w", 2, 1001, "a@1000000; failed 1"), is("1", "ZCARD", "jobs:dead"),
			watched(1000+2592000, 1000+2592000), is("1", "ZCARD", "jobs:dead"), watched(1001+2592000, 1001+2592000), is("0", "EXISTS", "jobs:dead"), is("0", "EXISTS", "jobs:parked"),
		}},
		{"so do cancel marks", []step{
			func(t *testing.T, s *stand) { same(t, "JCANCEL", s.op("jcancel", 1, 1000, "nobody"), "0") }, watched(1001+2592000, 1001+2592000), is("0", "EXISTS", "jobs:cancel"),
		}},
		{"ids with every sign", []step{func(t *testing.T, s *stand) {
			for i, id := range strangeIDs() {
				now := 1000 + 100*float64(i)
				put(now, id, 0, `{"overlap":"forbid","retries":1,"backoff_delay":0}`)(t, s)
				fired("1  0", i, now)(t, s)
				name := fmt.Sprintf("%s@%.0f", id, now*1000)
				taken("w", 3*i, 5, now, name)(t, s)
				watched(now, now+9)(t, s)
				taken("v", 3*i, 5, now+9, name+" try:2 lost:1")(t, s)
				acked("v", 2*i, now+9, name+"; failed 1")(t, s)
				watched(now+9, now+9)(t, s)
				taken("v", 3*i+1, 5, now+9, name+" try:3 lost:1")(t, s)
				acked("v", 2*i+1, now+10, name+"; succeeded")(t, s)
				active(id, "")(t, s) // a job that ran once has left the board
			}
		}}},
	})
}
