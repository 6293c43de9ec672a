package scripts

import (
	"context"
	"fmt"
	"testing"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// TestActiveRunsAreATable wants that Redis hashes what many takes of few runs bring: as a list it is passed whole for
// each job that is fired.
func TestActiveRunsAreATable(t *testing.T) {
	t.Parallel()
	s := newStand(t, redistest.Start(t).Client())
	for i := range 100 {
		put(1000, fmt.Sprintf("job-%03d", i), 60, `{"overlap":"forbid"}`)(t, s)
	}
	s.fire(1, 1000, 500, "", "shell")
	for op := range 10 {
		s.take("w", op, 10, 1000, 4)
	}
	for _, key := range []string{"jobs:busy", "jobs:latest"} {
		is("hashtable", "OBJECT", "ENCODING", key)(t, s)
		fields, err := s.rdb.HKeys(context.Background(), key).Result()
		if err != nil || len(fields) != 100 {
			t.Errorf("%s has %d fields, want one for each of 100 jobs (%v)", key, len(fields), err)
		}
	}
}

func TestOverlapQueueAndReplace(t *testing.T) {
	t.Parallel()
	const queueing, replacing = `{"overlap":"queue"}`, `{"overlap":"replace"}`
	waiting := func(want string) step { return is(want, "HGET", "jobs:waiting", "a") }
	begun := func(fields string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			for _, step := range []step{put(1000, "a", 60, fields), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000")} {
				step(t, s)
			}
		}
	}
	play(t, []scene{
		{"queue: one waits, newer ones collapse into it, and the end of the active one wakes it at once", []step{
			begun(queueing), fired("1 1120 0", 2, 1060), queue("shell"), waits("a@1060000 1120"), fired("1 1180 0", 3, 1120), waits("a@1060000 1120"), ledger("a@1120000 collapsed overlap a@1060000"), stats("queued=3", "collapsed=1"),
			taken("w", 2, 5, 1121), acked("w", 1, 1122, "a@1000000; succeeded"), queue("shell", "a@1060000"), waits(), is("0", "EXISTS", "jobs:waiting"), is("1", "LLEN", "jobs:bell:shell"), taken("w", 3, 5, 1122, "a@1060000"), acked("w", 2, 1123, "a@1060000; succeeded"),
		}},
		{"queue: what was queued before any was taken", []step{
			put(1000, "a", 60, queueing), fired("1 1060 0", 1, 1000), fired("1 1120 0", 2, 1060), fired("1 1180 0", 3, 1120), taken("w", 1, 5, 1121, "a@1000000"), waits("a@1060000 1181"), ledger("a@1120000 collapsed overlap a@1060000"), stats("queued=3", "collapsed=1"),
		}},
		{"queue: what collapses says for how many times it stood", []step{
			begun(queueing), fired("1 1120 0", 2, 1060), fired("1 1300 0", 3, 1240), ledger("a@1120000 collapsed overlap a@1060000 missed:2"),
		}},
		{"replace: what collapses says for how many times it stood", []step{
			begun(replacing), fired("1 1240 0", 2, 1180), fired("1 1300 0", 3, 1240), ledger("a@1060000 collapsed overlap a@1240000 missed:2"),
		}},
		{"queue: a manual run waits, too", []step{
			begun(queueing), ran("shell", 2, 1001, "a", "a#01", "0"), taken("w", 2, 5, 1001), waits("a#01 1061"), acked("w", 1, 1002, "a@1000000; failed 1"), taken("w", 3, 5, 1002, "a#01"),
		}},
		{"queue: it waits through the retries of the active one", []step{
			begun(`{"overlap":"queue","retries":1,"backoff_delay":100,"backoff_jitter":0}`), fired("1 1120 0", 2, 1060), acked("w", 1, 1061, "a@1000000; failed 1"), waits("a@1060000 1120", "a@1000000 1161"),
			watched(1161, 1161), taken("w", 2, 5, 1161, "a@1000000 try:2"), waits("a@1060000 1221"), acked("w", 2, 1162, "a@1000000; failed 1"), taken("w", 3, 5, 1162, "a@1060000"),
		}},
		{"queue: the end of a lease wakes it, behind the lost run", []step{
			begun(queueing), fired("1 1120 0", 2, 1060), watched(1061, 1066), taken("v", 1, 5, 1067, "a@1000000 try:2 lost:1"), waits("a@1060000 1127"), acked("v", 1, 1068, "a@1000000; succeeded"), taken("v", 2, 5, 1068, "a@1060000"),
		}},
		{"queue: nothing is lost when nobody wakes it", []step{
			begun(queueing), fired("1 1120 0", 2, 1060), does("HDEL", "jobs:busy", "a"), watched(1120, 1120), is("0", "EXISTS", "jobs:waiting"), taken("v", 1, 5, 1121, "a@1060000"),
		}},
		{"queue: what waits may be cancelled", []step{
			begun(queueing), fired("1 1120 0", 2, 1060), cancelled("1", 1, 1061, "a"), waits(), is("0", "EXISTS", "jobs:waiting"), ended("a", "a@1060000 cancelled"), acked("w", 1, 1062, "a@1000000; succeeded"), queue("shell"),
		}},
		{"queue: a removed job's run that waits goes on, as queued ones do", []step{
			begun(queueing), fired("1 1120 0", 2, 1060), func(t *testing.T, s *stand) { s.call("jdel", []string{"jobs", "jobs:schedule"}, "a") },
			acked("w", 1, 1062, "a@1000000; succeeded"), taken("w", 2, 5, 1062, "a@1060000"), acked("w", 2, 1063, "a@1060000; succeeded"), is("0", "EXISTS", "jobs:busy"),
		}},
		{"replace: the active one is cancelled, and the new one starts when that has ended", []step{
			begun(replacing), fired("1 1120 0", 2, 1060), waits("a@1060000 1120"), is("1060", "ZSCORE", "jobs:cancel", "a@1000000.1"), taken("w", 2, 5, 1061), acked("w", 1, 1062, "a@1000000; cancelled"), is("0", "EXISTS", "jobs:cancel"),
			taken("w", 3, 5, 1062, "a@1060000"), ended("a", "a@1000000 cancelled"),
		}},
		{"replace: the newest waits, those before collapse into it", []step{
			begun(replacing), fired("1 1120 0", 2, 1060), fired("1 1180 0", 3, 1120), waits("a@1120000 1180"), ledger("a@1060000 collapsed overlap a@1120000"), stats("queued=3", "collapsed=1"),
			acked("w", 1, 1121, "a@1000000; cancelled"), taken("w", 2, 5, 1121, "a@1120000"),
		}},
		{"replace: at the take as well", []step{
			put(1000, "a", 60, replacing), fired("1 1060 0", 1, 1000), fired("1 1120 0", 2, 1060), taken("w", 1, 5, 1061, "a@1000000"), is("1061", "ZSCORE", "jobs:cancel", "a@1000000.1"), acked("w", 1, 1062, "a@1000000; cancelled"), taken("w", 2, 5, 1062, "a@1060000"),
		}},
		{"JTICK of 2014 keeps to it", []step{
			begun(queueing), func(t *testing.T, s *stand) {
				same(t, "JTICK", s.call("jtick", []string{"jobs", "jobs:schedule", "jobs:queue:shell"}, 1060), "1")
			}, queue("shell"), waiting("a@1060000.7"),
		}},
	})
}

