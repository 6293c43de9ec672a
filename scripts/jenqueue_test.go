package scripts

import (
	"fmt"
	"strings"
	"testing"
)

const mailText = `{"id":"mail","runner":"mail","payload":"x"}`

// enqueued is a JENQUEUE of one run of the type mail; under are its at, ttl, id,
// unique and unique_for. The op 0 stands for the next.
func enqueued(want string, op int, now float64, run string, under ...string) step {
	return enqueuedAs(mailText, "mail", want, op, now, run, under...)
}

func enqueuedAs(text, list, want string, op int, now float64, run string, under ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		args := []any{op, num(now), run, text}
		if op == 0 {
			s.runs++
			args[0] = s.runs
		}
		for i := range 5 {
			if i < len(under) {
				args = append(args, under[i])
			} else {
				args = append(args, "")
			}
		}
		key := s.k.Queue(list)
		if strings.Contains(list, ":") {
			key = "jobs:" + list
		}
		same(t, "JENQUEUE "+run, s.call("jenqueue", s.c.prefixed(s.k.Op("jenqueue"), key, s.k.Bell("mail"), s.k.Runners()), args...), want)
	}
}

// lasts looks that a key goes after so many seconds, of which one may have passed.
func lasts(want int, key string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		if got := s.rdb.TTL(t.Context(), key).Val().Seconds(); got > float64(want) || got < float64(want-2) {
			t.Errorf("%s goes after %v s, want %d", key, got, want)
		}
	}
}

