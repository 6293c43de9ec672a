package scripts

import "testing"

// backfilled is a JBACKFILL of job a, of pairs of run and due.
func backfilled(want string, op int, now float64, force string, pairs ...any) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		same(t, "JBACKFILL", s.op("jbackfill", append([]any{op, num(now), "a", force}, pairs...)...), want)
	}
}

func TestJbackfill(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"a run for each nominal time, which knows it, oldest first", []step{
			put(1000, "a", 60, `{"overlap":"allow"}`), backfilled("2", 1, 1001, "0", "a#01", 880, "a#02", 940), queue("shell", "a#01 catchup:1 due:880000", "a#02 catchup:1 due:940000"),
			ledger("a@880000 backfilled", "a@940000 backfilled"), stats("queued=2"), is("1", "LLEN", "jobs:bell:shell"), taken("w", 1, 5, 1001, "a#01 catchup:1 due:880000", "a#02 catchup:1 due:940000"),
		}},
		{"sent again it changes nothing", []step{
			put(1000, "a", 60, ""), backfilled("1", 1, 1001, "0", "a#01", 880), backfilled("1", 1, 1002, "0", "a#01", 880), queue("shell", "a#01 catchup:1 due:880000"), stats("queued=1"),
		}},
		{"with overlap forbid they wait for the active run and for each other, and none is dropped", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"), backfilled("2", 1, 1001, "0", "a#01", 880, "a#02", 940),
			taken("w", 2, 5, 1001), waits("a#01 1001.25", "a#02 1001.5"), acked("w", 1, 1002, "a@1000000; succeeded"), watched(1002, 1002), taken("w", 3, 5, 1002, "a#01 catchup:1 due:880000"), waits("a#02 1002.25"),
			acked("w", 2, 1003, "a#01; succeeded"), watched(1003, 1003), taken("w", 4, 5, 1003, "a#02 catchup:1 due:940000"), acked("w", 3, 1003, "a#02; succeeded"), active("a", ""),
		}},
		{"the nominal time goes along through losses, and to the dead and their replay", []step{
			put(1000, "a", 60, `{"retries":1,"backoff_delay":1,"backoff_jitter":0}`), backfilled("1", 1, 1001, "0", "a#01", 880.25), taken("w", 1, 5, 1001, "a#01 catchup:1 due:880250"), watched(1002, 1006),
			taken("v", 1, 5, 1006, "a#01 try:2 lost:1 catchup:1 due:880250"), acked("v", 1, 1007, "a#01; failed 1"), watched(1008, 1008), taken("v", 2, 5, 1008, "a#01 try:3 lost:1 catchup:1 due:880250"), acked("v", 2, 1008, "a#01; failed 1"),
			ended("a", "a#01 dead"), func(t *testing.T, s *stand) {
				same(t, "JREPLAY", s.op("jreplay", 1, 1009, "a#01", "a#0e", "0"), "shell")
			}, queue("shell", "a#0e due:880250"),
		}},
		{"what Redis ends itself has its nominal time in the record", []step{
			put(1000, "a", 60, ""), backfilled("1", 1, 1001, "0", "a#01", 880), cancelled("0", 1, 1002, "a#01"), taken("w", 1, 5, 1003), ended("a", "a#01 cancelled"),
			func(t *testing.T, s *stand) {
				text, err := s.rdb.LIndex(t.Context(), "jobs:runs:a", 0).Result()
				s.must(t, err)
				if run, ok := ParseRecord(text); !ok || run.Due.Unix() != 880 {
					t.Errorf("record %s: got %v due at %v, want 880", text, ok, run.Due)
				}
			},
		}},
		{"a pause refuses it, unless forced", []step{
			put(1000, "a", 60, ""), paused("1", 1, 1001, "job:a", ""), backfilled("PAUSED", 1, 1002, "0", "a#01", 880), queue("shell"), backfilled("1", 2, 1002, "1", "a#01", 880), queue("shell", "a#01 catchup:1 due:880000"),
			resumed("[1 1060]", 1, 1003, "job:a", "0"), paused("1", 2, 1003, "board", "1010"), backfilled("PAUSED", 3, 1009, "0", "a#02", 880), backfilled("1", 4, 1010, "0", "a#02", 880),
		}},
		{"into the list of its priority", []step{
			put(1000, "a", 60, `{"priority":"low"}`), backfilled("1", 1, 1001, "0", "a#01", 880), is("1", "LLEN", "jobs:low:shell"), is("0", "LLEN", "jobs:queue:shell"),
		}},
		{"nothing is written of what is wrong", []step{
			put(1000, "a", 60, ""), backfilled("INVALID", 1, 1001, "0", "a#01", 880, "b#02", 940), backfilled("INVALID", 1, 1001, "0", "a#01", 1002), backfilled("INVALID", 1, 1001, "0", "a#01", "x"), backfilled("INVALID", 1, 1001, "0"), backfilled("INVALID", 1, 1001, "0", "a#01"),
			queue("shell"), ledger(), does("DEL", "jobs"), backfilled("NOJOB", 1, 1001, "0", "a#01", 880),
		}},
	})
}
