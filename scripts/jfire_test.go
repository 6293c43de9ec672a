package scripts

import (
	"fmt"
	"testing"
	"unicode/utf8"
)

const forbid = `{"overlap":"forbid"}`

func TestJfire(t *testing.T) {
	t.Parallel()
	text := func(id, fields string) string {
		return `{"id":"` + id + `","runner":"shell","interval":60,` + fields + `,"payload":"p"}`
	}
	play(t, []scene{
		{"an empty board has nothing due and nothing to come", []step{fired("0  0", 1, 1000)}},
		{"a due job is queued once and moves on along its grid", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), fired("0 1060 0", 2, 1059.999), fired("1 1120 0", 3, 1060),
			queue("shell", "a@1000000", "a@1060000"), stats("queued=2"), is("1", "LLEN", "jobs:bell:shell"), is("0", "EXISTS", "jobs:bell:mail"),
		}},
		{"by default a late job runs once for all the times that it missed", []step{
			put(1000, "a", 60, ""), fired("1 1660 0", 1, 1625), queue("shell", "a@1000000 missed:10"), ledger(),
		}},
		{"misfire skip runs the newest time if it is at most five seconds old", []step{
			put(1000, "a", 60, `{"misfire":"skip"}`), fired("1 1660 0", 1, 1605), queue("shell", "a@1600000"), ledger("a@1000000 missed late by more than misfire allows 10"),
		}},
		{"misfire skip runs nothing when all are older", []step{
			put(1000, "a", 60, `{"misfire":"skip"}`), fired("0 1660 0", 1, 1606), queue("shell"), ledger("a@1000000 missed late by more than misfire allows 11"),
		}},
		{"misfire run-all queues each time, the earliest in front", []step{
			put(1000, "a", 60, `{"misfire":"run-all"}`), fired("3 1180 0", 1, 1125), queue("shell", "a@1000000 catchup:1", "a@1060000 catchup:1", "a@1120000 catchup:1"),
		}},
		{"misfire run-all of a single time is a plain run", []step{
			put(1000, "a", 60, `{"misfire":"run-all"}`), fired("1 1060 0", 1, 1059), queue("shell", "a@1000000"),
		}},
		{"misfire run-all queues the latest hundred", []step{
			put(1000, "a", 1, `{"misfire":"run-all"}`), fired("100 1150 0", 1, 1149), is("100", "LLEN", "jobs:queue:shell"), ledger("a@1000000 missed late by more than misfire allows 50"),
		}},
		{"misfire_grace leaves out what is older and collapses the rest", []step{
			put(1000, "a", 60, `{"misfire_grace":130}`), fired("1 1660 0", 1, 1625), queue("shell", "a@1540000 missed:1"), ledger("a@1000000 missed late by more than misfire allows 9"),
		}},
		{"misfire_grace with run-all", []step{
			put(1000, "a", 60, `{"misfire":"run-all","misfire_grace":130}`), fired("2 1660 0", 1, 1625), queue("shell", "a@1540000 catchup:1", "a@1600000 catchup:1"), ledger("a@1000000 missed late by more than misfire allows 9"),
		}},
		{"a job put without an interval runs once and leaves the board", []step{
			put(1000, "a", 0, ""), fired("1  0", 1, 1000), queue("shell", "a@1000000"), is("0", "HLEN", "jobs"), fired("0  0", 2, 2000),
		}},
		{"a time before stop is queued, however late, and then the job is gone", []step{
			foreign(1000, "a", text("a", `"stop":"1070"`)), fired("1 1060 0", 1, 1000), fired("1  0", 2, 5000), queue("shell", "a@1000000", "a@1060000"), is("0", "HLEN", "jobs"),
		}},
		{"a time after stop is not queued", []step{
			foreign(1000, "a", text("a", `"stop":999`)), fired("0  0", 1, 1000), queue("shell"), is("0", "HLEN", "jobs"), is("0", "ZCARD", "jobs:schedule"),
		}},
		{"no catch-up beyond stop", []step{
			foreign(1000, "a", text("a", `"stop":1130,"misfire":"run-all"`)), fired("3  0", 1, 5000), queue("shell", "a@1000000 catchup:1", "a@1060000 catchup:1", "a@1120000 catchup:1"),
		}},
		{"fractions of a second catch up to a stop on their grid", []step{
			foreign(1795868840.694, "a", `{"id":"a","runner":"shell","interval":0.2,"stop":1795868841.294,"misfire":"run-all","payload":"p"}`),
			fired("4  0", 1, 1795868850), is("4", "LLEN", "jobs:queue:shell"),
		}},
		{"fractions of a second do not drift off their grid", []step{
			foreign(1795868840.694, "a", `{"id":"a","runner":"shell","interval":0.1,"payload":"p"}`),
			func(t *testing.T, s *stand) {
				t.Helper()
				for i := range 300 {
					s.fire(1+i, fmt.Sprintf("%.3f", 1795868840.694+float64(i)/10), 10, "", "shell")
				}
			},
			is("1795868870.694", "ZSCORE", "jobs:schedule", "a"),
		}},
		{"lambda stretches the interval with each step", []step{
			foreign(1000, "a", text("a", `"start":1000,"lambda":"2","step":"100"`)), fired("1 1060 0", 1, 1000), fired("1 1180 0", 2, 1100), queue("shell", "a@1000000", "a@1060000"),
		}},
		{"the nominal time is rounded to milliseconds", []step{
			foreign(1000.0625, "a", text("a", `"x":1`)), fired("1 1060.0625 0", 1, 1001), queue("shell", "a@1000063"),
		}},
		{"overlap forbid: a job whose run has an attempt is skipped", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"), active("a", "a@1000000"),
			fired("0 1120 0", 2, 1060), queue("shell"), ledger("a@1060000 skipped overlap a@1000000"), stats("skipped=1", "queued=1"),
		}},
		{"overlap forbid: the ledger tells how many times collapsed into the one that is skipped", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"),
			fired("0 1300 0", 2, 1250), ledger("a@1060000 skipped overlap a@1000000 missed:3"),
		}},
		{"overlap forbid: what misfire lets through of a late job is skipped, not its first time", []step{
			put(1000, "a", 60, `{"overlap":"forbid","misfire":"skip"}`), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"),
			fired("0 1300 0", 2, 1241), ledger("a@1060000 missed late by more than misfire allows 3", "a@1240000 skipped overlap a@1000000"),
		}},
		{"overlap forbid: a job whose run waits for a retry is skipped", []step{
			put(1000, "a", 60, `{"overlap":"forbid","retries":1,"backoff_delay":100}`), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"),
			acked("w", 1, 1001, "a@1000000; failed 1"), fired("0 1120 0", 2, 1060), ledger("a@1060000 skipped overlap a@1000000"),
		}},
		{"overlap forbid: a job whose run has ended is queued", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"),
			acked("w", 1, 1001, "a@1000000; succeeded"), fired("1 1120 0", 2, 1060), queue("shell", "a@1060000"),
		}},
		{"overlap forbid: JTICK of 2014 skips it, too", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"),
			func(t *testing.T, s *stand) {
				same(t, "JTICK", s.call("jtick", []string{"jobs", "jobs:schedule", "jobs:queue:shell"}, 1060), "0")
			}, ledger("a@1060000 skipped overlap a@1000000"),
		}},
		{"overlap allow queues beside an attempt", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"), active("a", ""), fired("1 1120 0", 2, 1060),
		}},
		{"types that are not named stay due and are told", []step{
			foreign(1000, "a", `{"id":"a","runner":"tape","interval":60}`), put(1000, "b", 60, ""), fired("1 1060 0 tape", 1, 1000), is("1000", "ZSCORE", "jobs:schedule", "a"),
		}},
		{"a schedule entry without a job is removed", []step{
			does("ZADD", "jobs:schedule", 1000, "ghost"), put(1000, "b", 60, ""), fired("1 1060 0", 1, 1000), is("1", "ZCARD", "jobs:schedule"),
		}},
		{"what cannot be read is quarantined and the rest goes on", []step{
			foreign(1, "bad", "{bad"), foreign(2, "text", `"text"`), foreign(3, "no runner", `{"id":"x"}`), foreign(4, "later", text("later", `"hosts":["a"]`)),
			put(1000, "b", 60, ""), fired("1 1060 0", 1, 1000), is("4", "HLEN", "jobs:quarantine"), is("1", "ZCARD", "jobs:schedule"), is("5", "HLEN", "jobs"), fired("0 1060 0", 2, 1001),
			ledger("bad quarantined metadata is not a JSON object", "text quarantined metadata is not a JSON object", "no runner quarantined metadata has no runner", `later quarantined hosts is neither one, all nor a selector such as gpu=true`),
			put(1000, "bad", 60, ""), is("3", "HLEN", "jobs:quarantine"),
		}},
		{"old data: endless and negative scores", []step{
			foreign(-5, "a", text("a", `"x":1`)), does("HSET", "jobs", "b", text("b", `"x":1`)), does("ZADD", "jobs:schedule", "-inf", "b"), does("HSET", "jobs", "c", text("c", `"x":1`)), does("ZADD", "jobs:schedule", "+inf", "c"),
			fired("2 1015 0", 1, 1000), queue("shell", "b@1000000", "a@-5000 missed:16"), is("1", "HLEN", "jobs:quarantine"), ledger("c quarantined its next nominal time was infinite"),
		}},
		{"foreign text with blanks around it and inside", []step{
			foreign(1000, "a", " \n{ \"id\" : \"a\", \"runner\" : \"shell\", \"interval\" : 60 }\n"), fired("1 1060 0", 1, 1000), queue("shell", "a@1000000"), taken("w", 1, 1, 1000, "a@1000000"),
		}},
		{"a caller of an older term is refused, one without a term is not asked", []step{
			put(1000, "a", 60, ""), does("SET", "jobs:leader", "v"),
			func(t *testing.T, s *stand) {
				same(t, "JLEAD", s.call("jlead", s.c.prefixed("jobs:leader"), 5, "v", "me"), "5000")
				same(t, "JFIRE of an older term", s.fire(1, 1000, 500, "4999", "shell"), "STALE")
				same(t, "JFIRE of no number", s.fire(1, 1000, 500, "x", "shell"), "STALE")
				same(t, "JFIRE of this term", s.fire(1, 1000, 500, "5000", "shell"), "[1 1060 1000.000000 0]")
				same(t, "JFIRE without a term", s.fire(2, 1060, 500, "", "shell"), "[1 1120 1060.000000 0]")
				does("HSET", "jobs:tick", "term", 4000)(t, s)
				same(t, "JFIRE of a term that Redis has forgotten", s.fire(3, 1120, 500, "5000", "shell"), "STALE")
				does("DEL", "jobs:tick")(t, s)
				same(t, "JFIRE when there is no term", s.fire(3, 1120, 500, "5000", "shell"), "STALE")
			},
		}},
		{"the limit bounds a call and more says that there is more", []step{func(t *testing.T, s *stand) {
			for i := range 25 {
				put(1000, fmt.Sprintf("j%02d", i), 60, "")(t, s)
			}
			same(t, "first", s.fire(1, 1000, 10, "", "shell"), "[10 1060 1000.000000 1]")
			same(t, "second", s.fire(2, 1000, 10, "", "shell"), "[10 1060 1000.000000 1]")
			same(t, "third", s.fire(3, 1000, 10, "", "shell"), "[5 1060 1000.000000 0]")
			is("25", "LLEN", "jobs:queue:shell")(t, s)
		}}},
		{"the limit bounds catch-up to the last job that fits", []step{func(t *testing.T, s *stand) {
			for i := range 20 {
				put(1000, fmt.Sprintf("j%02d", i), 1, `{"misfire":"run-all"}`)(t, s)
			}
			same(t, "first", s.fire(1, 1049, 120, "", "shell"), "[150 1050 1049.000000 1]")
			for op := 2; s.rdb.ZCount(t.Context(), "jobs:schedule", "0", "1049").Val() > 0 && op < 20; op++ {
				s.fire(op, 1049, 120, "", "shell")
			}
			is("1000", "LLEN", "jobs:queue:shell")(t, s)
		}}},
		{"jobs that nobody serves do not starve those behind them", []step{func(t *testing.T, s *stand) {
			for i := range 45 {
				foreign(float64(i), fmt.Sprintf("t%02d", i), `{"id":"t","runner":"tape","interval":60}`)(t, s)
			}
			put(1000, "b", 60, "")(t, s)
			fired("1 1060 0 tape", 1, 1000)(t, s)
		}}},
		{"ids with every sign", []step{func(t *testing.T, s *stand) {
			for i, id := range strangeIDs() {
				put(1000, id, 60, forbid)(t, s)
				same(t, id, s.fire(i, 1000, 500, "", "shell"), "[1 1060 1000.000000 0]")
				queue("shell", id+"@1000000")(t, s)
				taken("w", i, 5, 1000, id+"@1000000")(t, s)
				active(id, id+"@1000000")(t, s)
				acked("w", i, 1001, id+"@1000000; succeeded")(t, s)
				if utf8.ValidString(id) {
					ended(id, id+"@1000000 succeeded")(t, s)
				}
				active(id, "")(t, s)
			}
		}}},
	})
}

func strangeIDs() []string {
	return []string{"a@b", "a#b", "a:b", "shares:2014/10/16/x", "my job", `say "x"`, `back\slash`, "\\", `"`, "é ñ 漢字 🙂", "tab\tand\nline", "\x7f", "a@1.5", "x#ff", "%d%s", "{jobs}", "latin \xe9\xff", `","queued":1,`, "'"}
}
