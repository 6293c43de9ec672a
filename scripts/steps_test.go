package scripts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// put is a JSET of a job of the runner type shell; interval 0 is none.
func put(now float64, id string, interval float64, fields string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		every := ""
		if interval > 0 {
			every = num(interval)
		}
		same(t, "JSET "+id, s.call("jset", []string{"jobs", "jobs:schedule", "jobs:runners"},
			num(now), id, "shell", "p", every, "", "", "", "", fields), "1")
	}
}

// foreign writes a job as a client does that knows only HSET and ZADD.
func foreign(score float64, id, text string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		s.must(t, s.rdb.HSet(context.Background(), "jobs", id, text).Err())
		s.must(t, s.rdb.ZAdd(context.Background(), "jobs:schedule", redis.Z{Score: score, Member: id}).Err())
	}
}

// pushed LPUSHes texts to a queue, as foreign producers do.
func pushed(runner string, texts ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		for _, text := range texts {
			s.must(t, s.rdb.LPush(context.Background(), s.k.Queue(runner), text).Err())
		}
	}
}

// does sends a command of Redis as it is.
func does(args ...any) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		s.must(t, s.rdb.Do(context.Background(), args...).Err())
	}
}

// is sends a command of Redis and compares its reply.
func is(want string, args ...any) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		got, err := s.rdb.Do(context.Background(), args...).Result()
		if err != nil && err != redis.Nil {
			t.Fatal(err)
		}
		if score, ok := got.(float64); ok {
			got = num(score)
		}
		same(t, fmt.Sprint(args...), got, want)
	}
}

// fired is a JFIRE of the types shell and mail; want is queued, next and more.
func fired(want string, op int, now float64) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		reply := s.fire(op, num(now), 500, "", "shell", "mail")
		if list, ok := reply.([]any); ok && len(list) >= 4 {
			reply = strings.TrimSuffix(fmt.Sprintln(append(list[:2:2], list[3:]...)...), "\n")
		}
		same(t, "JFIRE at "+num(now), reply, want)
	}
}

// queue looks at a queue, or the list of a source, in the order in which it is served.
func queue(source string, want ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		list, _ := s.k.source(source)
		texts, err := s.rdb.LRange(context.Background(), list, 0, -1).Result()
		s.must(t, err)
		slices.Reverse(texts)
		got := []string{}
		for _, text := range texts {
			got = append(got, describe(text))
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("queue %s: got %q, want %q", source, got, want)
		}
	}
}

// taken is a JTAKE of the type shell under a lease of 4 s.
func taken(lane string, op, n int, now float64, want ...string) step {
	return takenOf([]string{"shell"}, lane, op, n, now, want...)
}

func takenOf(types []string, lane string, op, n int, now float64, want ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		list, ok := s.take(lane, op, n, num(now), 4, types...).([]any)
		got := []string{}
		for i := 0; i+1 < len(list); i += 2 {
			a := parseEntry(list[i].(string), list[i+1].(string), headers{})
			name := short(string(a.Run))
			s.ids[name], s.keys[name] = string(a.Run), a.Token
			got = append(got, describe(a.Text))
		}
		if !ok || strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("JTAKE by %s at %s: got %q (a list: %v), want %q", lane, num(now), got, ok, want)
		}
	}
}

// acked is a JACKMANY of the ends "run state [exit code]" by a lane that knows what it
// holds; all are accepted.
func acked(lane string, op int, now float64, ends ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		same(t, "JACKMANY "+strings.Join(ends, ", "), s.ack(lane, op, now, []any{s.known(lane)}, ends...), "[]")
	}
}

// refused is a JACKMANY of which nothing is accepted.
func refused(lane string, op int, now float64, ends ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		list, _ := s.ack(lane, op, now, nil, ends...).([]any)
		if len(list) != len(ends) {
			t.Errorf("JACKMANY %v: refused %v, want all %d", ends, list, len(ends))
		}
	}
}

// known is what JACKMANY takes of a lane that knows what it holds.
func (s *stand) known(lane string) string {
	n := s.rdb.HLen(context.Background(), "jobs:held:"+lane).Val()
	done := 0
	for name, word := range map[string]int{".t": 2, ".a": 1} {
		if words := strings.Fields(s.rdb.HGet(context.Background(), "jobs:held:"+lane, name).Val()); len(words) > word {
			nth, err := strconv.Atoi(words[word])
			if err != nil {
				panic(err)
			}
			done += nth
		}
	}
	return fmt.Sprint(max(0, n-2), " ", done)
}

