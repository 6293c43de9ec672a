package scripts

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// made is the text of a job of board file f.
func made(id, more string) string {
	return `{"id":"` + id + `","start":1000,"runner":"shell",` + more + `"board_file":"f","payload":"p"}`
}

func staged(want string, op int, id string, from int, changes ...any) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		same(t, "JSTAGE", s.call("jstage", s.c.prefixed(s.k.Op("jstage"), s.k.Stage(id)), append([]any{op, 1000, from}, changes...)...), want)
	}
}

func committed(want string, op int, id, file string, generation, count int) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		keys := s.c.prefixed(s.k.Op("jcommit"), s.k.Stage(id), s.k.Stages(), s.k.BoardFiles())
		same(t, "JCOMMIT", s.call("jcommit", keys, op, 1000, id, file, generation, count), want)
	}
}

func applied(want string, op int, now float64, id string, limit int) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		keys := s.c.prefixed(s.k.Op("japply"), s.k.Stage(id), s.k.Stages(), s.k.Runners())
		same(t, "JAPPLY", s.call("japply", keys, op, num(now), id, limit), want)
	}
}

// hands puts a job as a client does, with its metadata as it is.
func hands(now float64, id, text string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		same(t, "JLOAD", s.call("jload", s.c.prefixed(s.k.Op("hands"), s.k.Runners()), "", num(now), "0", id, text), "1")
	}
}

// hour looks that a stage is forgotten in about an hour.
func hour(id string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		if ttl := s.rdb.TTL(t.Context(), s.k.Stage(id)).Val(); ttl < 59*time.Minute || ttl > time.Hour {
			t.Errorf("stage %s: got a life of %v, want an hour", id, ttl)
		}
	}
}

func TestJstage(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"changes are numbered on and wait an hour", []step{
			staged("1", 1, "s", 1, "+a\n"+made("a", "")), staged("3", 2, "s", 2, "=b\n"+made("b", ""), "-c"), is("+a\n"+made("a", ""), "HGET", "jobs:stage:s", "1"), is("-c", "HGET", "jobs:stage:s", "3"),
			hour("s"), is("0", "EXISTS", "jobs"), is("0", "EXISTS", "jobs:stages"),
		}},
		{"the same part again is the same", []step{staged("1", 1, "s", 1, "-a"), staged("1", 2, "s", 1, "-a")}},
		{"what is no change", []step{
			staged("INVALID", 1, "s", 1, "a"), staged("INVALID", 1, "s", 1, "-"), staged("INVALID", 1, "s", 1, "+a"), staged("INVALID", 1, "s", 1, "+a\nbad"),
			staged("INVALID", 1, "s", 1, "-a", "x"), staged("INVALID", 1, "s", 0, "-a"), staged("INVALID", 1, "s", 1), is("0", "EXISTS", "jobs:stage:s"),
		}},
		{"nothing is added to what was decided", []step{staged("1", 1, "s", 1, "-a"), committed("1", 1, "s", "f", 0, 1), staged("STALE", 2, "s", 2, "-b"), is("-1", "TTL", "jobs:stage:s"), is("s", "LINDEX", "jobs:stages", "0")}},
		{"many", []step{func(t *testing.T, s *stand) {
			var changes []any
			for i := range 1500 {
				changes = append(changes, fmt.Sprintf("-j%d", i))
			}
			staged("1500", 1, "s", 1, changes...)(t, s)
		}}},
	})
}