func TestJenqueue(t *testing.T) {
	t.Parallel()
	mail := []string{"mail"}
	take := func(op int, now float64, want ...string) step { return takenOf(mail, "w", op, 9, now, want...) }
	const retried = `{"id":"mail","runner":"mail","retries":1,"backoff_delay":0,"payload":"x"}`
	play(t, []scene{
		{"without conditions it is a push", []step{
			enqueued("[mail#01]", 1, 1000, "mail#01"), is("1", "LLEN", "jobs:bell:mail"), stats("queued=1"), is("jobs-mail-runner", "HGET", "jobs:runners", "mail"), take(1, 1001, "mail#01"),
		}},
		{"a unique key is held until the run has succeeded", []step{
			enqueued("[mail#01]", 1, 1000, "mail#01", "", "", "", "k"), enqueued("[mail#01]", 2, 1000, "mail#02", "", "", "", "k"), enqueued("[mail#03]", 3, 1000, "mail#03", "", "", "", "other"),
			stats("queued=2"), take(1, 1001, "mail#01", "mail#03"), enqueued("[mail#01]", 4, 1001, "mail#04", "", "", "", "k"), acked("w", 1, 1002, "mail#01; succeeded"), enqueued("[mail#05]", 5, 1002, "mail#05", "", "", "", "k"), is("mail#03", "GET", "jobs:unique:mail other"),
		}},
		{"and over its retries", []step{
			enqueuedAs(retried, "mail", "[mail#01]", 1, 1000, "mail#01", "", "", "", "k"), take(1, 1001, "mail#01"), acked("w", 1, 1002, "mail#01; failed 1"), enqueued("[mail#01]", 2, 1002, "mail#02", "", "", "", "k"),
			watched(1002, 1002), take(2, 1003, "mail#01 try:2"), acked("w", 2, 1003, "mail#01; failed 1"), ended("mail", "mail#01 dead"), enqueued("[mail#03]", 3, 1004, "mail#03", "", "", "", "k"),
		}},
		{"a run that is given back holds it", []step{
			enqueued("[mail#01]", 1, 1000, "mail#01", "", "", "", "k"), take(1, 1001, "mail#01"), acked("w", 1, 1002, "mail#01; queued"), enqueued("[mail#01]", 2, 1002, "mail#02", "", "", "", "k"), take(2, 1003, "mail#01 try:1"), acked("w", 2, 1003, "mail#01; failed 1"), is("0", "EXISTS", "jobs:unique:mail k"),
		}},
		{"a run that is lost too often lets it go", []step{
			enqueuedAs(`{"id":"mail","runner":"mail","on_lost":"fail","payload":"x"}`, "mail", "[mail#01]", 1, 1000, "mail#01", "", "", "", "k"), watched(1000, 1000), take(1, 1001, "mail#01"), watched(1001, 1006), ended("mail", "mail#01 failed"), is("0", "EXISTS", "jobs:unique:mail k"),
		}},
		{"a cancelled run lets it go when it is taken", []step{
			enqueued("[mail#01]", 1, 1000, "mail#01", "", "", "", "k"), func(t *testing.T, s *stand) { same(t, "JCANCEL", s.op("jcancel", 1, 1001, "mail#01"), "0") }, take(1, 1002), ended("mail", "mail#01 cancelled"), is("0", "EXISTS", "jobs:unique:mail k"),
		}},
		{"trimmed runs let it go", []step{
			enqueued("[mail#01]", 1, 1000, "mail#01", "", "", "", "a"), enqueued("[mail#02]", 2, 1000, "mail#02", "", "", "", "b"), func(t *testing.T, s *stand) { same(t, "JTRIM", s.call("jtrim", []string{"jobs:queue:mail"}, 1), "1") },
			is("0", "EXISTS", "jobs:unique:mail a"), is("mail#02", "GET", "jobs:unique:mail b"),
		}},
		{"who lost it meanwhile does not let it go", []step{
			enqueued("[mail#01]", 1, 1000, "mail#01", "", "", "", "k"), take(1, 1001, "mail#01"), does("SET", "jobs:unique:mail k", "mail#02"), acked("w", 1, 1002, "mail#01; succeeded"), is("mail#02", "GET", "jobs:unique:mail k"),
		}},
		{"what somebody else has overwritten stops no ack", []step{
			enqueued("[mail#01]", 1, 1000, "mail#01", "", "", "", "k"), take(1, 1001, "mail#01"), does("DEL", "jobs:unique:mail k"), does("SADD", "jobs:unique:mail k", "x"), acked("w", 1, 1002, "mail#01; succeeded"), ended("mail", "mail#01 succeeded"), does("DEL", "jobs:unique:mail k"),
		}},
		{"in one call the first holds it", []step{func(t *testing.T, s *stand) {
			args := []any{1, 1000}
			for i := range 100 {
				args = append(args, fmt.Sprintf("mail#%02x", i), mailText, "", "", "", `k"\`, "")
			}
			reply := s.call("jenqueue", s.c.prefixed(s.k.Op("x"), s.k.Queue("mail"), s.k.Bell("mail"), s.k.Runners()), args...)
			same(t, "JENQUEUE", reply, "["+strings.TrimSpace(strings.Repeat("mail#00 ", 100))+"]")
			is("1", "LLEN", "jobs:queue:mail")(t, s)
			take(1, 1001, "mail#00")(t, s)
			acked("w", 1, 1002, "mail#00; succeeded")(t, s)
			is("0", "EXISTS", `jobs:unique:mail k"\`)(t, s)
		}}},
		{"a key is held for a day at most, or as asked for", []step{
			enqueued("[mail#01]", 1, 1000, "mail#01", "", "", "", "a"), enqueued("[mail#02]", 2, 1000, "mail#02", "1100", "", "", "b", "50"), lasts(86400, "jobs:unique:mail a"), lasts(150, "jobs:unique:mail b"), enqueued("INVALID", 3, 1000, "mail#03", "", "", "", "c", "86401"),
		}},
		{"an id is known until a day after the end", []step{
			enqueued("[mail#01]", 1, 1000, "mail#01", "", "", "me"), enqueued("[mail#01]", 2, 1000, "mail#02", "", "", "me"), lasts(2592000, "jobs:id:mail me"), take(1, 1001, "mail#01"), acked("w", 1, 1002, "mail#01; succeeded"), lasts(86400, "jobs:id:mail me"),
			enqueued("[mail#01]", 3, 1003, "mail#03", "", "", "me"), stats("queued=1"),
		}},
		{"an id of what was there already is known with it", []step{
			enqueued("[mail#01]", 1, 1000, "mail#01", "", "", "", "k"), enqueued("[mail#01]", 2, 1000, "mail#02", "", "", "me", "k"), take(1, 1001, "mail#01"), acked("w", 1, 1002, "mail#01; succeeded"), enqueued("[mail#01]", 3, 1003, "mail#03", "", "", "me", "k"), stats("queued=1"),
		}},
		{"a delayed run is queued when its time has come, behind what waits", []step{
			watched(1000, 1000), enqueued("[mail#01]", 1, 1000, "mail#01", "1003"), take(1, 1001), is("0", "EXISTS", "jobs:bell:mail"), stats("queued=1"), pushed("mail", `{"id":"x","runner":"mail"}`), watched(1002, 1002), is("1", "ZCARD", "jobs:delayed"), watched(1003, 1003), is("0", "EXISTS", "jobs:delayed", "jobs:parked"),
			is("1", "LLEN", "jobs:bell:mail"), take(2, 1004, "x#", "mail#01"), func(t *testing.T, s *stand) {
				run, _ := ParseHeld(s.keys["mail#01"], s.rdb.HGet(t.Context(), "jobs:held:w", s.keys["mail#01"]).Val())
				if run.Queued.Unix() != 1003 {
					t.Errorf("it was queued at %v, want its time, 1003", run.Queued)
				}
			},
		}},
		{"a fire queues it as well, and says when the next one is due", []step{
			enqueued("[mail#01]", 1, 1000, "mail#01", "1003"), fired("0 1003 0", 1, 1000), put(1001, "a", 1, ""), fired("1 1002 0", 2, 1001), enqueued("[mail#02]", 2, 1000, "mail#02", "1002.5"), fired("1 1002.5 0", 3, 1002), fired("1 1004 0", 4, 1003), take(1, 1003, "mail#02", "mail#01"),
		}},
		{"also while the board is paused", []step{enqueued("[mail#01]", 1, 1000, "mail#01", "1003"), paused("1", 1, 1000, "board", ""), fired("0  0", 1, 1003), take(1, 1003, "mail#01")}},
		{"a time that has passed is now", []step{enqueued("[mail#01]", 1, 1000, "mail#01", "999"), take(1, 1001, "mail#01")}},
		{"a delayed run is cancelled at once", []step{
			enqueued("[mail#01]", 1, 1000, "mail#01", "1003", "", "", "k"), func(t *testing.T, s *stand) { same(t, "JCANCEL", s.op("jcancel", 1, 1001, "mail#01"), "1") }, ended("mail", "mail#01 cancelled"), is("0", "EXISTS", "jobs:delayed", "jobs:parked", "jobs:cancel", "jobs:unique:mail k"), stats("cancelled=1"),
		}},
		{"delayed runs and retries are cancelled with their type", []step{
			enqueuedAs(`{"id":"mail","runner":"mail","retries":1,"backoff_delay":100,"payload":"x"}`, "mail", "[mail#01]", 1, 1000, "mail#01"), take(1, 1000, "mail#01"), acked("w", 1, 1000, "mail#01; failed 1"),
			enqueued("[mail#02]", 2, 1000, "mail#02", "1003"), enqueued("[mail#03]", 3, 1000, "mail#03", "1003"), func(t *testing.T, s *stand) { same(t, "JCANCEL", s.op("jcancel", 1, 1001, "mail"), "3") }, stats("cancelled=3"), is("0", "EXISTS", "jobs:delayed", "jobs:retry", "jobs:parked"),
		}},
		{"one that a cancel of its type overlooked is cancelled when it is taken", []step{
			watched(1000, 1000), enqueued("[mail#01]", 1, 1000, "mail#01", "1003"), does("ZADD", "jobs:cancel", "1001", "mail"), enqueued("[mail#02]", 2, 1002, "mail#02", "1003"), watched(1003, 1003), take(1, 1004, "mail#02"), ended("mail", "mail#01 cancelled"),
		}},
		{"a delayed run waits where its queue is no list", []step{
			enqueued("[mail#01]", 1, 1000, "mail#01", "1003"), does("SET", "jobs:queue:mail", "x"), watched(1003, 1003), is("1004", "ZSCORE", "jobs:delayed", "mail#01"), does("DEL", "jobs:queue:mail"), watched(1004, 1004), take(1, 1004, "mail#01"),
		}},
		{"what waits longer than its ttl is dropped", []step{
			enqueued("[mail#01]", 1, 1000, "mail#01", "", "5", "", "k"), enqueued("[mail#02]", 2, 1000, "mail#02", "", "5.5"), take(1, 1005, "mail#02"), ended("mail", "mail#01 cancelled"), ledger("mail#01 expired ttl"), stats("cancelled=1"), is("0", "EXISTS", "jobs:unique:mail k"),
		}},
		{"the ttl of a delayed run begins with its time", []step{watched(1000, 1000), enqueued("[mail#01]", 1, 1000, "mail#01", "1003", "5"), watched(1003, 1003), take(1, 1007, "mail#01")}},
		{"what was started once does not expire", []step{
			enqueuedAs(retried, "mail", "[mail#01]", 1, 1000, "mail#01", "", "5"), enqueued("[mail#02]", 2, 1000, "mail#02", "", "5"), take(1, 1001, "mail#01", "mail#02"), acked("w", 1, 1002, "mail#01; failed 1", "mail#02; queued"), watched(1002, 1002), take(2, 1010, "mail#01 try:2", "mail#02 try:1"),
		}},
		{"a dead run is replayed without its key", []step{
			enqueuedAs(retried, "mail", "[mail#01]", 1, 1000, "mail#01", "", "5", "me", "k"), take(1, 1001, "mail#01"), acked("w", 1, 1001, "mail#01; failed 1"), watched(1001, 1001), take(2, 1002, "mail#01 try:2"), acked("w", 2, 1002, "mail#01; failed 1"), enqueued("[mail#02]", 2, 1003, "mail#02", "", "", "", "k"),
			func(t *testing.T, s *stand) {
				same(t, "JREPLAY", s.op("jreplay", 1, 1004, "mail#01", "mail#03", "0"), "mail")
			}, take(3, 1100, "mail#02", "mail#03"), acked("w", 3, 1100, "mail#03; succeeded"), is("mail#02", "GET", "jobs:unique:mail k"),
		}},
		{"all or none", []step{
			enqueued("INVALID", 1, 1000, "mail"), enqueued("INVALID", 1, 1000, "shell#01"), enqueued("INVALID", 1, 1000, "mail#0g"), enqueued("INVALID", 1, 1000, "mail#01", "x"), enqueued("INVALID", 1, 1000, "mail#01", "", "-1"), enqueued("INVALID", 1, 1000, "mail#01", "", "", "", "k", "0"),
			enqueuedAs(`{"id":,}`, "mail", "INVALID", 1, 1000, "mail#01"), enqueuedAs(`{"id":"x"}`, "mail", "INVALID", 1, 1000, "mail#01"), is("0", "EXISTS", "jobs:queue:mail", "jobs:stats", "jobs:unique:mail k", "jobs:delayed"),
		}},
	})
}

func TestPrioritiesAreServedInOrderAndNoneStarves(t *testing.T) {
	t.Parallel()
	fill := func(list string, n int) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			letter := map[string]string{"high": "a", "queue": "b", "low": "c"}[list]
			for i := range n {
				run := fmt.Sprintf("mail#%s%02x", letter, i)
				enqueuedAs(mailText, list+":mail", "["+run+"]", 0, 1000, run)(t, s)
			}
		}
	}
	// order takes so many, by size a call, and compares the lists they came from.
	order := func(size int, want string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			got := ""
			for len(got) < len(want) {
				s.runs++
				list, ok := s.take("w", s.runs, size, 1000, 4, "mail").([]any)
				if !ok || len(list) == 0 {
					t.Fatalf("after %q: got %v", got, list)
				}
				for i := 1; i < len(list); i += 2 {
					got += runIn(list[i].(string))[5:6]
				}
			}
			if got != want {
				t.Errorf("by %d: got %s, want %s", size, got, want)
			}
		}
	}
	const all = "aaaabaaaacaaaabaaaac"
	play(t, []scene{
		{"one at a time", []step{fill("low", 9), fill("queue", 9), fill("high", 20), order(1, all)}},
		{"all at once", []step{fill("low", 9), fill("queue", 9), fill("high", 20), order(20, all)}},
		{"by three, which remembers where the ten stand", []step{fill("low", 9), fill("queue", 9), fill("high", 30), order(3, all+"a")}},
		{"without high ones", []step{fill("low", 9), fill("queue", 30), order(4, "bbbbbbbbbcbbbbbbbbbc")}},
		{"without normal ones", []step{fill("low", 9), fill("high", 30), order(5, "aaaaaaaaacaaaaaaaaac")}},
		{"what is alone has no need of turns", []step{fill("low", 9), order(9, "ccccccccc")}},
		{"until all are empty", []step{fill("low", 3), fill("queue", 3), fill("high", 3), order(9, "aaabbbccc"), is("0", "EXISTS", "jobs:bell:mail"), order(0, "")}},
		{"the bell rings on for what is left, whatever its priority", []step{fill("low", 2), fill("high", 1), does("DEL", "jobs:bell:mail"), order(1, "a"), is("1", "LLEN", "jobs:bell:mail"), order(2, "cc"), is("0", "EXISTS", "jobs:bell:mail")}},
		{"a queue that is resumed rings for them", []step{
			paused("1", 1, 1000, "queue:mail", ""), fill("low", 1), takenOf([]string{"mail"}, "v", 1, 5, 1000), is("0", "EXISTS", "jobs:bell:mail"), func(t *testing.T, s *stand) { same(t, "JRESUME", s.op("jresume", 1, 1001, "queue:mail", "0"), "[1 ]") }, is("1", "LLEN", "jobs:bell:mail"),
		}},
		{"what is dropped takes no turn from others", []step{
			fill("high", 9), enqueuedAs(mailText, "low:mail", "[mail#c00]", 0, 1000, "mail#c00", "", "1"), enqueuedAs(mailText, "low:mail", "[mail#c01]", 0, 1000, "mail#c01"), takenOf([]string{"mail"}, "v", 1, 9, 1002, "mail#a00", "mail#a01", "mail#a02", "mail#a03", "mail#a04", "mail#a05", "mail#a06", "mail#a07", "mail#a08"),
			fill("high", 5), takenOf([]string{"mail"}, "v", 2, 1, 1002, "mail#c01"), ledger("mail#c00 expired ttl"),
		}},
	})
}

