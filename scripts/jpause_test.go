package scripts

import "testing"

// paused calls JPAUSE, by "me" and for "a reason"; until "" is for ever.
func paused(want string, op int, now float64, what, until string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		same(t, "JPAUSE", s.op("jpause", op, num(now), what, "me", "a reason", until), want)
	}
}

func resumed(want string, op int, now float64, what, catchUp string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		same(t, "JRESUME", s.op("jresume", op, num(now), what, catchUp), want)
	}
}

// offSchedule says that job a has no place in the schedule.
func offSchedule(t *testing.T, s *stand) {
	t.Helper()
	is("0", "ZCOUNT", "jobs:schedule", "-inf", "+inf")(t, s)
}

func TestJpause(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"a paused job does not fire, and its pause is kept", []step{
			put(1000, "a", 60, ""), paused("1", 1, 1000.5, "job:a", ""), offSchedule, fired("0  0", 1, 2000), is(`{"since":1000.5,"next":1000,"who":"me","why":"a reason"}`, "HGET", "jobs:paused", "job:a"),
		}},
		{"a pause can be told anew, its beginning stays", []step{
			put(1000, "a", 60, ""), paused("1", 1, 1001, "job:a", ""), paused("0", 2, 1005, "job:a", "2000"), is(`{"since":1001,"until":2000,"next":1000,"who":"me","why":"a reason"}`, "HGET", "jobs:paused", "job:a"),
			paused("0", 3, 1006, "job:a", ""), offSchedule,
		}},
		{"what is queued goes on", []step{put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), paused("1", 1, 1001, "job:a", ""), taken("w", 1, 1, 1001, "a@1000000")}},
		{"put again it stays paused, with its new time", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), paused("1", 1, 1001, "job:a", ""), put(1002, "a", 5, ""), offSchedule, fired("0  0", 2, 1100), resumed("[1 1102]", 1, 1100, "job:a", "0"),
		}},
		{"removed it is not paused any more", []step{
			put(1000, "a", 60, ""), paused("1", 1, 1001, "job:a", ""), func(t *testing.T, s *stand) {
				same(t, "JDEL", s.call("jdel", []string{"jobs", "jobs:schedule"}, "a"), "1")
			}, is("0", "EXISTS", "jobs:paused"),
			put(1010, "a", 60, ""), fired("1 1070 0", 1, 1010),
		}},
		{"2014's JNEXT leaves it alone", []step{
			put(1000, "a", 60, ""), paused("1", 1, 1001, "job:a", ""), func(t *testing.T, s *stand) {
				same(t, "JNEXT", s.call("jnext", []string{"jobs", "jobs:schedule"}, 2000, "a"), "<nil>")
			}, offSchedule,
		}},
		{"somebody's ZADD does not wake it", []step{
			put(1000, "a", 60, ""), paused("1", 1, 1001, "job:a", ""), does("ZADD", "jobs:schedule", 1002, "a"), put(1002, "b", 60, ""), fired("1 1062 0", 1, 1002), queue("shell", "b@1002000"), is("1", "ZCARD", "jobs:schedule"),
		}},
		{"2014's JTICK does not fire it", []step{
			put(1000, "a", 60, ""), paused("1", 1, 1001, "job:a", ""), does("ZADD", "jobs:schedule", 1002, "a"),
			func(t *testing.T, s *stand) {
				same(t, "JTICK", s.call("jtick", []string{"jobs", "jobs:schedule", "jobs:queue:shell"}, 1003), "0")
			},
		}},
		{"an unknown job", []step{paused("NOJOB", 1, 1001, "job:a", ""), is("0", "EXISTS", "jobs:paused")}},
		{"nothing that can be paused", []step{paused("INVALID", 1, 1001, "a", ""), paused("INVALID", 1, 1001, "job:", ""), paused("INVALID", 1, 1001, "gap", "")}},
		{"until a time that is over", []step{put(1000, "a", 60, ""), paused("INVALID", 1, 1001, "job:a", "1001")}},
		{"a run by hand is refused, unless forced", []step{
			put(1000, "a", 60, ""), paused("1", 1, 1001, "job:a", ""),
			func(t *testing.T, s *stand) {
				same(t, "JRUN", s.op("jrun", 1, 1001, "a", "a#01", "0"), "PAUSED")
				same(t, "JRUN", s.op("jrun", 2, 1001, "a", "a#01", "1"), "shell")
			},
			resumed("[1 1060]", 1, 1001, "job:a", "0"), paused("1", 2, 1002, "board", "1010"),
			func(t *testing.T, s *stand) {
				same(t, "JRUN", s.op("jrun", 3, 1003, "a", "a#02", "0"), "PAUSED")
				same(t, "JRUN", s.op("jrun", 4, 1010, "a", "a#03", "0"), "shell")
			},
		}},
	})
}

