package scripts

import (
	"fmt"
	"strings"
	"testing"
)

func TestJpush(t *testing.T) {
	t.Parallel()
	push := func(want string, op int, now float64, pairs ...any) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			keys := s.c.prefixed(s.k.Op("jpush"), s.k.Queue("mail"), s.k.Bell("mail"))
			same(t, "JPUSH", s.call("jpush", keys, append([]any{op, num(now)}, pairs...)...), want)
		}
	}
	mail := []string{"mail"}
	const text, retries = `{"id":"mail","runner":"mail","payload":"[]"}`, `{"id":"mail","runner":"mail","retries":1,"backoff_delay":0,"overlap":"forbid","payload":"x"}`
	long := `{"id":"mail","runner":"mail","payload":"` + strings.Repeat("x", 20000) + `"}`
	play(t, []scene{
		{"runs are served in their order, behind what waits", []step{
			pushed("mail", `{"id":"first","runner":"mail"}`), push("2", 1, 1000, "mail#01", text, "mail#02", text), is("1", "LLEN", "jobs:bell:mail"), stats("queued=2"), takenOf(mail, "w", 1, 5, 1001, "first#", "mail#01", "mail#02"),
		}},
		{"the payload is byte for byte", []step{push("1", 1, 1000, "mail#01", `{"id":"mail","runner":"mail","payload":"\u005b]\/ 9223372036854775808","n":12345678901234567}`), func(t *testing.T, s *stand) {
			got := s.rdb.LIndex(t.Context(), "jobs:queue:mail", 0).Val()
			same(t, "entry", got, `{"run":"mail#01","seq":1,"queued":1000.000,"id":"mail","runner":"mail","payload":"\u005b]\/ 9223372036854775808","n":12345678901234567}`)
		}}},
		{"the first brace may be left out", []step{push("2", 1, 1000, "mail#01", text[1:], "mail#02", text), takenOf(mail, "w", 1, 5, 1000, "mail#01", "mail#02")}},
		{"long texts", []step{push("2", 1, 1000, "mail#01", long, "mail#02", long[1:]), takenOf(mail, "w", 1, 5, 1000, "mail#01", "mail#02")}},
		{"one-offs know retries and forbid, by their type", []step{
			push("2", 1, 1000, "mail#01", retries, "mail#02", retries), takenOf(mail, "w", 1, 5, 1000, "mail#01"), ledger("mail#02 collapsed overlap mail#01"), acked("w", 1, 1000, "mail#01; failed 1"), watched(1000, 1000),
			takenOf(mail, "w", 2, 5, 1000, "mail#01 try:2"), acked("w", 2, 1000, "mail#01; failed 1"), ended("mail", "mail#01 dead"), active("mail", ""),
		}},
		{"a thousand and one in a call", []step{func(t *testing.T, s *stand) {
			var pairs []any
			for i := range 1001 {
				pairs = append(pairs, fmt.Sprintf("mail#%04x", i), text)
			}
			push("1001", 1, 1000, pairs...)(t, s)
			is("1001", "LLEN", "jobs:queue:mail")(t, s)
			takenOf(mail, "w", 1, 1, 1000, "mail#0000")(t, s)
		}}},
		{"all or none", []step{
			push("INVALID", 1, 1000, "mail#01", text, "mail", text), push("INVALID", 1, 1000, "mail#01", text, "mail#02", "text"), push("INVALID", 1, 1000, "mail#01", text, "#02", text), push("INVALID", 1, 1000, "mail#01", text, "mail#0g", text), push("INVALID", 1, 1000, "mail#01", "[]"),
			push("INVALID", 1, 1000, "mail#01", "{}"), push("INVALID", 1, 1000, "mail#01", "}"), push("INVALID", 1, 1000, "mail#01", "{"+text), push("INVALID", 1, 1000, "mail#01", ""), push("INVALID", 1, 1000, "mail#01", text, "mail#02"), is("0", "EXISTS", "jobs:queue:mail"), is("0", "EXISTS", "jobs:stats"),
		}},
		{"a text that proves to be none is told at the take", []step{push("1", 1, 1000, "mail#01", `{"id":,}`), takenOf(mail, "w", 1, 1, 1000, "mail#01 refused")}},
		{"many that begin alike, by their places", []step{func(t *testing.T, s *stand) {
			args := []any{"mail#0123456789abcdef012*", `"id":"mail","runner":"mail","payload":"n`}
			for i := range 4096 {
				args = append(args, fmt.Sprintf(`%d"}`, i))
			}
			push("4096", 1, 1000, args...)(t, s)
			push("4096", 1, 1000, args...)(t, s)
			same(t, "queued", s.rdb.LLen(t.Context(), "jobs:queue:mail").Val(), "4096")
			for i, got := range s.rdb.LRange(t.Context(), "jobs:queue:mail", 0, -1).Val() {
				place := 4095 - i
				if want := fmt.Sprintf(`{"run":"mail#0123456789abcdef012%03x","seq":1,"queued":1000.000,"id":"mail","runner":"mail","payload":"n%d"}`, place, place); got != want {
					t.Fatalf("got %s, want %s", got, want)
				}
			}
			push("INVALID", 2, 1000, append(args, `"}`)...)(t, s)
			is("1", "GET", "jobs:seq")(t, s)
			takenOf(mail, "w", 1, 2, 1001, "mail#", "mail#")(t, s)
			is("4094", "LLEN", "jobs:queue:mail")(t, s)
		}}},
		{"alike up to their ends, or in their first sign only", []step{
			push("2", 1, 1000, "mail#0*", text[1:len(text)-1], "}", "}"), push("2", 2, 1000, "a#b#1*", `"`, `id":"mail","runner":"mail"}`, text[2:]), is("2", "GET", "jobs:seq"), stats("queued=4"),
			queue("mail", "mail#0000", "mail#0001", "a#b#1000", "a#b#1001"),
		}},
		{"all or none of many", []step{
			push("INVALID", 1, 1000, "mail#*", `"`, text[2:]), push("INVALID", 1, 1000, "mail*", `"`, text[2:]), push("INVALID", 1, 1000, "#1*", `"`, text[2:]), push("INVALID", 1, 1000, "mail#1**", `"`, text[2:]), push("INVALID", 1, 1000, "a\"b#1*", `"`, text[2:]), push("INVALID", 1, 1000, "a\n#1*", `"`, text[2:]),
			push("INVALID", 1, 1000, "mail#*", `"`, text[2:], text[2:]), push("INVALID", 1, 1000, "mail#1*", `"x":"`+strings.Repeat("x", 16<<20), `"}`, `"}`, `"}`, `"}`), push("INVALID", 1, 1000, "mail#1*", `"`), push("INVALID", 1, 1000, "mail#1*"), push("INVALID", 1, 1000, "mail#1*", "", text[1:]), push("INVALID", 1, 1000, "mail#1*", "{", text[1:]), push("INVALID", 1, 1000, "mail#1*", `"`, text[2:], text[2:]+" "), push("INVALID", 1, 1000, "mail#1*", `"`, text[2:], ""),
			is("0", "EXISTS", "jobs:queue:mail"), is("0", "EXISTS", "jobs:seq"), is("0", "EXISTS", "jobs:stats"),
		}},
		{"without a runner, too", []step{push("1", 1, 1000, "mail#01", `{"id":"mail"}`), takenOf(mail, "w", 1, 1, 1000, "mail#01 refused")}},
	})
}

