package board_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// lane is a worker lane of agent "agent" that a test plays by hand.
type lane struct {
	t  *testing.T
	b  *board.Board
	op int64
}

// take takes one run of the type.
func (l *lane) take(runner string) *jobs.Attempt {
	l.t.Helper()
	return l.takeMany(runner, 1)[0]
}

func (l *lane) takeMany(runner string, n int) []*jobs.Attempt {
	l.t.Helper()
	l.op++
	done, err := l.b.Leases().Exchange(l.t.Context(), jobs.Acks{}, &jobs.Take{
		Lane: "agent.0f.1", Op: l.op, Want: n, Lease: time.Minute, Runners: []string{runner},
	})
	if err != nil || len(done.Taken) != n {
		l.t.Fatalf("take: got %d runs, %v, want %d", len(done.Taken), err, n)
	}
	return done.Taken
}

// ends ends an attempt.
func (l *lane) ends(a *jobs.Attempt, state jobs.State, code int) {
	l.t.Helper()
	l.op++
	now := time.Now()
	done, err := l.b.Leases().Exchange(l.t.Context(), jobs.Acks{Lane: "agent.0f.1", Op: l.op, Ends: []jobs.End{{
		Run: a.Run, Token: a.Token, State: state, Finished: now, ExitCode: &code, Output: "out of " + a.Payload, OutputBytes: 5,
		Runner: a.Runner, Agent: "agent", Number: a.Number, Due: a.Due, Queued: a.Queued, Started: a.Start,
	}}}, nil)
	if err != nil || len(done.Refused) != 0 {
		l.t.Fatalf("end: got %+v, %v, want none refused", done, err)
	}
}

// states queues a run of type r for each state and brings it there.
func states(t *testing.T, b *board.Board) (*lane, map[jobs.State]jobs.RunID) {
	t.Helper()
	ctx := t.Context()
	must[bool](t)(b.RegisterNew(ctx, "r"))
	l := &lane{t: t, b: b}
	ids := map[jobs.State]jobs.RunID{}
	for _, state := range []jobs.State{jobs.Succeeded, jobs.Failed, jobs.Dead, jobs.Retrying, jobs.Cancelled, jobs.Running, jobs.Queued} {
		one := board.OneOff{Runner: "r", Payload: string(state)}
		switch state {
		case jobs.Dead:
			one.Retries, one.Backoff.Delay = 1, time.Millisecond
		case jobs.Retrying, jobs.Cancelled:
			one.Retries, one.Backoff.Delay = 1, time.Hour
		}
		ids[state] = must[jobs.RunID](t)(b.Enqueue(ctx, one))
		if state == jobs.Queued {
			continue
		}
		a := l.take("r")
		switch state {
		case jobs.Succeeded:
			l.ends(a, jobs.Succeeded, 0)
		case jobs.Failed, jobs.Retrying, jobs.Cancelled:
			l.ends(a, jobs.Failed, 3)
		case jobs.Dead:
			l.ends(a, jobs.Failed, 3)
			eventually(t, "the retry", func() bool {
				reaped := must[jobs.Reaped](t)(b.Leases().Jreap(ctx, time.Minute, 10))
				return reaped.Retried == 1
			})
			l.ends(l.take("r"), jobs.Failed, 4)
		}
	}
	if ended, err := b.Cancel(ctx, string(ids[jobs.Cancelled])); !ended || err != nil {
		t.Fatalf("cancel a run that waits for its retry: got %v, %v, want true", ended, err)
	}
	return l, ids
}

func TestRunsAnswersTheRunsOfAllStates(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		_, ids := states(t, b)
		for state, id := range ids {
			run, err := b.FindRun(t.Context(), id)
			if err != nil || run.State != state || run.Job != "r" || run.Runner != "r" && state != jobs.Cancelled {
				t.Errorf("%s: got %+v, %v", state, run, err)
			}
			attempts := map[jobs.State]int{jobs.Queued: 0, jobs.Dead: 2}
			want, ok := attempts[state]
			if !ok {
				want = 1
			}
			if run.Attempt != want {
				t.Errorf("%s: got attempt %d, want %d", state, run.Attempt, want)
			}
			if run.Queued.IsZero() {
				t.Errorf("%s: the time of queueing is missing", state)
			}
			only := must[[]jobs.Run](t)(b.Runs(t.Context(), board.RunFilter{States: []jobs.State{state}}))
			if len(only) != 1 || only[0].ID != string(id) {
				t.Errorf("only %s: got %v, want %s", state, only, id)
			}
		}
		if all := must[[]jobs.Run](t)(b.Runs(t.Context(), board.RunFilter{})); len(all) != len(ids) {
			t.Errorf("got %d runs, want %d, each once", len(all), len(ids))
		}
		if run := must[jobs.Run](t)(b.FindRun(t.Context(), ids[jobs.Running])); run.Agent != "agent" || run.Started.IsZero() {
			t.Errorf("the running one: got %+v, want its agent and its start", run)
		}
		if run := must[jobs.Run](t)(b.FindRun(t.Context(), ids[jobs.Failed])); run.ExitCode == nil || *run.ExitCode != 3 {
			t.Errorf("the failed one: got %+v, want exit code 3", run)
		}
	})
}