func TestJresume(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"a job goes on at its next nominal time, without catch-up", []step{
			put(1000, "a", 60, ""), paused("1", 1, 1000.5, "job:a", ""), resumed("[1 1180]", 1, 1130, "job:a", "0"), ledger("a@1000000 missed paused by me: a reason me 3"), is("0", "EXISTS", "jobs:paused"), fired("0 1180 0", 1, 1130), fired("1 1240 0", 2, 1180), queue("shell", "a@1180000"),
		}},
		{"before its time has come nothing is missed", []step{put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), paused("1", 1, 1001, "job:a", ""), resumed("[1 1060]", 1, 1002, "job:a", "0"), ledger()}},
		{"with catch-up the policy decides", []step{put(1000, "a", 60, ""), paused("1", 1, 1000.5, "job:a", ""), resumed("[1 1000]", 1, 1130, "job:a", "1"), fired("1 1180 0", 1, 1130), queue("shell", "a@1000000 missed:2")}},
		{"a job that runs once is late, not lost", []step{put(1000, "a", 0, ""), paused("1", 1, 1000, "job:a", ""), resumed("[1 1000]", 1, 1130, "job:a", "0"), fired("1  0", 1, 1130), queue("shell", "a@1000000")}},
		{"by itself when the time is up", []step{
			put(1000, "a", 60, ""), paused("1", 1, 1001, "job:a", "1100.5"), fired("0 1100.5 0", 1, 1100), fired("0 1120 0", 2, 1101), ledger("a@1000000 missed paused by me: a reason me 2"), is("0", "EXISTS", "jobs:paused"), fired("1 1180 0", 3, 1120), queue("shell", "a@1120000"),
		}},
		{"a job that runs once, too", []step{put(1000, "a", 0, ""), paused("1", 1, 1000, "job:a", "1100"), fired("1  0", 2, 1101), queue("shell", "a@1000000")}},
		{"a job whose stop has passed is finished", []step{
			put(1000, "a", 60, ""), does("HSET", "jobs", "a", `{"id":"a","start":1000,"runner":"shell","interval":60,"stop":"1100","payload":"x"}`), paused("1", 1, 1001, "job:a", ""), resumed("[1 ]", 1, 1200, "job:a", "0"), is("0", "HEXISTS", "jobs", "a"),
		}},
		{"what was not paused", []step{put(1000, "a", 60, ""), resumed("[0 ]", 1, 1001, "job:a", "0"), resumed("[0 ]", 2, 1001, "queue:x", "0"), resumed("[0 ]", 3, 1001, "board", "0"), is("0", "EXISTS", "jobs:paused")}},
	})
}

func TestAPausedQueueGivesNothing(t *testing.T) {
	t.Parallel()
	beat := func(want string, now float64) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JBEAT", s.call("jbeat", s.c.prefixed("jobs:format"), num(now), "n1", `{"a":1}`, 1, 60), want)
		}
	}
	play(t, []scene{
		{"it fills, is not taken from, and does not ring", []step{
			put(1000, "a", 60, ""), paused("1", 1, 1000, "queue:shell", ""), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000), is("0", "EXISTS", "jobs:bell:shell"), is("1", "LLEN", "jobs:queue:shell"),
			resumed("[1 ]", 1, 1001, "queue:shell", "0"), is("1", "LLEN", "jobs:bell:shell"), taken("w", 2, 5, 1001, "a@1000000"),
		}},
		{"other queues go on", []step{
			pushed("mail", `{"id":"m","runner":"mail"}`), pushed("shell", `{"id":"s","runner":"shell"}`), paused("1", 1, 1000, "queue:mail", ""), takenOf([]string{"mail", "shell"}, "w", 1, 5, 1000, "s#"),
		}},
		{"until its time is up", []step{pushed("shell", `{"id":"s","runner":"shell"}`), paused("1", 1, 1000, "queue:shell", "1005"), taken("w", 1, 5, 1004), taken("w", 2, 5, 1005, "s#"), is("0", "EXISTS", "jobs:paused")}},
		{"an agent hears that it is paused, and that it is not any more", []step{beat("[1 0]", 1000), paused("1", 1, 1000, "agent:n1", ""), beat("[1 1]", 1001), resumed("[1 ]", 1, 1002, "agent:n1", "0"), beat("[1 0]", 1003), paused("1", 2, 1003, "agent:n1", "1010"), beat("[1 1]", 1004), beat("[1 0]", 1010)}},
	})
}

