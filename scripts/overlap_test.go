package scripts

import (
	"context"
	"fmt"
	"slices"
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
	s.fire(2, 1060, 500, "", "shell") // so that the numbers of the latest attempts are kept
	for op := range 10 {
		s.take("w", op, 10, 1060, 4)
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

// What stays of a job that forbids overlap is the number of its latest attempt, if it had two runs queued
// then, and as long as it is on the board.
func TestNothingStaysOfAJobThatHasLeft(t *testing.T) {
	t.Parallel()
	const forbid = `{"overlap":"forbid","retries":1,"backoff_delay":5,"backoff_jitter":0}`
	leaves := func(id string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JDEL", s.call("jdel", []string{"jobs", "jobs:schedule"}, id), "1")
		}
	}
	known := func(job, want string) step { return is(want, "HEXISTS", "jobs:latest", job) }
	twice := func(t *testing.T, s *stand) {
		t.Helper()
		for _, step := range []step{put(1000, "a", 60, forbid), put(1000, "b", 60, forbid), fired("2 1060 0", 1, 1000), fired("2 1120 0", 2, 1060)} {
			step(t, s)
		}
	}
	both := taken("w", 1, 5, 1061, "a@1000000", "b@1000000")
	done := acked("w", 1, 1062, "a@1000000; succeeded", "b@1000000; succeeded")
	play(t, []scene{
		{"none has left", []step{twice, both, done, known("a", "1"), known("b", "1")}},
		{"it leaves while its run is queued", []step{twice, leaves("a"), both, done, known("a", "0"), known("b", "1")}},
		{"it leaves while its run is under way", []step{twice, both, leaves("a"), done, known("a", "0"), known("b", "1")}},
		{"it leaves while its run waits for a retry", []step{
			twice, both, acked("w", 1, 1062, "a@1000000; failed 1", "b@1000000; succeeded"), leaves("a"), watched(1067, 1067), taken("w", 2, 5, 1068, "a@1000000 try:2"), acked("w", 2, 1069, "a@1000000; succeeded"), known("a", "0"), active("a", ""),
		}},
		{"it leaves when it is idle", []step{twice, both, done, leaves("a"), known("a", "0"), known("b", "1")}},
		{"it leaves and comes back", []step{twice, both, leaves("a"), put(1061, "a", 60, forbid), done, known("a", "0")}},
		{"it leaves when it has run for the last time", []step{
			put(1000, "a", 0, forbid), fired("1  0", 1, 1000), taken("w", 1, 5, 1001, "a@1000000"), acked("w", 1, 1002, "a@1000000; succeeded"), known("a", "0"), active("a", ""),
		}},
		{"another one has left long ago", []step{put(900, "c", 60, ""), leaves("c"), twice, both, done, known("a", "1"), known("b", "1")}},
	})
}

// TestOfTwoQueuedRunsOneStarts has a second run of a job queued in all the ways there are, before the first one starts: when that
// has ended, the second one may not start any more.
func TestOfTwoQueuedRunsOneStarts(t *testing.T) {
	t.Parallel()
	const forbid = `{"overlap":"forbid"}`
	first := []step{put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000)}
	leaves := func(t *testing.T, s *stand) {
		t.Helper()
		same(t, "JDEL", s.call("jdel", []string{"jobs", "jobs:schedule"}, "a"), "1")
	}
	as := func(name, metadata, now string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			keys, args := s.c.prefixed(s.k.Op("hands"), s.k.Runners()), []any{"", now, "0", "a", metadata}
			if name == "jset" {
				keys, args = []string{"jobs", "jobs:schedule", "jobs:runners"}, []any{now, "a", "mail", "p", "60", "", "", "", "", forbid}
			}
			same(t, name, s.call(name, keys, args...), "1")
		}
	}
	again := func(now float64, start string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JSET", s.call("jset", []string{"jobs", "jobs:schedule", "jobs:runners"}, num(now), "a", "shell", "p", "60", start, "", "", "", forbid), "1")
		}
	}
	mail := []string{"mail"}
	one := []step{taken("w", 1, 1, 1070, "a@1000000"), acked("w", 1, 1071, "a@1000000; succeeded")}
	none := func(by string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			takenOf([]string{"shell", "mail"}, "w", 9, 5, 1072)(t, s)
			ledger(by)(t, s)
		}
	}
	play(t, []scene{
		{"its next time", slices.Concat(first, []step{fired("1 1120 0", 2, 1060)}, one, []step{none("a@1060000 collapsed overlap")})},
		{"its next time, behind a time of another job that was due before", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1010), func(t *testing.T, s *stand) {
				same(t, "JSET", s.call("jset", []string{"jobs", "jobs:schedule", "jobs:runners"}, "1011", "b", "shell", "p", "600", "1008", "", "", "", forbid), "1")
			}, fired("2 1120 0", 2, 1060), taken("w", 1, 1, 1070, "a@1000000"), acked("w", 1, 1071, "a@1000000; succeeded"), taken("w", 9, 5, 1072, "b@1008000"), ledger("a@1060000 collapsed overlap"),
		}},
		{"while others wait", slices.Concat([]step{pushed("shell", "x"), put(1000, "b", 60, "")}, first[:1], []step{fired("2 1060 0", 1, 1000), fired("2 1120 0", 2, 1060), taken("v", 1, 1, 1065, "shell# refused"), taken("w", 1, 2, 1070, "a@1000000", "b@1000000"), acked("w", 1, 1071, "a@1000000; succeeded")}, []step{taken("w", 9, 5, 1072, "b@1060000"), ledger("a@1060000 collapsed overlap")})},
		{"by hand", slices.Concat(first, []step{ran("shell", 2, 1001, "a", "a#01", "0")}, one, []step{none("a#01 collapsed overlap")})},
		{"a dead one again", slices.Concat(dies(), []step{
			fired("1 1120 0", 2, 1060), replayed("shell", 1, 1061, "a#01", "0"), taken("w", 3, 1, 1062, "a@1060000"), acked("w", 3, 1063, "a@1060000; succeeded"), none("a#01 collapsed overlap"),
		})},
		{"in the queue of another type, by JSET", slices.Concat(first, []step{as("jset", "", "1001"), fired("1 1120 0", 2, 1060), takenOf(mail, "w", 1, 5, 1070, "a@1060000"), acked("w", 1, 1071, "a@1060000; succeeded"), none("a@1000000 collapsed overlap")})},
		{"in the queue of another type, by JLOAD", slices.Concat(first, []step{
			as("jload", `{"id":"a","start":1000,"runner":"mail","interval":60,"overlap":"forbid","payload":"p"}`, "1001"), fired("1 1120 0", 2, 1060), takenOf(mail, "w", 1, 5, 1070, "a@1060000"), acked("w", 1, 1071, "a@1060000; succeeded"), none("a@1000000 collapsed overlap"),
		})},
		{"put again with a start of before", slices.Concat(first, []step{leaves, func(t *testing.T, s *stand) {
			same(t, "JSET", s.call("jset", []string{"jobs", "jobs:schedule", "jobs:runners"}, "1001", "a", "shell", "p", "60", "990", "", "", "", forbid), "1")
		}, fired("1 1050 0", 2, 1002)}, one, []step{none("a@990000 collapsed overlap")})},
		{"at once, by hand in the schedule", slices.Concat(first, []step{does("ZADD", "jobs:schedule", 0, "a"), fired("1 1020 0", 2, 1002)}, one, []step{none("a@0 collapsed overlap missed:16")})},
		{"by JNEXT, of a job that had lost its time", slices.Concat(first, []step{does("ZREM", "jobs:schedule", "a"), func(t *testing.T, s *stand) {
			same(t, "JNEXT", s.call("jnext", []string{"jobs", "jobs:schedule"}, "1000.5", "a"), "1000")
		}, fired("1 1060 0", 2, 1000.6)}, one, []step{takenOf([]string{"shell"}, "w", 9, 5, 1072), stats("collapsed=1")})},
		{"endless", slices.Concat(first, []step{does("ZADD", "jobs:schedule", "-inf", "a"), fired("1 1062 0", 2, 1002)}, one, []step{none("a@1002000 collapsed overlap")})},
		{"of an agent whose clock is behind", slices.Concat(first, []step{fired("1 1120 0", 2, 1060), does("DEL", "jobs:queue:shell"), fired("1 1180 0", 3, 1130), does("ZADD", "jobs:schedule", 1125, "a"), fired("1 1185 0", 4, 1126), taken("w", 1, 1, 1170, "a@1120000"), acked("w", 1, 1171, "a@1120000; succeeded"), none("a@1125000 collapsed overlap")})},
		{"behind a gap of the board", []step{
			put(1000, "a", 5, forbid), paused("1", 1, 1002, "board", ""), resumed("[1 ]", 1, 1008, "board", "0"), fired("2 1015 0", 2, 1011), taken("w", 1, 1, 1011, "a@1000000"), acked("w", 1, 1012, "a@1000000; succeeded"), taken("w", 9, 5, 1013), ledger("a@1005000 missed the board was paused by me: a reason me 1", "a@1010000 collapsed overlap"),
		}},
		{"at the start of a host", []step{
			put(1140, "a", 0, `{"overlap":"forbid","cron":"* * * * *","schedules":["@reboot"]}`), planned(1140, "* * * * *|||||@reboot||||", "2026a 1139.999 1200 1260 1320 "), fired("1 1260 2", 1, 1200),
			func(t *testing.T, s *stand) {
				same(t, "JBOOT", s.call("jboot", s.c.prefixed(s.k.Op("boot"), s.k.Boots()), 1, 1201, "x"), "1")
			},
			taken("w", 1, 1, 1202, "a@1200000"), acked("w", 1, 1203, "a@1200000; succeeded"), taken("w", 9, 5, 1204), ledger("a@1201000 collapsed overlap"),
		}},
		{"while the list of its priority was none", slices.Concat([]step{put(1000, "a", 60, `{"overlap":"forbid","priority":"high"}`), does("SET", "jobs:high:shell", "x"), fired("1 1060 0", 1, 1000), does("DEL", "jobs:high:shell"), fired("1 1120 0", 2, 1060)},
			[]step{taken("w", 1, 1, 1070, "a@1060000"), acked("w", 1, 1071, "a@1060000; succeeded"), none("a@1000000 collapsed overlap")})},
		{"put as it was by a client whose clock is behind", slices.Concat([]step{does("SET", "jobs:seq", 5), again(990, "1000"), fired("1 1060 0", 1, 1000.1), again(999.9, "1000"), fired("1 1060 0", 2, 1000.3)},
			[]step{taken("w", 1, 1, 1070, "a@1000000"), acked("w", 1, 1071, "a@1000000; succeeded"), takenOf([]string{"shell"}, "w", 9, 5, 1072), stats("collapsed=1")})},
		{"on a board of before, and what is kept was deleted", slices.Concat(first, []step{does("DEL", "jobs:backlog"), fired("1 1120 0", 2, 1060)}, one, []step{none("a@1060000 collapsed overlap")})},
		{"and something else is kept there", slices.Concat(first, []step{does("DEL", "jobs:backlog"), does("SET", "jobs:backlog", "x"), fired("1 1120 0", 2, 1060)}, one, []step{none("a@1060000 collapsed overlap"), does("DEL", "jobs:backlog")})},
	})
}

