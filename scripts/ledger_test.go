package scripts

import (
	"strings"
	"testing"
)

// told looks at the texts of all lines of the ledger, but for their time.
func told(want ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		messages, err := s.rdb.Do(t.Context(), "XRANGE", "jobs:ledger", "-", "+").Slice()
		s.must(t, err)
		var got []string
		for _, message := range messages {
			pairs := message.([]any)[1].([]any)
			for i := 0; i < len(pairs); i += 2 {
				_, rest, _ := strings.Cut(pairs[i+1].(string), `"at":`)
				_, rest, _ = strings.Cut(rest, ",")
				got = append(got, short(pairs[i].(string))+" "+rest)
			}
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("ledger:\ngot  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
}

// What made no run says up to when, and who decided it as far as that is known.
func TestTheLedgerTellsWhoDecidedAndWhich(t *testing.T) {
	t.Parallel()
	const spec, line = "* * * * *|||||||||", "2026a 990.000 1020 1080 1140 1200 1260 1320 1380 1440 1500 1560 1620 1680 1740 1800 1860 1920 1980 2040 2100 2160 2220 2280 2340 2400 2460 2520 2580 2640 "
	elected := does("HSET", "jobs:tick", "since", 1200)
	play(t, []scene{
		{"a pause that was ended by hand", []step{
			put(1000, "a", 60, ""), paused("1", 1, 1000.5, "job:a", ""), resumed("[1 1180]", 1, 1130, "job:a", "0"), told(`a@1000000 "count":3,"reason":"paused by me: a reason","before":1180,"by":"me"}`),
		}},
		{"a pause that ended by itself", []step{
			put(1000, "a", 60, ""), paused("1", 1, 1001, "job:a", "1100.5"), fired("0 1120 0", 2, 1101), told(`a@1000000 "count":2,"reason":"paused by me: a reason","before":1120,"by":"me"}`),
		}},
		{"a pause of nobody, written by another program", []step{
			put(1000, "a", 60, ""), does("HSET", "jobs:paused", "job:a", `{"since":1000,"next":1000}`), does("ZREM", "jobs:schedule", "a"), resumed("[1 1060]", 1, 1001, "job:a", "0"), told(`a@1000000 "count":1,"reason":"paused","before":1060}`),
		}},
		{"a pause of the board, of an interval and of a planned schedule", []step{
			planned(1000, spec, line), put(1000, "a", 60, ""), put(1000, "c", 0, `{"cron":"* * * * *"}`), fired("1 1020 0", 1, 1000), paused("1", 1, 1010, "board", ""), resumed("[1 ]", 1, 1150, "board", "0"), fired("0 1180 0", 2, 1150),
			told(`c@1020000 "count":3,"reason":"the board was paused by me: a reason","before":1200,"by":"me"}`, `a@1060000 "count":2,"reason":"the board was paused by me: a reason","before":1180,"by":"me"}`),
		}},
		{"a gap that an older version wrote", []step{
			put(1000, "a", 60, ""), does("HSET", "jobs:paused", "gap", `{"from":990,"to":1100}`), fired("0 1120 0", 1, 1110), told(`a@1000000 "count":2,"reason":"the board was paused","before":1120}`),
		}},
		{"misfire skip, while nobody ticked", []step{
			put(1000, "a", 60, `{"misfire":"skip"}`), elected, fired("0 1240 0", 1, 1200), told(`a@1000000 "count":4,"reason":"late by more than misfire allows","before":1240,"ticker":1200}`),
		}},
		{"misfire grace, of a planned schedule, by a ticker that was there before", []step{
			planned(1000, spec, line), put(1000, "a", 0, `{"cron":"* * * * *","misfire_grace":70}`), does("HSET", "jobs:tick", "since", 900), fired("1 1200 0", 1, 1141), told(`a@1020000 "count":1,"reason":"late by more than misfire allows","before":1080}`),
		}},
		{"2014's JNEXT", []step{
			put(1000, "a", 60, ""), func(t *testing.T, s *stand) {
				same(t, "JNEXT of a job that is due", s.call("jnext", []string{"jobs", "jobs:schedule"}, 1130, "a"), "1180")
				same(t, "JNEXT of one that is not", s.call("jnext", []string{"jobs", "jobs:schedule"}, 1131, "a"), "1180")
			}, told(`a@1000000 "count":3,"reason":"passed over by JNEXT","before":1180}`),
		}},
		{"a backfilled one", []step{put(1000, "a", 60, ""), backfilled("1", 1, 1001, "0", "a#01", 940), told(`a@940000 "run":"a#01"}`)}},
	})
}