func TestAPausedBoardFiresNothing(t *testing.T) {
	t.Parallel()
	all := `{"misfire":"run-all"}`
	play(t, []scene{
		{"and passes over what was due meanwhile", []step{
			put(1000, "a", 60, all), fired("1 1060 0", 1, 1000), paused("1", 1, 1001, "board", ""), fired("0  0", 2, 1500), resumed("[1 ]", 1, 1510, "board", "0"),
			fired("0 1540 0", 3, 1510), ledger("a@1060000 missed the board was paused by me: a reason me 8"), is("0", "EXISTS", "jobs:paused"), fired("1 1600 0", 4, 1540), queue("shell", "a@1000000", "a@1540000"),
		}},
		{"what was due before is late", []step{
			put(1000, "a", 60, all), paused("1", 1, 1130, "board", ""), resumed("[1 ]", 1, 1510, "board", "0"), fired("3 1540 0", 3, 1510), queue("shell", "a@1000000 catchup:1", "a@1060000 catchup:1", "a@1120000 catchup:1"),
		}},
		{"with catch-up all are late", []step{put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), paused("1", 1, 1001, "board", ""), resumed("[1 ]", 1, 1185, "board", "1"), fired("1 1240 0", 2, 1185), queue("shell", "a@1000000", "a@1060000 missed:2")}},
		{"until its time is up", []step{
			put(1000, "a", 60, all), fired("1 1060 0", 1, 1000), paused("1", 1, 1001, "board", "1150"), fired("0  0", 2, 1149), fired("0 1180 0", 3, 1151), fired("1 1240 0", 4, 1180),
		}},
		{"a job that runs once is late, not lost", []step{put(1000, "a", 0, ""), paused("1", 1, 999, "board", ""), resumed("[1 ]", 1, 1010, "board", "0"), fired("1  0", 1, 1010)}},
		{"a job that starts in the past after the pause is not concerned", []step{
			put(1000, "b", 60, ""), fired("1 1060 0", 1, 1000), paused("1", 1, 1001, "board", ""), resumed("[1 ]", 1, 1010, "board", "0"), fired("0 1060 0", 2, 1011),
			func(t *testing.T, s *stand) {
				same(t, "JSET", s.call("jset", []string{"jobs", "jobs:schedule", "jobs:runners"}, 1012, "a", "shell", "x", 60, 1005), "1")
			}, fired("1 1060 0", 3, 1012), queue("shell", "b@1000000", "a@1005000"),
		}},
		{"a job finished meanwhile leaves", []step{
			does("HSET", "jobs", "a", `{"id":"a","start":1000,"runner":"shell","interval":60,"stop":"1100","payload":"x"}`), does("ZADD", "jobs:schedule", 1060, "a"), paused("1", 1, 1001, "board", ""), resumed("[1 ]", 1, 1510, "board", "0"), fired("0  0", 1, 1511), is("0", "HEXISTS", "jobs", "a"),
		}},
		{"paused again before all were passed over", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), paused("1", 1, 1001, "board", ""), resumed("[1 ]", 1, 1100, "board", "0"), paused("1", 2, 1101, "board", ""), resumed("[1 ]", 2, 1200, "board", "0"), fired("0 1240 0", 2, 1201), queue("shell", "a@1000000"),
		}},
	})
}