func TestJrun(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"queues a run besides the schedule", []step{
			put(1000, "a", 60, ""), ran("shell", 1, 1000, "a", "a#01", "0"), queue("shell", "a#01"), is("1", "LLEN", "jobs:bell:shell"), is("1000", "ZSCORE", "jobs:schedule", "a"), stats("queued=1"), taken("w", 1, 5, 1000, "a#01"),
		}},
		{"a job that is not on the board", []step{ran("NOJOB", 1, 1000, "a", "a#01", "0")}},
		{"overlap forbid: not beside an attempt", []step{
			put(1000, "a", 60, forbid), ran("shell", 1, 1000, "a", "a#01", "0"), taken("w", 1, 5, 1000, "a#01"), ran("ACTIVE", 2, 1001, "a", "a#02", "0"), ran("ACTIVE", 3, 1001, "a", "a#03", "yes"), queue("shell"),
			ran("shell", 4, 1001, "a", "a#04", "1"), queue("shell", "a#04 force:1"), acked("w", 1, 1002, "a#01; succeeded"), ran("shell", 5, 1003, "a", "a#05", "0"),
		}},
		{"overlap forbid: not beside a retry", []step{
			put(1000, "a", 60, `{"overlap":"forbid","retries":1}`), ran("shell", 1, 1000, "a", "a#01", "0"), taken("w", 1, 5, 1000, "a#01"), acked("w", 1, 1000, "a#01; failed 1"), ran("ACTIVE", 2, 1001, "a", "a#02", "0"),
		}},
		{"overlap allow: beside anything", []step{put(1000, "a", 60, ""), ran("shell", 1, 1000, "a", "a#01", "0"), taken("w", 1, 5, 1000, "a#01"), ran("shell", 2, 1001, "a", "a#02", "0"), taken("w", 2, 5, 1001, "a#02")}},
		{"a job of a foreign client", []step{foreign(5000, "a", " { \"runner\":\"tape\"}"), ran("tape", 1, 1000, "a", "a#01", "0"), takenOf([]string{"tape"}, "w", 1, 1, 1000, "a#01")}},
		{"a job that cannot be read", []step{foreign(5000, "a", "{bad"), ran("INVALID", 1, 1000, "a", "a#01", "0"), foreign(5000, "b", `{"id":"b"}`), ran("INVALID", 1, 1000, "b", "b#01", "0"), stats("queued=0")}},
		{"a run that is not one of the job", []step{
			put(1000, "a", 60, ""), put(1000, "a#b", 60, ""), ran("INVALID", 1, 1000, "a", "b#01", "0"), ran("INVALID", 1, 1000, "a", "a", "0"), ran("INVALID", 1, 1000, "a", "a#", "0"), ran("INVALID", 1, 1000, "a", "a#b@1", "0"), ran("INVALID", 1, 1000, "a", "a#b#01", "0"),
			ran("shell", 1, 1000, "a#b", "a#b#01", "0"), queue("shell", "a#b#01"),
		}},
		{"ids with every sign", []step{func(t *testing.T, s *stand) {
			for i, id := range strangeIDs() {
				put(1000, id, 60, "")(t, s)
				ran("shell", i, 1000, id, id+"#01", "0")(t, s)
				taken("w", i, 1, 1000, id+"#01")(t, s)
				acked("w", i, 1000, id+"#01; succeeded")(t, s)
			}
		}}},
	})
}