// TestAQueueThatKeepsUpKeepsNoNumbers has jobs fired in several calls for one time, and again when their runs were
// taken: then no number has to be written and looked for at each take.
func TestAQueueThatKeepsUpKeepsNoNumbers(t *testing.T) {
	t.Parallel()
	const forbid = `{"overlap":"forbid"}`
	firedOne := func(op int, now float64) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			if reply, ok := s.fire(op, num(now), 1, "", "shell", "mail").([]any); !ok || reply[0] != int64(1) {
				t.Errorf("JFIRE of one: %v", reply)
			}
		}
	}
	period := func(op int, due float64, a, b string) []step {
		return []step{
			firedOne(2*op, due+0.5), firedOne(2*op+1, due+0.6), taken("w", op, 5, due+1, a, b), acked("w", op, due+2, a+"; succeeded", b+"; succeeded"), is("0", "EXISTS", "jobs:latest"),
		}
	}
	jobs := []step{put(1000, "a", 60, forbid), put(1000, "b", 60, forbid)}
	play(t, []scene{
		{"from the first time on", slices.Concat(jobs, period(1, 1000, "a@1000000", "b@1000000"), period(2, 1060, "a@1060000", "b@1060000"))},
		{"again, when it has lagged", slices.Concat(jobs, []step{
			fired("2 1060 0", 1, 1000), fired("2 1120 0", 2, 1060), taken("w", 1, 5, 1061, "a@1000000", "b@1000000"), acked("w", 1, 1062, "a@1000000; succeeded", "b@1000000; succeeded"), is("2", "HLEN", "jobs:latest"), does("DEL", "jobs:latest"),
		}, period(2, 1120, "a@1120000", "b@1120000"))},
		{"again, when a job was changed", slices.Concat(jobs, []step{put(1001, "a", 60, `{"overlap":"forbid","retries":1}`), ran("shell", 1, 1001, "b", "b#01", "0"), taken("w", 1, 5, 1001, "b#01"), acked("w", 1, 1002, "b#01; succeeded"), does("DEL", "jobs:latest")},
			period(2, 1000, "a@1000000", "b@1000000"))},
	})
}

