package scripts

import "testing"

// A run that has died, of job a, and what may be done with it.
func dies() []step {
	return []step{
		put(1000, "a", 60, `{"overlap":"forbid","retries":1,"backoff_delay":0}`), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "a@1000000"), acked("w", 1, 1000, "a@1000000; failed 1"),
		watched(1000, 1000), taken("w", 2, 1, 1000, "a@1000000 try:2"), acked("w", 2, 1001, "a@1000000; failed 1"), is("1", "ZCARD", "jobs:dead"),
	}
}

func replayed(want string, op int, now float64, run, force string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		same(t, "JREPLAY", s.op("jreplay", op, num(now), s.ids["a@1000000"], run, force), want)
	}
}

func TestJreplay(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"a dead run is queued once more as a new one", append(dies(),
			replayed("shell", 1, 1010, "a#01", "0"), is("0", "ZCARD", "jobs:dead"), is("0", "HLEN", "jobs:parked"), is("1", "LLEN", "jobs:bell:shell"), stats("queued=2", "dead=1", "retrying=1"),
			func(t *testing.T, s *stand) {
				got := s.rdb.LIndex(t.Context(), "jobs:queue:shell", 0).Val()
				same(t, "entry", got, `{"run":"a#01","seq":4,"queued":1010.000,"replay_of":"`+s.ids["a@1000000"]+`","id":"a","start":1000,"runner":"shell","interval":60,"overlap":"forbid","retries":1,"backoff_delay":0,"payload":"p"}`)
			},
			taken("w", 3, 1, 1010, "a#01"), acked("w", 3, 1011, "a#01; succeeded"))},
		{"it dies and is replayed again: the newest origin counts", append(dies(),
			replayed("shell", 1, 1010, "a#01", "0"), taken("w", 3, 1, 1010, "a#01"), acked("w", 3, 1011, "a#01; failed 1"), watched(1011, 1011), taken("w", 4, 1, 1011, "a#01 try:2"), acked("w", 4, 1012, "a#01; failed 1"),
			func(t *testing.T, s *stand) {
				same(t, "JREPLAY", s.op("jreplay", 2, 1013, "a#01", "a#02", "0"), "shell")
				got := s.rdb.LIndex(t.Context(), "jobs:queue:shell", 0).Val()
				same(t, "head", got[:71], `{"run":"a#02","seq":7,"queued":1013.000,"replay_of":"a#01","id":"a","st`)
			})},
		{"beside an active run it is refused, unless forced", append(dies(),
			fired("1 1120 0", 2, 1060), taken("w", 3, 1, 1060, "a@1060000"), replayed("ACTIVE", 1, 1061, "a#01", "0"), is("1", "ZCARD", "jobs:dead"), replayed("shell", 2, 1061, "a#01", "1"), taken("w", 4, 1, 1061, "a#01 force:1"))},
		{"what is not dead", []step{func(t *testing.T, s *stand) {
			same(t, "JREPLAY", s.op("jreplay", 1, 1010, "a#0d", "a#01", "0"), "NORUN")
		}}},
		{"an id of another job", append(dies(), replayed("INVALID", 1, 1010, "b#01", "0"), replayed("INVALID", 1, 1010, "a@1", "0"))},
		{"what cannot run", []step{does("ZADD", "jobs:dead", 1, "a#0d"), does("HSET", "jobs:parked", "a#0d", "{bad"), func(t *testing.T, s *stand) {
			same(t, "JREPLAY", s.op("jreplay", 1, 1010, "a#0d", "a#01", "0"), "INVALID")
		}}},
	})
}

func TestJbury(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"a dead run is removed, its record stays", append(dies(), func(t *testing.T, s *stand) {
			same(t, "JBURY", s.op("jbury", 1, s.ids["a@1000000"], "a#0e"), "1")
		}, is("0", "ZCARD", "jobs:dead"), is("0", "HLEN", "jobs:parked"), ended("a", "a@1000000 dead"))},
		{"a waiting retry is no dead run", []step{
			put(1000, "a", 60, `{"retries":1,"backoff_delay":9}`), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "a@1000000"), acked("w", 1, 1000, "a@1000000; failed 1"),
			func(t *testing.T, s *stand) { same(t, "JBURY", s.op("jbury", 1, s.ids["a@1000000"]), "0") }, is("1", "HLEN", "jobs:parked"),
		}},
	})
}