func TestJcancel(t *testing.T) {
	t.Parallel()
	const later = `{"retries":1,"backoff_delay":100,"backoff_jitter":0}`
	const alone = `{"overlap":"forbid","retries":1,"backoff_delay":100,"backoff_jitter":0}`
	failed := func(fields string) step { // a run that waits for its retry
		return func(t *testing.T, s *stand) {
			t.Helper()
			put(1000, "a", 60, fields)(t, s)
			fired("1 1060 0", 1, 1000)(t, s)
			taken("w", 1, 5, 1000, "a@1000000")(t, s)
			acked("w", 1, 1000, "a@1000000; failed 1")(t, s)
		}
	}
	play(t, []scene{
		{"a queued run ends when it is taken", []step{
			put(1000, "a", 60, ""), func(t *testing.T, s *stand) { same(t, "JRUN", s.op("jrun", 1, 1000, "a", "a#01", "0"), "shell") }, fired("1 1060 0", 1, 1000), cancelled("0", 1, 1001, "a#01"), queue("shell", "a#01", "a@1000000"),
			taken("w", 1, 5, 1001, "a@1000000"), ended("a", "a#01 cancelled"), is("0", "EXISTS", "jobs:cancel"), stats("cancelled=1"),
		}},
		{"all queued runs of a job, not later ones", []step{
			put(1000, "a", 60, ""), put(1000, "b", 60, ""), fired("2 1060 0", 1, 1000), fired("2 1120 0", 2, 1060), cancelled("0", 1, 1060, "a"), fired("2 1180 0", 3, 1120),
			taken("w", 1, 10, 1120, "b@1000000", "b@1060000", "a@1120000", "b@1120000"), ended("a", "a@1060000 cancelled", "a@1000000 cancelled"),
		}},
		{"a running one is told at the renew and ends as its worker says", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"), cancelled("0", 1, 1001, "a@1000000"), active("a", "a@1000000"), is("1", "ZCARD", "jobs:cancel"), acked("w", 1, 1002, "a@1000000; cancelled"), ended("a", "a@1000000 cancelled"), is("0", "EXISTS", "jobs:cancel"), active("a", ""),
		}},
		{"a worker that was faster has the word", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"), cancelled("0", 1, 1001, "a@1000000"), acked("w", 1, 1002, "a@1000000; succeeded"), ended("a", "a@1000000 succeeded"), is("0", "EXISTS", "jobs:cancel"),
		}},
		{"one that waits for its retry ends at once", []step{failed(later), cancelled("1", 1, 1001, "a@1000000"), ended("a", "a@1000000 cancelled"), waits(), is("0", "EXISTS", "jobs:parked"), is("0", "EXISTS", "jobs:cancel"), stats("cancelled=1")}},
		{"one under overlap forbid also by its job", []step{failed(alone), active("a", "a@1000000"), cancelled("1", 1, 1001, "a"), ended("a", "a@1000000 cancelled"), active("a", ""), waits()}},
		{"waiting retries end with their job, also without overlap", []step{failed(later), cancelled("1", 1, 1001, "a"), ended("a", "a@1000000 cancelled"), watched(1100, 1100), taken("w", 2, 5, 1100)}},
		{"what is unknown leaves a mark that does no harm", []step{cancelled("0", 1, 1000, "nobody"), put(1001, "nobody", 60, ""), fired("1 1061 0", 1, 1001), taken("w", 1, 5, 1001, "nobody@1001000")}},
		{"a run that was given back", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"), acked("w", 1, 1001, "a@1000000; queued"), cancelled("0", 1, 1001, "a@1000000"), taken("w", 2, 5, 1002), ended("a", "a@1000000 cancelled"), active("a", ""),
		}},
	})
}
