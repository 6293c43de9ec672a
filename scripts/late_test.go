package scripts

import (
	"testing"
)

// A copy of a call may be held up by the network until its caller has sent it again,
// was answered, and has gone on.
func TestAnOperationThatComesLateIsRefused(t *testing.T) {
	t.Parallel()
	calls := func(want, name string, args ...any) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, name, s.op(name, args...), want)
		}
	}
	push := func(want string, op int, run string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JPUSH", s.call("jpush", s.c.prefixed(s.k.Op("p"), s.k.Queue("shell"), s.k.Bell("shell")), op, 1000, run, `{"id":"shell","runner":"shell"}`), want)
		}
	}
	jset := func(want string, op int) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JSET", s.call("jset", []string{"jobs", "jobs:schedule", "jobs:runners", s.k.Op("p")}, 1000, "a", "shell", "p", 60, "", "", "", "", "", op), want)
		}
	}
	jdel := func(want string, op int) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JDEL", s.call("jdel", []string{"jobs", "jobs:schedule", s.k.Op("p")}, "a", op), want)
		}
	}
	late := func(lane string, op int) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JTAKE", s.take(lane, op, 5, 1001, 4), "STALE")
		}
	}
	play(t, []scene{
		{"a push queues nothing", []step{push("1", 1, "shell#01"), push("1", 2, "shell#02"), push("STALE", 1, "shell#01"), queue("shell", "shell#01", "shell#02"), stats("queued=2")}},
		{"operations are compared as numbers", []step{push("1", 9, "shell#01"), push("1", 10, "shell#02"), push("STALE", 9, "shell#01"), push("1", 10, "shell#02"), queue("shell", "shell#01", "shell#02")}},
		{"a put does not bring a removed job back", []step{jset("1", 1), jdel("1", 2), jset("STALE", 1), is("0", "HLEN", "jobs")}},
		{"a remove does not take off a job that was put again", []step{jset("1", 1), jdel("1", 2), jset("1", 3), jdel("STALE", 2), is("1", "HLEN", "jobs"), jdel("1", 4), jdel("1", 4)}},
		{"a fire fires nothing", []step{put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), fired("0 1060 0", 2, 1001), fired("STALE", 1, 1060), queue("shell", "a@1000000")}},
		{"a cancel cancels nothing that came since", []step{
			put(1000, "a", 60, ""), calls("0", "jcancel", 1, 1000, "b"), calls("0", "jcancel", 2, 1000, "b"), calls("STALE", "jcancel", 1, 1001, "a"), is("<nil>", "ZSCORE", "jobs:cancel", "a"),
		}},
		{"a take hands out nothing, so that nobody is left with runs unawares", []step{
			push("1", 1, "shell#01"), taken("w", 1, 1, 1000, "shell#01"), push("1", 2, "shell#02"), taken("w", 3, 0, 1000), late("w", 1), queue("shell", "shell#02"),
			taken("w", 3, 0, 1001), taken("w", 4, 5, 1001, "shell#02"),
		}},
		{"a take of a lane that has left gives it no lease", []step{
			push("1", 1, "shell#01"), taken("w", 1, 0, 1000), taken("w", 2, 0, 1000), calls("1", "jleave", "w"),
			func(t *testing.T, s *stand) { same(t, "JLEAVE", s.lane("jleave", "w", "w"), "1") },
			late("w", 1), taken("w", 2, 0, 1001), is("0", "EXISTS", "jobs:workers"), queue("shell", "shell#01"),
		}},
		{"an ack is not recorded as stale", []step{
			push("1", 1, "shell#01"), push("1", 2, "shell#02"), taken("w", 1, 5, 1000, "shell#01", "shell#02"), acked("w", 2, 1001, "shell#01; succeeded"), acked("w", 3, 1001, "shell#02; succeeded"),
			func(t *testing.T, s *stand) {
				same(t, "JACKMANY", s.lane("jackmany", "w", "w", 2, 1002, s.keys["shell#01"], "shell#01", story("succeeded", "shell#01"), ""), "STALE")
			},
			stats("queued=2", "succeeded=2"), ledger(),
		}},
		{"a run by hand that was refused is not queued later on", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "a@1000000"), calls("ACTIVE", "jrun", 1, 1001, "a", "a#01", 0),
			acked("w", 1, 1001, "a@1000000; succeeded"), calls("shell", "jrun", 2, 1001, "a", "a#02", 0), calls("STALE", "jrun", 1, 1001, "a", "a#01", 0), queue("shell", "a#02"),
		}},
	})
}
