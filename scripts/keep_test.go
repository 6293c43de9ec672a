package scripts

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/internal/redistest"
)

// went is n runs of a job, one a second from a time on: fired, taken and acked with output.
// Their commands are numbered by the second.
func went(id string, from float64, n int, output string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		for i := range n {
			now := from + float64(i)
			op := int(now)
			if list, ok := s.fire(op, num(now), 500, "", "shell").([]any); !ok || list[0] != int64(1) {
				t.Fatalf("JFIRE at %s: got %v, want one run of %s", num(now), list, id)
			}
			s.oneRun(t, op, now, output)
		}
	}
}

// oneRun takes what is queued and ends it.
func (s *stand) oneRun(t *testing.T, op int, now float64, output string) {
	t.Helper()
	list, ok := s.take("w", op, 1, num(now), 4).([]any)
	if !ok || len(list) != 2 {
		t.Fatalf("JTAKE at %s: got %v, want one run", num(now), list)
	}
	a := parseEntry(list[0].(string), list[1].(string), headers{})
	record := fmt.Sprintf(`{"state":"succeeded","run":%q,"finished":%.3f}`, a.Run, now)
	same(t, "JACKMANY", s.lane("jackmany", "w", "w", op, num(now), s.known("w"), a.Token, string(a.Run), record, printed("", output)), "[]")
}

func TestKeep(t *testing.T) {
	t.Parallel()
	kept := func(job string, runs, outputs int) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			is(fmt.Sprint(runs), "LLEN", "jobs:runs:"+job)(t, s)
			is(fmt.Sprint(outputs), "HLEN", "jobs:output:"+job)(t, s)
			is(fmt.Sprint(outputs), "ZCARD", "jobs:outputs")(t, s)
			stats(fmt.Sprint("output_bytes=", outputs*len("text")))(t, s)
		}
	}
	play(t, []scene{
		{"100 runs and 20 outputs, when nothing is said", []step{put(1000, "a", 1, ""), went("a", 1000, 130, "text"), kept("a", 100, 20)}},
		{"more, as the job says", []step{put(1000, "a", 1, `{"keep_runs":120,"keep_outputs":30}`), went("a", 1000, 130, "text"), kept("a", 120, 30)}},
		{"fewer, as the job says", []step{put(1000, "a", 1, `{"keep_runs":3,"keep_outputs":2}`), went("a", 1000, 10, "text"), kept("a", 3, 2)}},
		{"fewer from the next run on", []step{
			put(1000, "a", 1, ""), went("a", 1000, 30, "text"), kept("a", 30, 20), put(1030, "a", 1, `{"keep_runs":5}`), went("a", 1030, 1, "text"), kept("a", 5, 5),
		}},
		{"what makes no sense is as if it were not said", []step{put(1000, "a", 1, `{"keep_runs":"x","keep_outputs":-1,"keep_age":[]}`), went("a", 1000, 110, "text"), kept("a", 100, 20)}},
		{"no older than the job says, with their output", []step{
			put(1000, "a", 1, `{"keep_age":10}`), went("a", 1000, 30, "text"), kept("a", 11, 11),
		}},
		{"a payload that speaks of it says nothing", []step{
			func(t *testing.T, s *stand) {
				same(t, "JSET", s.call("jset", []string{"jobs", "jobs:schedule", "jobs:runners"}, 1000, "a", "shell", `{"keep_runs":2}`, 1), "1")
			}, went("a", 1000, 5, "text"), kept("a", 5, 5),
		}},
		{"a cancelled run does not cut the history of its job", []step{
			put(1000, "a", 1, `{"keep_runs":120}`), went("a", 1000, 110, "text"), fired("1 1111 0", 1999, 1110), func(t *testing.T, s *stand) {
				same(t, "JCANCEL", s.op("jcancel", 1, 1111, "a"), "0")
			}, taken("w", 2000, 1, 1112), is("111", "LLEN", "jobs:runs:a"),
		}},
	})
}

