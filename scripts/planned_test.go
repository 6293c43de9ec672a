package scripts

import (
	"testing"
)

// planned is a JPLAN of one schedule.
func planned(now float64, spec, line string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		same(t, "JPLAN "+spec, s.op("jplan", "", num(now), spec, line), "1")
	}
}

func TestPlannedSchedules(t *testing.T) {
	t.Parallel()
	const cron, spec = `{"cron":"* * * * *","overlap":"allow"}`, "* * * * *|||||||||"
	const minutes = "2026a 990.000 1020 1080 1140 1200 1260 1320 1380 1440 1500 1560 1620 1680 1740 1800 1860 1920 1980 2040 2100 2160 2220 2280 2340 2400 2460 2520 2580 2640 "
	score := func(want, id string) step { return is(want, "ZSCORE", "jobs:schedule", id) }
	with := func(fields string) string { return cron[:len(cron)-1] + "," + fields + "}" }
	play(t, []scene{
		{"a job is not fired before its schedule is planned, then at its times", []step{
			put(1000, "a", 0, cron), score("1000", "a"), fired("0  2", 1, 1000), is("1000", "ZSCORE", "jobs:want", spec), queue("shell"),
			planned(1000, spec, minutes), is("<nil>", "ZSCORE", "jobs:want", spec), fired("0 1020 0", 2, 1000), score("1020", "a"), queue("shell"),
			fired("1 1080 0", 3, 1020), queue("shell", "a@1020000"), fired("0 1080 0", 4, 1050), fired("1 1140 0", 5, 1080.5), queue("shell", "a@1020000", "a@1080000"),
		}},
		{"a schedule that is planned already is placed by the put", []step{
			planned(1000, spec, minutes), put(1000, "a", 0, cron), score("1020", "a"), put(1010, "b", 0, cron), score("1020", "b"), fired("2 1080 0", 1, 1020),
		}},
		{"at the very time of the put it is due", []step{planned(1000, spec, minutes), put(1020, "a", 0, cron), score("1020", "a"), fired("1 1080 0", 1, 1020)}},
		{"a job that a plain client wrote is planned, too", []step{
			foreign(0, "a", `{"id":"a","start":0,"runner":"shell","cron":"* * * * *","payload":"p"}`), fired("0  2", 1, 1000), is("0", "ZSCORE", "jobs:want", spec),
			planned(1000, spec, "2026a -0.001 60 120 +12 900 960 1020 1080 "), fired("1 1020 2", 2, 1000), queue("shell", "a@60000 missed:15"),
		}},
		{"put again with the same schedule it keeps its time, with another it takes the new one's", []step{
			planned(1000, spec, minutes), put(1000, "a", 0, cron), put(1015, "a", 0, cron), score("1020", "a"), put(1025, "a", 0, cron), score("1020", "a"), fired("1 1080 0", 1, 1025), score("1080", "a"),
			planned(1000, "* * * * *|Europe/Berlin||||||||", "2026a 1000.000 1033 1093 "), put(1030, "a", 0, with(`"timezone":"Europe/Berlin"`)), score("1033", "a"),
			put(1040, "a", 0, `{"cron":"5 * * * *"}`), score("1033", "a"), fired("0  2", 2, 1040), queue("shell", "a@1020000"),
		}},
		{"a due time of the old plan is never fired", []step{
			planned(1000, spec, minutes), put(1000, "a", 0, cron), planned(1000, "0 3 * * *|||||||||", "2026a 1000.000 9000 18000 "), put(1021, "a", 0, `{"cron":"0 3 * * *"}`), score("1020", "a"),
			fired("0 9000 2", 1, 1021), queue("shell"), score("9000", "a"),
		}},
		{"run-once: one run, however late, that tells how many collapsed", []step{
			planned(1000, spec, minutes), put(1000, "a", 0, cron), fired("1 1320 0", 1, 1261), queue("shell", "a@1020000 missed:4"),
		}},
		{"it waits for a plan that tells the time after now", []step{
			planned(1000, spec, minutes), put(1000, "a", 0, cron), fired("0  2", 1, 9000), is("1020", "ZSCORE", "jobs:want", spec), score("1020", "a"),
			planned(9000, spec, "2026a 1019.999 1020 1080 +130 8940 9000 9060 9120 "), fired("1 9060 2", 2, 9000), queue("shell", "a@1020000 missed:133"),
		}},
		{"run-all: each of the latest 100", []step{
			planned(1000, spec, minutes), put(1000, "a", 0, with(`"misfire":"run-all"`)), fired("3 1200 0", 1, 1141), queue("shell", "a@1020000 catchup:1", "a@1080000 catchup:1", "a@1140000 catchup:1"),
		}},
		{"skip: only what is not late", []step{
			planned(1000, spec, minutes), put(1000, "a", 0, with(`"misfire":"skip"`)), fired("1 1200 0", 1, 1141), queue("shell", "a@1140000"), ledger("a@1020000 missed late by more than misfire allows 2"),
			fired("0 1260 0", 2, 1210), ledger("a@1020000 missed late by more than misfire allows 2", "a@1200000 missed late by more than misfire allows 1"),
		}},
		{"misfire grace", []step{
			planned(1000, spec, minutes), put(1000, "a", 0, with(`"misfire_grace":70`)), fired("1 1200 0", 1, 1141), queue("shell", "a@1080000 missed:1"), ledger("a@1020000 missed late by more than misfire allows 1"),
		}},
		{"a schedule that ends takes its job off the board", []step{
			planned(1000, "0 0 1 1 *|||||||||", "2026a 999.000 1020 . "), put(1000, "a", 0, `{"cron":"0 0 1 1 *"}`), fired("1  0", 1, 1020), queue("shell", "a@1020000"), is("0", "HLEN", "jobs"),
		}},
		{"and so does its stop", []step{
			planned(1000, spec, minutes), does("HSET", "jobs", "a", `{"id":"a","start":1000,"runner":"shell","stop":"1100","cron":"* * * * *","payload":"p"}`), does("ZADD", "jobs:schedule", 1020, "a"),
			fired("1 1080 0", 1, 1020), fired("1  0", 2, 1200), queue("shell", "a@1020000", "a@1080000"), is("0", "HLEN", "jobs"),
		}},
		{"it asks for more before it runs out", []step{
			planned(1000, spec, "2026a 990.000 1020 1080 1140 "), put(1000, "a", 0, cron), fired("1 1080 2", 1, 1020), is("1020", "ZSCORE", "jobs:want", spec),
		}},
		{"a schedule that cannot be planned quarantines its jobs until they are put again", []step{
			put(1000, "a", 0, `{"cron":"bad"}`), put(1000, "b", 60, ""), fired("1 1060 2", 1, 1000), planned(1000, "bad|||||||||", "! it has one field"), fired("0 1060 0", 2, 1001),
			is("its schedule: it has one field", "HGET", "jobs:quarantine", "a"), put(1002, "a", 60, ""), is("0", "EXISTS", "jobs:quarantine"), fired("1 1060 0", 3, 1002),
		}},
		{"an older time zone database does not replace a newer that has times to come", []step{
			planned(1000, spec, minutes), func(t *testing.T, s *stand) {
				same(t, "JPLAN of an older", s.op("jplan", "", 1000, spec, "2025z 1000.000 1001 "), "0")
				same(t, "JPLAN when the newer is over", s.op("jplan", "", 2640, spec, "2025z 1000.000 2000 "), "1")
			},
		}},
		{"forgetting spares what has times to come", []step{
			planned(1000, spec, minutes), func(t *testing.T, s *stand) {
				same(t, "JPLAN", s.op("jplan", "", 2639, spec, ""), "0")
				is("1", "HLEN", "jobs:plan")(t, s)
				same(t, "JPLAN", s.op("jplan", "", 2640, spec, ""), "0")
				is("0", "HLEN", "jobs:plan")(t, s)
			},
		}},
		{"JTICK of 2014 leaves it due", []step{
			planned(1000, spec, minutes), put(1000, "a", 0, cron), put(1000, "b", 60, ""), func(t *testing.T, s *stand) {
				same(t, "JTICK", s.call("jtick", []string{"jobs", "jobs:schedule", "jobs:queue:shell"}, 1020), "1")
			}, score("1020", "a"), queue("shell", "b@1000000"),
		}},
		{"a pause: what lies within is passed over, and resume finds the next time", []step{
			planned(1000, spec, minutes), put(1000, "a", 0, cron), paused("1", 1, 1010, "job:a", ""), fired("0  0", 1, 1100), put(1100, "a", 0, cron), fired("0  0", 2, 1100),
			func(t *testing.T, s *stand) { same(t, "JRESUME", s.op("jresume", 1, 1100, "job:a", "0"), "[1 1140]") }, fired("1 1200 0", 3, 1140), queue("shell", "a@1140000"),
		}},
		{"a pause of the board", []step{
			planned(1000, spec, minutes), put(1000, "a", 0, cron), paused("1", 1, 1010, "board", ""), fired("0  0", 1, 1100),
			func(t *testing.T, s *stand) { same(t, "JRESUME", s.op("jresume", 1, 1150, "board", "0"), "[1 ]") }, fired("0 1200 0", 2, 1150), ledger("a@1020000 missed the board was paused by me: a reason me 3"),
		}},
		{"the text of a schedule holds what its times depend on", []step{
			put(1000, "x", 60, `{"jitter":10,"except":["sat","12-25"]}`), put(1000, "y", 0, `{"cron":"H 3 * * *"}`), put(1000, "z", 0, `{"cron":"0 3 * * THU","dst_gap":"skip","dst_overlap":"both","schedules":["@every 5m","@daily"]}`),
			fired("0  2", 1, 1000), is("1000", "ZSCORE", "jobs:want", "||||sat,12-25||10|60|1000|x"), is("1000", "ZSCORE", "jobs:want", "H 3 * * *|||||||||y"), is("1000", "ZSCORE", "jobs:want", "0 3 * * THU||skip|both||@every 5m;@daily|||1000|"), is("3", "ZCARD", "jobs:want"),
		}},
		{"a job that only runs at the start of a host has no time", []step{
			put(1000, "a", 60, ""), put(1000, "a", 0, `{"cron":"@reboot"}`), score("<nil>", "a"), is("1", "HEXISTS", "jobs:reboot", "a"),
			foreign(5, "b", `{"id":"b","runner":"shell","cron":"@reboot","payload":""}`), fired("0  0", 1, 1000), score("<nil>", "b"), is("1", "HEXISTS", "jobs:reboot", "b"), is("0", "EXISTS", "jobs:quarantine"),
		}},
		{"the start of a host queues it once a boot", []step{
			put(1000, "a", 0, `{"cron":"@reboot"}`), put(1000, "b", 60, `{"schedules":["@reboot"]}`), put(1000, "gone", 0, `{"cron":"@reboot"}`), put(1000, "gone", 60, ""),
			put(1000, "p", 0, `{"cron":"@reboot"}`), paused("1", 1, 1001, "job:p", ""), does("DEL", "jobs:schedule"),
			func(t *testing.T, s *stand) {
				boot := func(op int, now float64, boot string) any {
					return s.call("jboot", s.c.prefixed(s.k.Op("boot"), s.k.Boots()), op, num(now), boot)
				}
				same(t, "the first", boot(1, 1002, "x"), "2")
				same(t, "sent again", boot(1, 1003, "x"), "2")
				same(t, "a second agent of the host", boot(2, 1004, "x"), "0")
				same(t, "another host", boot(3, 1005, "y"), "2")
			}, is("4", "LLEN", "jobs:queue:shell"), is("1", "LLEN", "jobs:bell:shell"), is("3", "HLEN", "jobs:reboot"), ledger("p@1002000 missed paused by me: a reason me 1", "p@1005000 missed paused by me: a reason me 1"), stats("queued=4"),
		}},
	})
}
