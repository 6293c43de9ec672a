package board_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// defined compares the payload in the definition of a run, or with "?" that it is not known.
func defined(t *testing.T, b *board.Board, id jobs.RunID, payload string, changed bool) {
	t.Helper()
	run := must[jobs.Run](t)(b.FindRun(t.Context(), id))
	d := must[board.Definition](t)(b.Definition(t.Context(), run))
	got := "?"
	if d.Text != "" {
		got = must[jobs.Job](t)(jobs.ParseJob([]byte(d.Text))).Payload
	}
	if got != payload || d.Changed != changed || (d.Unknown != "") != (payload == "?") {
		t.Errorf("run %s (%s, queued at %v): got %s, changed %v (%s), want %s, changed %v",
			id, run.State, run.Queued, got, d.Changed, d.Unknown, payload, changed)
	}
}

func TestARunIsShownAsItsJobWasWhenItWasQueued(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx, l := t.Context(), &lane{t: t, b: b}
		put := func(payload string) {
			t.Helper()
			apart(t, b)
			must[time.Time](t)(b.Put(ctx, jobs.Job{ID: "a", Runner: "r", Payload: payload, Schedule: jobs.Schedule{Interval: time.Hour, Start: time.Now().Add(time.Hour)}}))
		}
		ran := func() jobs.RunID {
			t.Helper()
			run := must[jobs.RunID](t)(b.Run(ctx, "a", false))
			l.ends(l.take("r"), jobs.Succeeded, 0)
			return run
		}
		put("one")
		first := ran()
		defined(t, b, first, "one", false)
		put("two")
		second := ran()
		waits := must[jobs.RunID](t)(b.Run(ctx, "a", false))
		put("three")
		defined(t, b, first, "one", true)
		defined(t, b, second, "two", true)
		defined(t, b, waits, "two", true)
		a := l.take("r")
		defined(t, b, waits, "two", true)
		l.ends(a, jobs.Succeeded, 0)
		defined(t, b, waits, "two", true)
		third := ran()
		defined(t, b, third, "three", false)
		apart(t, b)
		if was := must[bool](t)(b.Remove(ctx, "a")); !was {
			t.Fatal("the job was not on the board")
		}
		defined(t, b, third, "three", true)
		put("four")
		fourth := ran()
		for i, run := range []jobs.RunID{first, second, third} {
			defined(t, b, run, []string{"one", "two", "three"}[i], true)
		}
		defined(t, b, fourth, "four", false)
		for i := range 20 {
			put(fmt.Sprint("more ", i))
		}
		defined(t, b, third, "?", true)
		defined(t, b, fourth, "four", true)
		put("more")
		defined(t, b, fourth, "?", true)
	})
}

// apart waits until Redis' clock shows another millisecond: a run by hand and a change
// in one and the same are not told apart.
func apart(t *testing.T, b *board.Board) {
	t.Helper()
	begun := must[time.Time](t)(b.Now(t.Context())).Truncate(time.Millisecond)
	eventually(t, "the next millisecond", func() bool {
		return must[time.Time](t)(b.Now(t.Context())).Sub(begun) >= 2*time.Millisecond
	})
}

func TestARunOfTheScheduleIsToldFromAChangeInTheSameMillisecond(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx, l := t.Context(), &lane{t: t, b: b}
		must[bool](t)(b.RegisterNew(ctx, "r"))
		due := must[time.Time](t)(b.Now(ctx)).Add(-time.Minute)
		for i := range 30 {
			job := jobs.Job{ID: "a", Runner: "r", Payload: fmt.Sprint(i), Schedule: jobs.Schedule{Start: due}}
			must[time.Time](t)(b.Put(ctx, job))
			must[int64](t)(b.Leases().Jtick(ctx, "", 10, "r"))
			a := l.take("r")
			l.ends(a, jobs.Succeeded, 0)
			defined(t, b, a.Run, fmt.Sprint(i), true) // it runs once, and has left the board
		}
	})
}

func TestAReplayIsWhatTheDeadRunWas(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx, l := t.Context(), &lane{t: t, b: b}
		put := func(payload string) {
			job := jobs.Job{ID: "a", Runner: "r", Payload: payload, Schedule: jobs.Schedule{Interval: time.Hour, Start: time.Now().Add(time.Hour)}}
			job.Retries, job.Backoff.Delay = 1, time.Millisecond
			apart(t, b)
			must[time.Time](t)(b.Put(ctx, job))
		}
		put("one")
		dead := must[jobs.RunID](t)(b.Run(ctx, "a", false))
		l.ends(l.take("r"), jobs.Failed, 3)
		eventually(t, "the retry", func() bool {
			return must[jobs.Reaped](t)(b.Leases().Jreap(ctx, time.Minute, 10)).Retried == 1
		})
		l.ends(l.take("r"), jobs.Failed, 4)
		put("two")
		defined(t, b, dead, "one", true)
		replay := must[jobs.RunID](t)(b.Replay(ctx, dead, false))
		defined(t, b, replay, "one", true)
		a := l.take("r")
		if a.ReplayOf != dead {
			t.Fatalf("got a replay of %s, want of %s", a.ReplayOf, dead)
		}
		l.op++
		end := jobs.End{Run: a.Run, Token: a.Token, State: jobs.Succeeded, Finished: time.Now(), Runner: "r", Queued: a.Queued, ReplayOf: a.ReplayOf}
		must[jobs.Exchanged](t)(b.Leases().Exchange(ctx, jobs.Acks{Lane: "agent.0f.1", Op: l.op, Ends: []jobs.End{end}}, nil))
		defined(t, b, replay, "one", true)
		defined(t, b, dead, "one", true)
	})
}

func TestWhatIsNotKeptIsSaidToBeUnknown(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx, l := t.Context(), &lane{t: t, b: b}
		must[bool](t)(b.RegisterNew(ctx, "r"))
		one := must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "r", Payload: "x"}))
		defined(t, b, one, "x", true)
		l.ends(l.take("r"), jobs.Succeeded, 0)
		defined(t, b, one, "?", true)
		must[time.Time](t)(b.Put(ctx, jobs.Job{ID: "r", Runner: "other", Payload: "not this", Schedule: jobs.Schedule{Interval: time.Hour}}))
		defined(t, b, one, "?", true)
		apart(t, b)
		two := must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "r", Payload: "y"}))
		l.ends(l.take("r"), jobs.Succeeded, 0)
		defined(t, b, two, "?", true)

		long := jobs.Job{ID: "a", Runner: "r", Payload: strings.Repeat("x", 70_000), Schedule: jobs.Schedule{Interval: time.Hour, Start: time.Now().Add(time.Hour)}}
		must[time.Time](t)(b.Put(ctx, long))
		run := must[jobs.RunID](t)(b.Run(ctx, "a", false))
		l.ends(l.take("r"), jobs.Succeeded, 0)
		defined(t, b, run, long.Payload, false)
		apart(t, b)
		long.Payload = "short"
		must[time.Time](t)(b.Put(ctx, long))
		defined(t, b, run, "?", true)
	})
}