func TestJcommit(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"the file has a new generation", []step{
			staged("1", 1, "s", 1, "-a"), committed("1", 1, "s", "f", 0, 1), is(`{"generation":1,"applied":1000}`, "HGET", "jobs:boardfiles", "f"),
			staged("1", 2, "t", 1, "-a"), committed("2", 2, "t", "f", 1, 1), staged("1", 3, "u", 1, "-a"), committed("1", 3, "u", "g", 0, 1), is("[s t u]", "LRANGE", "jobs:stages", "0", "-1"),
		}},
		{"an apply that was overtaken", []step{staged("1", 1, "s", 1, "-a"), staged("1", 2, "t", 1, "-a"), committed("1", 1, "s", "f", 0, 1), committed("STALE", 2, "t", "f", 0, 1), committed("STALE", 2, "t", "f", 0, 1), is("1", "LLEN", "jobs:stages"), hour("t")}},
		{"changes that are gone", []step{committed("STALE", 1, "s", "f", 0, 1), staged("1", 1, "s", 1, "-a"), committed("STALE", 2, "s", "f", 0, 2), is("0", "EXISTS", "jobs:boardfiles")}},
		{"twice", []step{staged("1", 1, "s", 1, "-a"), committed("1", 1, "s", "f", 0, 1), committed("STALE", 2, "s", "f", 1, 1)}},
		{"what somebody else wrote about a file counts as nothing", []step{does("HSET", "jobs:boardfiles", "f", "[]"), staged("1", 1, "s", 1, "-a"), committed("1", 1, "s", "f", 0, 1)}},
		{"without changes or names", []step{committed("INVALID", 1, "s", "f", 0, 0), committed("INVALID", 1, "", "f", 0, 1), committed("INVALID", 1, "s", "", 0, 1)}},
	})
}

