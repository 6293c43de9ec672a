package scripts

import (
	"testing"
)

func TestJload(t *testing.T) {
	t.Parallel()
	load := func(want string, op int, now float64, late string, pairs ...any) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			keys := s.c.prefixed(s.k.Op("jload"), "jobs:runners")
			same(t, "JLOAD", s.call("jload", keys, append([]any{op, num(now), late}, pairs...)...), want)
		}
	}
	score := func(want, id string) step { return is(want, "ZSCORE", "jobs:schedule", id) }
	const old = `{"id":"a","start":100,"runner":"shell","interval":60,"payload":"[]"}`
	play(t, []scene{
		{"text for text, runners registered", []step{
			load("2", 1, 1000, "0", "a", old, "b", ` { "runner" : "mail" , "x" : 12345678901234567 } `), is(` { "runner" : "mail" , "x" : 12345678901234567 } `, "HGET", "jobs", "b"), score("100", "a"), score("1000", "b"),
			is("jobs-mail-runner", "HGET", "jobs:runners", "mail"), is("2", "HLEN", "jobs:runners"),
		}},
		{"from now: on its grid after now", []step{load("1", 1, 1000, "1", "a", old), score("1060", "a")}},
		{"from now: a start to come stays", []step{load("1", 1, 50, "1", "a", old), score("100", "a")}},
		{"from now: also a job on the board that was not scheduled", []step{does("HSET", "jobs", "a", old), load("1", 1, 1000, "1", "a", old), score("1060", "a")}},
		{"from now: a due time of before stays", []step{load("1", 1, 1000, "0", "a", old), load("1", 2, 1000, "1", "a", old), score("100", "a")}},
		{"a registered runner keeps its command", []step{does("HSET", "jobs:runners", "shell", "mine"), load("1", 1, 1000, "0", "a", old), is("mine", "HGET", "jobs:runners", "shell")}},
		{"what is due is not lost, what is not due moves only with its times", []step{
			load("1", 1, 1000, "0", "a", old), fired("1 1060 0", 1, 1010), load("1", 2, 1010, "0", "a", old), score("1060", "a"), load("1", 3, 1010, "0", "a", `{"id":"a","start":100,"runner":"shell","interval":5,"payload":""}`), score("1015", "a"),
			load("1", 4, 1010, "0", "a", `{"id":"a","start":2000,"runner":"shell","interval":5,"payload":""}`), score("2000", "a"),
		}},
		{"starts of all kinds", []step{
			load("8", 1, 1000, "0",
				"none", `{"runner":"shell"}`, "text", `{"id":"x","start":"7","runner":"shell"}`, "negative", `{"id":"x","start":-1,"runner":"shell"}`, "big", `{"id":"x","start":1.5e9,"runner":"shell","payload":""}`,
				"one", `{"id":"x","start":1,"runner":"shell","payload":""}`, "two", `{"id":"x","start":2,"runner":"shell","payload":""}`, "bad", `{"id":"x","start":"soon","runner":"shell"}`, "half", `{"id":"x","start":1.5,"runner":"shell","payload":""}`),
			score("1000", "none"), score("7", "text"), score("1000", "negative"), score("1500000000", "big"), score("1", "one"), score("2", "two"), score("1000", "bad"), score("1.5", "half"),
		}},
		{"jobs of one meaning have each its own start, however it is written", []step{
			load("6", 1, 1000, "0",
				"a", `{"id":"a","start":1.5e9,"runner":"shell","payload":""}`, "b", `{"id":"b","start":2.5e9,"runner":"shell","payload":""}`, "c", `{"id":"c","start":7 ,"runner":"shell","payload":""}`,
				"d", `{"id":"d","start":8 ,"runner":"shell","payload":""}`, "e", `{"id":"e","start":9,"runner":"shell","payload":""}`, "f", `{"id":"f","start":-9,"runner":"shell","payload":""}`),
			score("1500000000", "a"), score("2500000000", "b"), score("7", "c"), score("8", "d"), score("9", "e"), score("1000", "f"),
		}},
		{"jobs of one meaning that are there already move each to its own start", []step{
			load("2", 1, 50, "0", "a", old, "b", `{"id":"b","start":100,"runner":"shell","interval":60,"payload":""}`), score("100", "b"),
			load("2", 2, 50, "0", "a", old, "b", `{"id":"b","start":2000,"runner":"shell","interval":60,"payload":""}`), score("100", "a"), score("2000", "b"),
		}},
		{"from now: each from its own start", []step{
			load("3", 1, 1000, "1", "a", old, "b", `{"id":"b","start":130,"runner":"shell","interval":60,"payload":""}`, "c", `{"id":"c","start":1.2e3,"runner":"shell","interval":60,"payload":""}`), score("1060", "a"), score("1030", "b"), score("1200", "c"),
		}},
		{"a quarantined job is read anew", []step{foreign(1, "a", "{bad"), fired("0  0", 1, 1000), is("1", "HLEN", "jobs:quarantine"), load("1", 1, 1000, "0", "a", old), is("0", "EXISTS", "jobs:quarantine"), score("100", "a")}},
		{"all or none", []step{
			load("INVALID", 1, 1000, "0", "a", old, "b", "{bad"), load("INVALID", 1, 1000, "0", "a", old, "", old), load("INVALID", 1, 1000, "0", "a", old, "b"), load("INVALID", 1, 1000, "0", "a", old, "b", `{"id":"b"}`), load("INVALID", 1, 1000, "0", "a", old, "b", `[]`), is("0", "EXISTS", "jobs"), is("0", "EXISTS", "jobs:schedule"),
		}},
		{"the same id twice: the last counts", []step{load("2", 1, 1000, "0", "a", old, "a", `{"runner":"mail"}`), is(`{"runner":"mail"}`, "HGET", "jobs", "a"), is("1", "ZCARD", "jobs:schedule")}},
		{"many", []step{func(t *testing.T, s *stand) {
			var pairs []any
			for i := range 1500 {
				pairs = append(pairs, "j"+num(float64(i)), old)
			}
			load("1500", 1, 1000, "1", pairs...)(t, s)
			is("1500", "ZCARD", "jobs:schedule")(t, s)
		}}},
	})
}