func TestRunsAreTheNewestFirst(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		states(t, b)
		runs := must[[]jobs.Run](t)(b.Runs(t.Context(), board.RunFilter{Job: "r", States: []jobs.State{jobs.Succeeded, jobs.Failed, jobs.Dead}}))
		if len(runs) != 3 {
			t.Fatalf("got %v, want three", runs)
		}
		for i, run := range runs[1:] { // of one millisecond in any order
			if run.Started.After(runs[i].Started) {
				t.Errorf("%s, started at %v, stands behind one of %v", run.State, run.Started, runs[i].Started)
			}
		}
		if limited := must[[]jobs.Run](t)(b.Runs(t.Context(), board.RunFilter{Limit: 2})); len(limited) != 2 {
			t.Errorf("limit 2: got %d", len(limited))
		}
		if none := must[[]jobs.Run](t)(b.Runs(t.Context(), board.RunFilter{Job: "other"})); len(none) != 0 {
			t.Errorf("of another job: got %v", none)
		}
	})
}

func TestAFailureIsFoundBehindManySuccesses(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		l := &lane{t: t, b: b}
		failed := must[jobs.RunID](t)(b.Enqueue(t.Context(), board.OneOff{Runner: "r"}))
		l.ends(l.take("r"), jobs.Failed, 1)
		must[[]jobs.RunID](t)(b.EnqueueMany(t.Context(), slices.Repeat([]board.OneOff{{Runner: "r"}}, 110)))
		for _, a := range l.takeMany("r", 110) { // each with a message of its own
			l.ends(a, jobs.Succeeded, 0)
		}
		runs := must[[]jobs.Run](t)(b.Runs(t.Context(), board.RunFilter{States: []jobs.State{jobs.Failed}, Limit: 5}))
		if len(runs) != 1 || runs[0].ID != string(failed) {
			t.Errorf("got %v, want %s", runs, failed)
		}
	})
}

func TestOutputAnswersWhatWasKept(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		_, ids := states(t, b)
		if text, ok, err := b.Output(t.Context(), ids[jobs.Succeeded]); text != "out of succeeded" || !ok || err != nil {
			t.Errorf("got %q, %v, %v", text, ok, err)
		}
		if text, ok, err := b.Output(t.Context(), ids[jobs.Queued]); ok || err != nil {
			t.Errorf("of a queued run: got %q, %v, %v, want none", text, ok, err)
		}
	})
}

func TestOverlapForbidRefusesASecondRun(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		must[time.Time](t)(b.Put(ctx, jobs.Job{ID: "a", Runner: "r", Schedule: jobs.Schedule{Start: soon()}}))
		id := must[jobs.RunID](t)(b.Run(ctx, "a", false))
		if id.Job() != "a" {
			t.Errorf("got %s, want a run of a", id)
		}
		l := &lane{t: t, b: b}
		a := l.take("r")
		if _, err := b.Run(ctx, "a", false); !errors.Is(err, jobs.ErrActive) {
			t.Errorf("got %v, want ErrActive", err)
		}
		if _, err := b.Run(ctx, "a", true); err != nil {
			t.Errorf("forced: got %v", err)
		}
		l.ends(a, jobs.Succeeded, 0)
		if _, err := b.Run(ctx, "a", false); err != nil {
			t.Errorf("after its end: got %v", err)
		}
	})
}

func TestCancelMarksARunningRun(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		l, ids := states(t, b)
		if ended, err := b.Cancel(t.Context(), string(ids[jobs.Running])); ended || err != nil {
			t.Fatalf("got %v, %v, want false: its worker ends it", ended, err)
		}
		renewed, err := l.b.Leases().Jrenew(t.Context(), jobs.Renew{Lane: "agent.0f.1", Lease: time.Minute, Holds: 1})
		if _, marked := renewed.Cancelled[string(ids[jobs.Running])]; err != nil || !marked {
			t.Errorf("the renewal: got %+v, %v, want the run's mark", renewed, err)
		}
	})
}

func TestWatchYieldsAttemptsAsTheyEnd(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		l := &lane{t: t, b: b}
		must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "r"}))
		l.ends(l.take("r"), jobs.Succeeded, 0) // before the watch: not seen

		found := make(chan string, 100)
		go func() {
			defer close(found)
			for run, err := range b.Watch(ctx, "r") {
				if err != nil {
					found <- err.Error()
					return
				}
				found <- fmt.Sprint(run.State, " ", run.Attempt)
				if run.State == jobs.Failed {
					return
				}
			}
		}()
		// The watch begins some time after the goroutine: go on until it has seen one.
		var got []string
		eventually(t, "the watch", func() bool {
			must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "r"}))
			l.ends(l.take("r"), jobs.Succeeded, 0)
			select {
			case first := <-found:
				got = append(got, first)
				return true
			default:
				return false
			}
		})
		must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "r", Retries: 1, Backoff: jobs.Backoff{Delay: time.Hour}}))
		l.ends(l.take("r"), jobs.Failed, 1)
		must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "other"}))
		l.ends(l.take("other"), jobs.Failed, 1)
		must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "r"}))
		l.ends(l.take("r"), jobs.Failed, 1)
		for text := range found {
			if got[len(got)-1] != text {
				got = append(got, text)
			}
		}
		if want := []string{"succeeded 1", "retrying 1", "failed 1"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q (each of them once or more)", got, want)
		}
	})
}

func TestWatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		for run, err := range b.Watch(ctx, "") {
			t.Errorf("got %+v, %v, want nothing", run, err)
		}
	})
}