// TestWhatIsDoneByHandStartsNoTwo has a job fired for a time that somebody wrote into the schedule, and an entry copied, so that
// firing cannot know that two runs are queued: they never run at once.
func TestWhatIsDoneByHandStartsNoTwo(t *testing.T) {
	t.Parallel()
	const forbid = `{"overlap":"forbid"}`
	copied := func(t *testing.T, s *stand) {
		t.Helper()
		pushed("shell", s.rdb.LIndex(t.Context(), "jobs:queue:shell", 0).Val())(t, s)
	}
	both := []step{
		put(1000, "a", 60, forbid), put(1000, "b", 60, forbid), fired("2 1060 0", 1, 1010), does("ZADD", "jobs:schedule", 1005, "a"), fired("1 1060 0", 2, 1011), queue("shell", "a@1000000", "b@1000000", "a@1005000"),
	}
	play(t, []scene{
		{"in one take", slices.Concat(both, []step{
			taken("w", 1, 5, 1012, "a@1000000", "b@1000000"), ledger("a@1005000 collapsed overlap a@1000000"), active("a", "a@1000000"), active("b", "b@1000000"), acked("w", 1, 1013, "a@1000000; succeeded", "b@1000000; succeeded"), is("0", "EXISTS", "jobs:busy"),
		})},
		{"in two", slices.Concat(both, []step{
			taken("w", 1, 2, 1012, "a@1000000", "b@1000000"), taken("v", 1, 5, 1013), ledger("a@1005000 collapsed overlap a@1000000"), active("a", "a@1000000"), acked("w", 1, 1014, "a@1000000; succeeded", "b@1000000; succeeded"), is("0", "EXISTS", "jobs:busy"),
		})},
		{"a copy of its entry, in one take", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), copied, taken("w", 1, 5, 1001, "a@1000000"), active("a", "a@1000000"), acked("w", 1, 1002, "a@1000000; succeeded"), is("0", "EXISTS", "jobs:busy"),
		}},
		{"a copy of its entry, in two", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), copied, taken("w", 1, 1, 1001, "a@1000000"), taken("v", 1, 5, 1001), active("a", "a@1000000"), acked("w", 1, 1002, "a@1000000; succeeded"), is("0", "EXISTS", "jobs:busy"),
		}},
		{"in two, when the first is over", slices.Concat(both, []step{
			taken("w", 1, 2, 1012, "a@1000000", "b@1000000"), acked("w", 1, 1013, "a@1000000; succeeded", "b@1000000; succeeded"), taken("v", 1, 5, 1014, "a@1005000"), active("a", "a@1005000"),
		})},
	})
}