func TestJapply(t *testing.T) {
	t.Parallel()
	score := func(want, id string) step { return is(want, "ZSCORE", "jobs:schedule", id) }
	one := func(change string) []step {
		return []step{staged("1", 1, "s", 1, change), committed("1", 1, "s", "f", 0, 1), applied("[1 0]", 1, 1000, "s", 10)}
	}
	and := func(steps ...[]step) []step {
		var all []step
		for _, s := range steps {
			all = append(all, s...)
		}
		return all
	}
	const every = `"interval":60,`
	play(t, []scene{
		{"puts in parts, then removals", []step{
			hands(900, "gone", made("gone", every)), hands(900, "other", `{"id":"other","start":1000,"runner":"shell","board_file":"g","payload":""}`),
			staged("5", 1, "s", 1, "=a\n"+made("a", every), "=b\n"+made("b", every), "=c\n"+made("c", every), "-gone", "-other"), committed("1", 1, "s", "f", 0, 5),
			applied("[2 3]", 1, 1000, "s", 2), is("2", "HGET", "jobs:stage:s", "at"), is(made("a", every), "HGET", "jobs", "a"), is("<nil>", "HGET", "jobs", "c"), is("1", "HEXISTS", "jobs", "gone"), score("1000", "a"),
			applied("[2 1]", 2, 1000, "s", 2), is("1", "HEXISTS", "jobs", "c"), is("0", "HEXISTS", "jobs", "gone"), is("<nil>", "ZSCORE", "jobs:schedule", "gone"),
			applied("[1 0]", 3, 1000, "s", 2), is("1", "HEXISTS", "jobs", "other"), is("0", "EXISTS", "jobs:stage:s", "jobs:stages"), is("jobs-shell-runner", "HGET", "jobs:runners", "shell"),
		}},
		{"in the order of the decisions", []step{
			staged("1", 1, "s", 1, "=a\n"+made("a", `"x":1,`)), staged("1", 2, "t", 1, "=a\n"+made("a", `"x":2,`)), committed("1", 1, "s", "f", 0, 1), committed("2", 2, "t", "f", 1, 1),
			applied("[0 0]", 1, 1000, "t", 10), applied("[1 0]", 2, 1000, "s", 10), applied("[0 0]", 3, 1000, "s", 10), applied("[1 0]", 4, 1000, "t", 10), is(made("a", `"x":2,`), "HGET", "jobs", "a"),
		}},
		{"a start of long ago that was asked for makes no run", and(one("+a\n"+made("a", `"interval":90,`)), []step{score("1090", "a")})},
		{"one that was not makes one at once", and(one("=a\n"+made("a", every)), []step{score("1000", "a")})},
		{"a due run is not lost", and([]step{hands(900, "a", made("a", every))}, one("+a\n"+made("a", `"interval":5,`)), []step{score("1000", "a")})},
		{"an unchanged schedule is not moved", and([]step{hands(900, "a", made("a", every)), fired("1 1060 0", 1, 1000)}, one("=a\n"+made("a", every+`"x":1,`)), []step{score("1060", "a")})},
		{"a shorter interval comes earlier", and([]step{hands(900, "a", made("a", every)), fired("1 1060 0", 1, 1000)}, one("=a\n"+made("a", `"interval":5,`)), []step{score("1005", "a")})},
		{"a stop that has passed takes the job off", and([]step{hands(900, "a", made("a", every))}, one("=a\n"+made("a", every+`"stop":"999",`)), []step{is("0", "HLEN", "jobs"), is("0", "EXISTS", "jobs:schedule")})},
		{"a paused job stays paused", and([]step{hands(900, "a", made("a", every)), paused("1", 1, 950, "job:a", "")}, one("=a\n"+made("a", `"interval":5,`)), []step{is("<nil>", "ZSCORE", "jobs:schedule", "a")})},
		{"one that was quarantined is read anew", and([]step{does("HSET", "jobs:quarantine", "a", "why")}, one("=a\n"+made("a", every)), []step{is("0", "EXISTS", "jobs:quarantine")})},
		{"metadata that cannot be read", and(one("=a\n{bad"), []step{is("metadata is not a JSON object", "HGET", "jobs:quarantine", "a"), is("<nil>", "ZSCORE", "jobs:schedule", "a"), is("{bad", "HGET", "jobs", "a")})},
		{"calendar times are those of the plan", []step{
			func(t *testing.T, s *stand) {
				same(t, "JPLAN", s.call("jplan", s.c.prefixed(s.k.Op("jplan")), 1, 1000, "5 * * * *|||||||||", "2026a 999.000 1500 5100 "), "1")
			},
			staged("3", 1, "s", 1, "=a\n"+made("a", `"cron":"5 * * * *",`), "=b\n"+made("b", `"cron":"5 * * * *",`), "+c\n"+strings.Replace(made("c", `"cron":"5 * * * *",`), `"start":1000`, `"start":2000`, 1)), committed("1", 1, "s", "f", 0, 3), applied("[3 0]", 1, 1000, "s", 10),
			score("1500", "a"), score("1500", "b"), score("5100", "c"),
		}},
		{"a job that runs after others has no time", and([]step{hands(900, "a", made("a", every))}, one("=a\n"+made("a", `"after":["b"],`)), []step{is("<nil>", "ZSCORE", "jobs:schedule", "a")})},
		{"a job that runs after others and also by itself is known to them", and([]step{hands(900, "b", made("b", every))}, one("=a\n"+made("a", every+`"after":["b"],`)), []step{is("1", "HEXISTS", "jobs:after", "b"), score("1000", "a")})},
		{"a removed job that somebody has taken over stays", []step{
			hands(900, "a", made("a", every)), staged("1", 1, "s", 1, "-a"), committed("1", 1, "s", "f", 0, 1), hands(950, "a", strings.Replace(made("a", every), `"f"`, `"g"`, 1)), applied("[1 0]", 1, 1000, "s", 10), is("1", "HLEN", "jobs"),
		}},
		{"a stage that somebody has deleted is over", []step{staged("1", 1, "s", 1, "-a"), committed("1", 1, "s", "f", 0, 1), does("DEL", "jobs:stage:s"), applied("[0 0]", 1, 1000, "s", 10), is("0", "EXISTS", "jobs:stages")}},
		{"a change that somebody has deleted is left out", []step{staged("2", 1, "s", 1, "-a", "=b\n"+made("b", "")), committed("1", 1, "s", "f", 0, 2), does("HDEL", "jobs:stage:s", "1"), applied("[2 0]", 1, 1000, "s", 10), is("1", "HLEN", "jobs")}},
		{"about a megabyte a call", []step{func(t *testing.T, s *stand) {
			for i := range 4 {
				id := fmt.Sprintf("j%d", i)
				var changes []any
				for n := range 50 {
					id := fmt.Sprintf("%s-%d", id, n)
					changes = append(changes, "="+id+"\n"+strings.Replace(made(id, every), `"p"`, `"`+strings.Repeat("x", 20_000)+`"`, 1))
				}
				staged(fmt.Sprint(50*(i+1)), i+1, "s", 50*i+1, changes...)(t, s)
			}
			committed("1", 1, "s", "f", 0, 200)(t, s)
			applied("[100 100]", 1, 1000, "s", 500)(t, s)
			applied("[100 0]", 2, 1000, "s", 500)(t, s)
		}}},
		{"no such stage", []step{applied("[0 0]", 1, 1000, "s", 10), applied("INVALID", 2, 1000, "", 10), applied("INVALID", 2, 1000, "s", 0)}},
	})
}
