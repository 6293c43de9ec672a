package scripts

import (
	"strings"
	"testing"
)

func TestJack(t *testing.T) {
	t.Parallel()
	started := func(fields string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			put(1000, "a", 6000, fields)(t, s)
			fired("1 7000 0", 1, 1000)(t, s)
			taken("w", 1, 5, 1000, "a@1000000")(t, s)
		}
	}
	// jack is a JACK of the attempt of a@1000000, or with a token or run of its own.
	jack := func(want string, now float64, what int, text string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JACK", s.call("jack", s.c.prefixed(), num(now), s.ids["a@1000000"], s.keys["a@1000000"], what, text), want)
		}
	}
	plain := func(want, run string, now float64, what int, text string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			if id, ok := s.ids[run]; ok {
				run = id
			}
			same(t, "JACK without a token", s.call("jack", s.c.prefixed(), num(now), run, "", what, text), want)
		}
	}
	record := func(job, want string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			text := s.rdb.LIndex(t.Context(), s.k.Runs(job), 0).Val()
			if !strings.Contains(text, want) {
				t.Errorf("newest record of %s: got %s, want it to hold %s", job, text, want)
			}
		}
	}
	const soon = `{"overlap":"forbid","retries":1,"backoff_delay":1,"backoff_jitter":0}`
	play(t, []scene{
		{"success, with a result", []step{started(forbid), jack("succeeded", 1001, 0, "42 rows"), ended("a", "a@1000000 succeeded"), record("a", `"result":"42 rows"`), record("a", `"started":1000,"finished":1001,"attempt":1,"agent":"w"`), active("a", ""), stats("succeeded=1")}},
		{"failure, with a reason", []step{started(""), jack("failed", 1001, 1, `no "disk"`), record("a", `"reason":"no \"disk\""`), stats("failed=1")}},
		{"failure with retries, until it is dead", []step{
			started(soon), jack("retrying", 1001, 1, "x"), waits("a@1000000 1002"), active("a", "a@1000000"), watched(1002, 1002), taken("w", 2, 1, 1002, "a@1000000 try:2"), jack("dead", 1003, 1, "x"), is("1", "ZCARD", "jobs:dead"),
		}},
		{"a status update renews and says how it goes", []step{
			started(""), jack("running", 1003, 2, "40 %"), is("1007", "ZSCORE", "jobs:workers", "w"), is("1", "HLEN", "jobs:progress"), jack("succeeded", 1004, 0, ""), is("0", "EXISTS", "jobs:progress"),
		}},
		{"a replay gives the first answer, another end is stale", []step{started(""), jack("succeeded", 1001, 0, ""), jack("succeeded", 1002, 0, ""), jack("STALE", 1003, 1, ""), jack("STALE", 1003, 2, ""), ended("a", "a@1000000 succeeded"), stats("succeeded=1", "stale=2")}},
		{"after a loss the token is stale", []step{started(""), watched(1000, 1008), jack("STALE", 1008, 0, ""), jack("STALE", 1008, 2, ""), ended("a"), ledger("a@1000000 lost w", "a@1000000 stale", "a@1000000 stale")}},
		{"a token that never was is stale", []step{started(""), func(t *testing.T, s *stand) {
			same(t, "JACK", s.call("jack", s.c.prefixed(), 1001, s.ids["a@1000000"], "1:99:1000000:w", 0), "STALE")
			same(t, "JACK", s.call("jack", s.c.prefixed(), 1001, "b@1000000.1", s.keys["a@1000000"], 0), "STALE")
		}, ended("a"), ended("b"), jack("succeeded", 1001, 0, "")}},
		{"without a token: a run that a plain consumer took", []step{
			put(1000, "a", 60, forbid), fired("1 1060 0", 1, 1000), func(t *testing.T, s *stand) {
				s.ids["r"] = string(parseEntry("", s.rdb.RPop(t.Context(), "jobs:queue:shell").Val(), headers{}).Run)
			}, plain("succeeded", "r", 1001, 0, "done"), ended("a", "a@1000000 succeeded"), record("a", `"result":"done"`), plain("succeeded", "r", 1002, 0, "done"), plain("STALE", "r", 1002, 1, "x"), ended("a", "a@1000000 succeeded"),
		}},
		{"without a token: it ends once, also when the replay is forgotten", []step{
			plain("failed", "x#01", 1001, 1, "why"), does("DEL", "jobs:op:x#01"), plain("STALE", "x#01", 1001, 1, "why"), ended("x", "x#01 failed"), record("x", `"reason":"why"`), stats("failed=1"),
		}},
		{"without a token: by the id of the job", []step{plain("succeeded", "a", 1001, 0, ""), ended("a", "a# succeeded")}},
		{"a job id with signs in it is no run", []step{plain("succeeded", "me@home", 1001, 0, ""), ended("me@home", "me@home# succeeded")}},
		{"without a token: nothing to renew", []step{plain("NORUN", "a", 1001, 2, "x"), is("0", "EXISTS", "jobs:progress")}},
		{"without a token: a run that an agent holds is not touched", []step{started(""), plain("STALE", "a@1000000", 1001, 0, ""), plain("STALE", "a", 1001, 0, ""), plain("STALE", "a@1000000", 1001, 2, ""), ended("a"), jack("succeeded", 1002, 0, "")}},
		{"without a token: a run that waits for its retry is not touched", []step{started(soon), jack("retrying", 1001, 1, "x"), plain("STALE", "a@1000000", 1001, 0, ""), ended("a"), waits("a@1000000 1002")}},
		{"without a token: nor one that is dead or has ended", []step{started(""), jack("failed", 1001, 1, ""), plain("STALE", "a@1000000", 1001, 0, ""), ended("a", "a@1000000 failed")}},
		{"lanes and ids with every sign", []step{func(t *testing.T, s *stand) {
			for i, id := range append(strangeIDs(), "a:b:c") {
				lane := strings.Join(strings.Fields("lane:"+id), "")
				put(1000, id, 0, "")(t, s)
				fired("1  0", i, 1000)(t, s)
				taken(lane, 1, 1, 1000, id+"@1000000")(t, s)
				same(t, id, s.call("jack", s.c.prefixed(), 1001, s.ids[id+"@1000000"], s.keys[id+"@1000000"], 0, ""), "succeeded")
			}
		}}},
	})
}
