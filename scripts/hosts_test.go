package scripts

import (
	"fmt"
	"testing"
)

const (
	gpu  = "shell gpu=true"
	onN1 = "shell @n1"
	onN2 = "shell @n2"
)

// lives is a JBEAT of an agent that serves some runner types.
func lives(now float64, name string, types ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		text := fmt.Sprintf(`{"host":"h","runners":%s}`, list(types))
		if err, failed := s.call("jbeat", s.c.prefixed("jobs:format"), num(now), name, text, 1, 3600).(error); failed {
			t.Fatal(err)
		}
	}
}

func list(words []string) string {
	text := ""
	for i, word := range words {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf("%q", word)
	}
	return "[" + text + "]"
}

// aged lets the lists of single agents look as if nobody had cared for long.
func aged(names ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		for _, name := range names {
			does("ZADD", "jobs:shares", "XX", 1, "shell:@"+name)(t, s)
		}
	}
}

func TestHostsOfASelector(t *testing.T) {
	t.Parallel()
	const retried = `{"hosts":"gpu=true","overlap":"forbid","retries":1,"backoff":"fixed","backoff_delay":1,"backoff_jitter":0}`
	one := `{"id":"shell","runner":"shell","hosts":"gpu=true","payload":""}`
	push := func(name string, args ...any) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			keys := s.c.pushed(&caller{name: "c"}, Push{Runner: "shell", Selector: "gpu=true"})
			if err, failed := s.call(name, keys, args...).(error); failed {
				t.Fatal(err)
			}
		}
	}
	play(t, []scene{
		{"its runs lie in a list of their own, and the plain queue goes on", []step{
			put(1000, "a", 60, `{"hosts":"gpu=true"}`), put(1000, "b", 60, ""), fired("2 1060 0", 1, 1000), queue("shell", "b@1000000"), queue(gpu, "a@1000000"),
			is("1", "LLEN", "jobs:bell:shell:gpu=true"), is("[shell:gpu=true]", "ZRANGE", "jobs:selectors", 0, -1),
			taken("w", 1, 5, 1000, "b@1000000"), taken("w", 2, 5, 1000), takenOf([]string{"shell", gpu}, "w", 3, 5, 1000, "a@1000000"), is("0", "EXISTS", "jobs:bell:shell:gpu=true"),
		}},
		{"its list is served in turn also where priorities are used", []step{
			put(1000, "a", 60, `{"hosts":"gpu=true","priority":"high"}`), put(1000, "b", 60, `{"priority":"high"}`), fired("2 1060 0", 1, 1000), queue(gpu, "a@1000000"),
			takenOf([]string{gpu, "shell"}, "w", 1, 1, 1000, "a@1000000"), takenOf([]string{gpu, "shell"}, "w", 2, 1, 1000, "b@1000000"),
		}},
		{"a retry comes back to it", []step{
			put(1000, "a", 60, retried), fired("1 1060 0", 1, 1000), takenOf([]string{gpu}, "w", 1, 1, 1000, "a@1000000"), acked("w", 1, 1000, "a@1000000; failed"),
			watched(1000, 1001), queue("shell"), queue(gpu, "a@1000000 try:2"), takenOf([]string{gpu}, "w", 2, 1, 1001, "a@1000000 try:2"), acked("w", 2, 1002, "a@1000000; succeeded"), active("a", ""),
		}},
		{"a run that is given back, and one that is lost", []step{
			put(1000, "a", 60, retried), fired("1 1060 0", 1, 1000), takenOf([]string{gpu}, "w", 1, 1, 1000, "a@1000000"), acked("w", 1, 1000, "a@1000000; queued"), queue(gpu, "a@1000000 try:1"),
			takenOf([]string{gpu}, "w", 2, 1, 1001, "a@1000000 try:1"), watched(1001, 1010), queue("shell"), queue(gpu, "a@1000000 try:2 lost:1"),
		}},
		{"a run by hand, and a dead one that is tried again", []step{
			put(1000, "a", 0, retried), ran("shell", 1, 1000, "a", "a#01", "0"), queue(gpu, "a#01"), takenOf([]string{gpu}, "w", 1, 1, 1000, "a#01"), acked("w", 1, 1000, "a#01; failed"),
			watched(1000, 1001), takenOf([]string{gpu}, "w", 2, 1, 1001, "a#01 try:2"), acked("w", 2, 1001, "a#01; failed"), is("1", "ZCARD", "jobs:dead"),
			func(t *testing.T, s *stand) { same(t, "JREPLAY", s.op("jreplay", 9, 1002, "a#01", "a#02", 0), "shell") }, queue("shell"), queue(gpu, "a#02"),
		}},
		{"one-off runs, and such that are delayed", []step{
			push("jpush", 1, 1000, "shell#01", one), push("jenqueue", 2, 1000, "shell#02", one, 1010, "", "", "", ""), queue(gpu, "shell#01"), is("[shell:gpu=true]", "ZRANGE", "jobs:selectors", 0, -1),
			watched(1009, 1010), queue("shell"), queue(gpu, "shell#01", "shell#02"),
		}},
		{"a paused queue gives none of them", []step{
			put(1000, "a", 60, `{"hosts":"gpu=true"}`), fired("1 1060 0", 1, 1000), func(t *testing.T, s *stand) {
				same(t, "JPAUSE", s.op("jpause", 1, 1000, "queue:shell", "me", "", ""), "1")
			}, takenOf([]string{gpu}, "w", 1, 5, 1001), queue(gpu, "a@1000000"),
		}},
		{"trimmed runs stand in the ledger of their type", []step{
			put(1000, "a", 60, `{"hosts":"gpu=true"}`), fired("1 1060 0", 1, 1000), func(t *testing.T, s *stand) {
				same(t, "JTRIM", s.call("jtrim", []string{"jobs:sel:shell:gpu=true"}, 0), "1")
			}, ledger("shell trimmed 1"), stats("trimmed=1"),
		}},
		{"a ticker of 2014 leaves it due", []step{
			put(1000, "a", 60, `{"hosts":"gpu=true"}`), func(t *testing.T, s *stand) {
				same(t, "JTICK", s.call("jtick", []string{"jobs", "jobs:schedule", "jobs:queue:shell"}, 1000), "0")
			}, queue("shell"), queue(gpu), is("1000", "ZSCORE", "jobs:schedule", "a"),
		}},
		{"what no key can bear is refused, and quarantined when it stands there", []step{
			func(t *testing.T, s *stand) {
				for _, fields := range []string{`{"hosts":"a:b"}`, `{"hosts":"a b"}`, `{"hosts":"@n1"}`, `{"hosts":7}`, `{"hosts":"all","after":["b"]}`} {
					same(t, "JSET with "+fields, s.call("jset", []string{"jobs", "jobs:schedule", "jobs:runners"}, 1000, "a", "shell", "p", 60, "", "", "", "", fields), "INVALID")
				}
			},
			is("0", "EXISTS", "jobs"), foreign(1000, "a", `{"id":"a","runner":"shell","interval":60,"hosts":"a:b"}`), put(1000, "b", 60, ""), fired("1 1060 0", 1, 1000),
			ledger("a quarantined hosts is neither one, all nor a selector such as gpu=true"),
		}},
		{"more than a thousand selectors: a job of another one waits, and the others go on", []step{
			func(t *testing.T, s *stand) {
				for i := range 1000 {
					does("ZADD", "jobs:selectors", i, fmt.Sprint("shell:n=", i))(t, s)
				}
			},
			put(1000, "a", 60, `{"hosts":"gpu=true"}`), put(1000, "b", 60, `{"hosts":"n=7"}`), put(1000, "c", 60, ""), fired("2 1060 0", 1, 1000),
			queue("shell n=7", "b@1000000"), is("1000", "ZSCORE", "jobs:schedule", "a"), ledger("a quarantined no list for the hosts gpu=true can be made"),
			does("ZREM", "jobs:selectors", "shell:n=1"), fired("1 1060 0", 2, 1001), queue(gpu, "a@1000000"),
		}},
	})
}