func TestJbeat(t *testing.T) {
	t.Parallel()
	beat := func(want string, now float64, name, text string, format any) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JBEAT", s.call("jbeat", s.c.prefixed("jobs:format"), num(now), name, text, format, 60), want)
		}
	}
	play(t, []scene{
		{"an agent is listed with the time it was seen", []step{
			beat("[1 0]", 1000, "n1", `{"addr":"x"}`, 1), is(`{"seen":1000.000,"addr":"x"}`, "HGET", "jobs:agents", "n1"), is("1", "GET", "jobs:format"), beat("[1 0]", 1001.5, "n1", `{"addr":"y"}`, 1), is(`{"seen":1001.500,"addr":"y"}`, "HGET", "jobs:agents", "n1"),
		}},
		{"those not heard of are forgotten", []step{beat("[1 0]", 1000, "n1", `{"a":1}`, 1), beat("[2 0]", 1060, "n2", `{"a":1}`, 1), beat("[1 0]", 1060.5, "n2", `{"a":1}`, 1)}},
		{"an agent that leaves is off the list", []step{beat("[1 0]", 1000, "n1", `{"a":1}`, 1), beat("[0 0]", 1001, "n1", "", 1), beat("[0 0]", 1001, "n1", "", 1)}},
		{"what is no description of ours is forgotten", []step{does("HSET", "jobs:agents", "x", "garbage"), beat("[1 0]", 1000, "n1", `{"a":1}`, 1)}},
		{"a board of a newer format is refused and stays", []step{does("SET", "jobs:format", "7"), beat("FORMAT", 1000, "n1", `{"a":1}`, 1), is("0", "EXISTS", "jobs:agents"), is("7", "GET", "jobs:format"), beat("[1 0]", 1000, "n1", `{"a":1}`, 7)}},
		{"one of an older format is taken over", []step{does("SET", "jobs:format", "1"), beat("[1 0]", 1000, "n1", `{"a":1}`, 2), is("2", "GET", "jobs:format")}},
		{"a description that is no object", []step{beat("INVALID", 1000, "n1", "x", 1), beat("INVALID", 1000, "n1", "{}", 1), beat("INVALID", 1000, "n1", "[1]", 1)}},
	})
}

func TestJlead(t *testing.T) {
	t.Parallel()
	lead := func(want string, now float64, value, name string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JLEAD", s.call("jlead", s.c.prefixed("jobs:leader"), num(now), value, name), want)
		}
	}
	play(t, []scene{
		{"the term is the time in milliseconds, and rises", []step{
			does("SET", "jobs:leader", "v1"), lead("1000500", 1000.5, "v1", "n1"), is("n1", "HGET", "jobs:tick", "holder"), is("1000.500", "HGET", "jobs:tick", "since"), does("SET", "jobs:leader", "v2"), lead("1001000", 1001, "v2", "n2"), is("n2", "HGET", "jobs:tick", "holder"),
		}},
		{"also within one millisecond, and when the clock was set back", []step{does("SET", "jobs:leader", "v1"), lead("1000000", 1000, "v1", "n1"), does("SET", "jobs:leader", "v2"), lead("1000001", 1000, "v2", "n2"), does("SET", "jobs:leader", "v3"), lead("1000002", 5, "v3", "n1")}},
		{"the same election again has the same term", []step{does("SET", "jobs:leader", "v1"), lead("1000000", 1000, "v1", "n1"), lead("1000000", 1002, "v1", "n1"), is("1000.000", "HGET", "jobs:tick", "since")}},
		{"who does not hold the lock is refused", []step{lead("STALE", 1000, "v1", "n1"), does("SET", "jobs:leader", "v2"), lead("STALE", 1000, "v1", "n1"), is("0", "EXISTS", "jobs:tick")}},
		{"a real term of today is exact", []step{does("SET", "jobs:leader", "v1"), lead("1795857225123", 1795857225.1234, "v1", "n1"), is("1795857225123", "HGET", "jobs:tick", "term")}},
	})
}