// batch is 20 one-off runs of a type, queued, taken and ended in one call each.
func (s *stand) batch(t *testing.T, op int, now float64, kind, output string) {
	t.Helper()
	push := Push{Runner: kind}
	for i := range 20 {
		run := fmt.Sprintf("%s#%012x%010x", kind, int64(now*1000), i)
		push.Entries = append(push.Entries, Entry{Run: jobs.RunID(run), Text: fmt.Sprintf(`{"id":%q,"runner":%q,"payload":""}`, kind, kind)})
	}
	_, err := s.c.Jpush(t.Context(), num(now), push)
	s.must(t, err)
	list, ok := s.take("w", op, 20, num(now), 4, kind).([]any)
	if !ok || len(list) != 40 {
		t.Fatalf("JTAKE of %s: got %d, want 20 runs", kind, len(list)/2)
	}
	args := []any{"w", op, num(now), s.known("w")}
	for i := 0; i < len(list); i += 2 {
		a := parseEntry(list[i].(string), list[i+1].(string), headers{})
		args = append(args, a.Token, string(a.Run), fmt.Sprintf(`{"state":"succeeded","run":%q,"finished":%.3f}`, a.Run, now), printed("", output))
	}
	same(t, "JACKMANY", s.lane("jackmany", "w", args...), "[]")
}

// A month of a job a second, as far as it fits into a test: each command is called with
// the time of its second, but only for the first minute of each day, which is 1,800 of
// 2.6 million runs. What is kept depends on the last runs alone. Each prints 8 KiB, and
// other runs print more than the budget of the board on the first day, and a thirtieth of
// it on each further one.
func TestAMonthOfAJobASecondStaysWithinItsBudget(t *testing.T) {
	t.Parallel()
	const day, start, kinds = 86400, 1_800_000_000.0, 130
	// On a busy machine a Redis of this size may stand still for seconds.
	s := newStand(t, redistest.Start(t).Client().WithTimeout(time.Minute))
	ctx := context.Background()
	output, flood := strings.Repeat("0123456\n", 1<<10), strings.Repeat("0123456\n", 16<<10)
	memory := func() (n int64) {
		text, err := s.rdb.Info(ctx, "memory").Result()
		s.must(t, err)
		_, rest, _ := strings.Cut(text, "used_memory:")
		_, err = fmt.Sscan(rest, &n)
		s.must(t, err)
		return n
	}
	var early, late, most int64
	for d := range 30 {
		now := start + float64(d)*day
		put(now, "often", 1, `{"overlap":"allow"}`)(t, s)
		went("often", now, 60, output)(t, s)
		for i := range kinds {
			if d == 0 || i%30 == d {
				s.batch(t, int(now)+200+i, now+float64(200+i), fmt.Sprint("flood", i), flood)
			}
		}
		if err, failed := s.op("jreap", "", num(now+400), 4, 100, 3).(error); failed {
			t.Fatal(err)
		}
		bytes, err := s.rdb.HGet(ctx, s.k.Stats(), "output_bytes").Int64()
		s.must(t, err)
		most = max(most, bytes)
		if late = memory(); d == 2 {
			early = late
		}
	}
	t.Logf("measured: at most %d MiB of output; Redis had %d MiB after 3 days and %d MiB after 30", most>>20, early>>20, late>>20)
	if most > 256<<20 || most < 200<<20 {
		t.Errorf("got up to %d bytes of output, want nearly 256 MiB and no more", most)
	}
	if late > early+early/10 {
		t.Errorf("Redis had %d bytes after 3 days and %d after 30, want a tenth more at most", early, late)
	}
	is("100", "LLEN", "jobs:runs:often")(t, s)
	is("20", "HLEN", "jobs:output:often")(t, s)
	if n := s.rdb.XLen(ctx, s.k.History()).Val(); n > 4500 {
		t.Errorf("got %d messages in the history, want about 4,000 at most", n)
	}
	s.wantKnownKeys(t)
}