func TestHostsAll(t *testing.T) {
	t.Parallel()
	const all = `{"hosts":"all","overlap":"forbid"}`
	const retried = `{"hosts":"all","overlap":"forbid","retries":1,"backoff":"fixed","backoff_delay":1,"backoff_jitter":0}`
	play(t, []scene{
		{"a run for each live agent that serves the type, and the plain queue goes on", []step{
			lives(1000, "n1", "shell"), lives(1000, "n2", "mail", "shell"), lives(1000, "n3", "mail"), lives(994, "n4", "shell"),
			put(1000, "a", 60, all), put(1000, "b", 60, ""), fired("3 1060 0", 1, 1000), queue("shell", "b@1000000"), queue(onN1, "a@1000000"), queue(onN2, "a@1000000"), queue("shell @n4"),
			is("[shell:all]", "ZRANGE", "jobs:selectors", 0, -1), is("2", "ZCARD", "jobs:shares"), stats("queued=3"), ledger(),
			takenOf([]string{"shell", onN1}, "w1", 1, 5, 1000, "b@1000000", "a@1000000"), takenOf([]string{"shell", onN2}, "w2", 1, 5, 1000, "a@1000000"),
		}},
		{"their ids differ", []step{
			lives(1000, "n1", "shell"), lives(1000, "n2", "shell"), put(1000, "a", 60, all), fired("2 1060 0", 1, 1000), takenOf([]string{onN1, onN2}, "w", 1, 5, 1000, "a@1000000", "a@1000000"),
			func(t *testing.T, s *stand) {
				held := s.texts(t, "HVALS", "jobs:held:w")
				ids := map[string]bool{}
				for _, text := range held {
					if run, ok := ParseQueued(text); ok {
						ids[run.ID] = true
					}
				}
				same(t, "ids", len(ids), "2")
			},
		}},
		{"a drained agent gets none", []step{
			lives(1000, "n1", "shell"), lives(1000, "n2", "shell"), func(t *testing.T, s *stand) {
				same(t, "JPAUSE", s.op("jpause", 1, 1000, "agent:n1", "me", "", ""), "1")
			}, put(1000, "a", 60, all), fired("1 1060 0", 1, 1000), queue(onN1), queue(onN2, "a@1000000"),
		}},
		{"with no live agent the time is missed, and the ledger says it", []step{
			lives(900, "n1", "shell"), put(1000, "a", 60, all), put(1000, "b", 60, ""), fired("1 1060 0", 1, 1000), queue("shell", "b@1000000"), is("1060", "ZSCORE", "jobs:schedule", "a"),
			ledger("a@1000000 missed no live agent serves shell 1"), stats("queued=1"),
		}},
		{"overlap forbid is each agent's own: one that is slow keeps nobody else", []step{
			lives(1000, "n1", "shell"), lives(1000, "n2", "shell"), put(1000, "a", 60, all), fired("2 1060 0", 1, 1000), takenOf([]string{onN1}, "w1", 1, 5, 1000, "a@1000000"), active("a\nn1", "a@1000000"),
			takenOf([]string{onN2}, "w2", 1, 5, 1000, "a@1000000"), acked("w2", 1, 1001, "a@1000000; succeeded"), active("a\nn2", ""), active("a\nn1", "a@1000000"),
			lives(1060, "n1", "shell"), lives(1060, "n2", "shell"), fired("2 1120 0", 2, 1060), takenOf([]string{onN1}, "w1", 2, 5, 1060), ledger("a@1060000 collapsed overlap a@1000000"), takenOf([]string{onN2}, "w2", 2, 5, 1060, "a@1060000"),
		}},
		{"overlap queue: what waits begins where the active one has ended", []step{
			lives(1000, "n1", "shell"), lives(1000, "n2", "shell"), put(1000, "a", 60, `{"hosts":"all","overlap":"queue"}`), fired("2 1060 0", 1, 1000), takenOf([]string{onN1}, "w1", 1, 5, 1000, "a@1000000"), takenOf([]string{onN2}, "w2", 1, 5, 1000, "a@1000000"),
			lives(1060, "n1", "shell"), fired("1 1120 0", 2, 1060), takenOf([]string{onN1}, "w1", 2, 5, 1060), is("1", "ZCARD", "jobs:retry"), acked("w2", 1, 1061, "a@1000000; succeeded"), queue(onN1), queue(onN2),
			func(t *testing.T, s *stand) { s.ackHeld(t, "w1", 1, 1062) }, is("0", "ZCARD", "jobs:retry"), queue(onN1, "a@1060000"), queue("shell"),
		}},
		{"a retry and a lost run go to the same agent", []step{
			lives(1000, "n1", "shell"), put(1000, "a", 60, retried), fired("1 1060 0", 1, 1000), takenOf([]string{onN1}, "w", 1, 5, 1000, "a@1000000"), acked("w", 1, 1000, "a@1000000; failed"), watched(1000, 1001),
			queue(onN1, "a@1000000 try:2"), takenOf([]string{onN1}, "w", 2, 5, 1001, "a@1000000 try:2"), watched(1002, 1010), queue("shell"), queue(onN1, "a@1000000 try:3 lost:1"), active("a\nn1", ""),
		}},
		{"what waits for an agent that is gone ends, with the reason", []step{
			lives(1000, "n1", "shell"), lives(1000, "n2", "shell"), put(1000, "a", 60, all), fired("2 1060 0", 1, 1000), aged("n1", "n2"), watched(1001, 1060), queue(onN1, "a@1000000"), queue(onN2, "a@1000000"),
			lives(1061, "n2", "shell"), aged("n1", "n2"), watched(1061, 1062), queue(onN1), queue(onN2, "a@1000000"), ended("a", "a@1000000 cancelled"), stats("cancelled=1", "queued=2"), is("[shell:@n2]", "ZRANGE", "jobs:shares", 0, -1),
			func(t *testing.T, s *stand) {
				run, _ := ParseRecord(s.texts(t, "LRANGE", "jobs:runs:a", 0, -1)[0])
				same(t, "the reason", run.Reason, "agent n1 is gone")
			},
		}},
		{"nothing ends while nobody could be heard of", []step{
			lives(1000, "n1", "shell"), put(1000, "a", 60, all), fired("1 1060 0", 1, 1000), aged("n1"), watched(1001, 1001), reaped("[0 0 0]", 1, 5000), queue(onN1, "a@1000000"),
		}},
		{"a run by hand goes to each as well, and is refused where there is none", []step{
			put(1000, "a", 0, all), ran("NOAGENT", 1, 1000, "a", "a#01", "0"), lives(1000, "n1", "shell"), lives(1000, "n2", "shell"), ran("shell", 2, 1000, "a", "a#01", "0"), ran("shell", 2, 1000, "a", "a#01", "0"),
			queue(onN1, "a#01"), queue(onN2, "a#01001"), stats("queued=2"),
		}},
		{"a cancel of the job concerns all of them", []step{
			lives(1000, "n1", "shell"), lives(1000, "n2", "shell"), put(1000, "a", 60, all), fired("2 1060 0", 1, 1000), cancelled("0", 1, 1001, "a"), takenOf([]string{onN1, onN2}, "w", 1, 5, 1002), stats("cancelled=2"),
		}},
	})
}

// texts is a command of Redis that answers a list of texts.
func (s *stand) texts(t *testing.T, args ...any) []string {
	t.Helper()
	texts, err := s.rdb.Do(t.Context(), args...).StringSlice()
	s.must(t, err)
	return texts
}

// ackHeld ends well all that a lane holds.
func (s *stand) ackHeld(t *testing.T, lane string, op int, now float64) {
	t.Helper()
	held, err := s.rdb.HGetAll(t.Context(), "jobs:held:"+lane).Result()
	s.must(t, err)
	args := []any{lane, op, num(now)}
	for token, text := range held {
		if run, ok := ParseQueued(text); ok {
			args = append(args, token, run.ID, story("succeeded", run.ID), "")
		}
	}
	same(t, "JACKMANY of all that "+lane+" holds", s.lane("jackmany", lane, args...), "[]")
}