func (s *stand) ack(lane string, op int, now float64, known []any, ends ...string) any {
	args := append([]any{lane, op, num(now)}, known...)
	for _, end := range ends {
		at := strings.LastIndex(end, "; ")
		words := strings.Fields(end[at+2:])
		name, state, code := end[:at], words[0], ""
		if len(words) > 1 {
			code = words[1]
		}
		args = append(args, s.keys[name], s.ids[name], story(state, s.ids[name]), printed(code, ""))
	}
	return s.lane("jackmany", lane, args...)
}

// story is a record as short as it may be.
func story(state, run string) string {
	return `{"state":"` + state + `","run":` + string(quote(nil, run)) + `}`
}

// printed is what JACKMANY takes behind a record.
func printed(code, output string) string {
	if code == "" && output == "" {
		return ""
	}
	return code + " " + output
}

// ledger looks at all lines of the ledger, as "run outcome ..." with what else
// they say but the time and tokens.
func ledger(want ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		got := []string{}
		messages, err := s.rdb.Do(context.Background(), "XRANGE", "jobs:ledger", "-", "+").Slice()
		s.must(t, err)
		for _, message := range messages {
			pairs := message.([]any)[1].([]any)
			for i := 0; i < len(pairs); i += 2 {
				var line struct {
					Outcome, Reason, By string
					Count, Missed       int
				}
				s.must(t, json.Unmarshal([]byte(pairs[i+1].(string)), &line))
				words := strings.Join(strings.Fields(fmt.Sprint(short(pairs[i].(string)), " ", line.Outcome, " ", line.Reason, " ", short(line.By))), " ")
				if line.Count > 0 {
					words += fmt.Sprint(" ", line.Count)
				}
				if line.Missed > 0 {
					words += fmt.Sprint(" missed:", line.Missed)
				}
				got = append(got, words)
			}
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("ledger: got %q, want %q", got, want)
		}
	}
}

// ended looks at the records of a job's ended runs, newest first: "run state".
func ended(job string, want ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		texts, err := s.rdb.LRange(context.Background(), s.k.Runs(job), 0, -1).Result()
		s.must(t, err)
		got := []string{}
		for _, text := range texts {
			run, ok := ParseRecord(text)
			if !ok {
				t.Fatalf("record %q cannot be read", text)
			}
			words := short(run.ID) + " " + string(run.State)
			if run.Missed > 0 {
				words += fmt.Sprint(" missed:", run.Missed)
			}
			got = append(got, words)
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("ended runs of %s: got %q, want %q", job, got, want)
		}
	}
}

// active looks at what stands in the way of the next run of a job: "" for nothing.
func active(job, want string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		run, err := s.rdb.HGet(context.Background(), "jobs:busy", job).Result()
		if err != nil && err != redis.Nil {
			t.Fatal(err)
		}
		if got := short(run); got != want {
			t.Errorf("active %s: got %q, want %q", job, got, want)
		}
	}
}

// waits looks at the retries: "run time" in their order.
func waits(want ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		members, err := s.rdb.ZRangeWithScores(context.Background(), "jobs:retry", 0, -1).Result()
		s.must(t, err)
		got := []string{}
		for _, m := range members {
			got = append(got, short(m.Member.(string))+" "+num(m.Score))
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("retries: got %q, want %q", got, want)
		}
	}
}

// stats looks at totals: "name=n".
func stats(want ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		all, err := s.rdb.HGetAll(context.Background(), "jobs:stats").Result()
		s.must(t, err)
		for _, w := range want {
			name, n, _ := strings.Cut(w, "=")
			if all[name] != n && !(n == "0" && all[name] == "") {
				t.Errorf("total of %s: got %s, want %s (all: %v)", name, all[name], n, all)
			}
		}
	}
}

// reaped is a JREAP with a lease of 4 s, at most 100 runs and 3 losses.
func reaped(want string, op int, now float64) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		same(t, "JREAP at "+num(now), s.op("jreap", op, num(now), 4, 100, 3), want)
	}
}

// watched is a JREAP each second from one time to another, as agents do, so that
// no hold-off comes into play; what it gives back is not looked at.
func watched(from, to float64) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		for now := from; now <= to; now++ {
			if err, failed := s.op("jreap", "", num(now), 4, 100, 3).(error); failed {
				t.Fatal(err)
			}
		}
	}
}

func (s *stand) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ran is a JRUN.
func ran(want string, op int, now float64, job, id, force string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		same(t, "JRUN", s.op("jrun", op, num(now), job, id, force), want)
	}
}

// cancelled is a JCANCEL of a run, by its short name, or a job.
func cancelled(want string, op int, now float64, target string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		if id, ok := s.ids[target]; ok {
			target = id
		}
		same(t, "JCANCEL", s.op("jcancel", op, num(now), target), want)
	}
}