func TestAPriorityStaysWithItsRun(t *testing.T) {
	t.Parallel()
	const high = `{"priority":"high","retries":1,"backoff_delay":0,"on_lost":"requeue"}`
	list := func(kind, want string) step { return is(want, "LLEN", "jobs:"+kind+":shell") }
	play(t, []scene{
		{"a job fires into the list of its priority", []step{
			put(1000, "h", 60, high), put(1000, "l", 60, `{"priority":"low"}`), put(1000, "n", 60, `{"priority":"normal"}`), put(1000, "x", 60, `{"priority":"urgent"}`), fired("4 1060 0", 1, 1000), list("high", "1"), list("low", "1"), list("queue", "2"),
			is("1", "LLEN", "jobs:bell:shell"), taken("w", 1, 1, 1000, "h@1000000"),
		}},
		{"a retry", []step{put(1000, "h", 60, high), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "h@1000000"), acked("w", 1, 1000, "h@1000000; failed 1"), watched(1001, 1001), list("high", "1"), list("queue", "0")}},
		{"a run that is given back", []step{put(1000, "h", 60, high), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "h@1000000"), acked("w", 1, 1000, "h@1000000; queued"), list("high", "1"), list("queue", "0")}},
		{"a lost run", []step{watched(1000, 1000), put(1000, "h", 60, high), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "h@1000000"), watched(1001, 1005), list("high", "1"), list("queue", "0")}},
		{"a run by hand", []step{put(1000, "h", 60, high), func(t *testing.T, s *stand) { same(t, "JRUN", s.op("jrun", 1, 1000, "h", "h#01", "0"), "shell") }, list("high", "1")}},
		{"a dead run that is replayed", []step{
			put(1000, "h", 60, high), fired("1 1060 0", 1, 1000), taken("w", 1, 1, 1000, "h@1000000"), acked("w", 1, 1000, "h@1000000; failed 1"), watched(1001, 1001), taken("w", 2, 1, 1001, "h@1000000 try:2"), acked("w", 2, 1001, "h@1000000; failed 1"),
			func(t *testing.T, s *stand) {
				same(t, "JREPLAY", s.op("jreplay", 1, 1002, s.ids["h@1000000"], "h#02", "0"), "shell")
			}, list("high", "1"), list("queue", "0"),
		}},
		{"a delayed run", []step{watched(1000, 1000), enqueuedAs(`{"id":"mail","runner":"mail","priority":"low","payload":"x"}`, "low:mail", "[mail#01]", 1, 1000, "mail#01", "1001"), watched(1001, 1001), is("1", "LLEN", "jobs:low:mail")}},
		{"tickers of 2014 leave it due", []step{put(1000, "h", 60, high), func(t *testing.T, s *stand) {
			same(t, "JTICK", s.call("jtick", []string{"jobs", "jobs:schedule", "jobs:queue:shell"}, 1000), "0")
		}, is("1000", "ZSCORE", "jobs:schedule", "h"), is("0", "EXISTS", "jobs:quarantine")}},
		{"where its list is none it goes with the others", []step{put(1000, "h", 60, high), does("SET", "jobs:high:shell", "x"), fired("1 1060 0", 1, 1000), list("queue", "1"), does("DEL", "jobs:high:shell")}},
		{"an entry that was pushed by hand is adopted in any list", []step{does("LPUSH", "jobs:high:shell", `{"id":"x"}`), taken("w", 1, 1, 1000, "x#")}},
	})
}