// What stays of a job that forbids overlap is the number of its latest attempt, as long as it
// is on the board.
func TestNothingStaysOfAJobThatHasLeft(t *testing.T) {
	t.Parallel()
	const forbid = `{"overlap":"forbid","retries":1,"backoff_delay":5,"backoff_jitter":0}`
	leaves := func(id string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JDEL", s.call("jdel", []string{"jobs", "jobs:schedule"}, id), "1")
		}
	}
	queued := func(t *testing.T, s *stand) {
		t.Helper()
		for _, step := range []step{put(1000, "a", 60, forbid), put(1000, "b", 60, forbid), fired("2 1060 0", 1, 1000)} {
			step(t, s)
		}
	}
	both := taken("w", 1, 5, 1001, "a@1000000", "b@1000000")
	done := acked("w", 1, 1002, "a@1000000; succeeded", "b@1000000; succeeded")
	play(t, []scene{
		{"none has left", []step{queued, both, done, active("a", "latest"), active("b", "latest")}},
		{"it leaves while its run is queued", []step{queued, leaves("a"), both, done, active("a", ""), active("b", "latest")}},
		{"it leaves while its run is under way", []step{queued, both, leaves("a"), done, active("a", ""), active("b", "latest")}},
		{"it leaves while its run waits for a retry", []step{
			queued, both, acked("w", 1, 1002, "a@1000000; failed 1", "b@1000000; succeeded"), leaves("a"), watched(1007, 1007), taken("w", 2, 5, 1008, "a@1000000 try:2"), acked("w", 2, 1009, "a@1000000; succeeded"), active("a", ""),
		}},
		{"it leaves when it is idle", []step{queued, both, done, leaves("a"), active("a", ""), active("b", "latest")}},
		{"it leaves and comes back", []step{queued, both, leaves("a"), put(1001, "a", 60, forbid), done, active("a", "")}},
		{"it leaves when it has run for the last time", []step{
			put(1000, "a", 0, forbid), fired("1  0", 1, 1000), taken("w", 1, 5, 1001, "a@1000000"), acked("w", 1, 1002, "a@1000000; succeeded"), active("a", ""),
		}},
		{"another one has left long ago", []step{put(900, "c", 60, ""), leaves("c"), queued, both, done, active("a", "latest"), active("b", "latest")}},
	})
}
