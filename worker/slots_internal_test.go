package worker

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

// What has waited for its slot while the process was asleep may be somebody else's.
func TestASlotBeginsNothingWhoseLeaseMayBeOver(t *testing.T) {
	for name, want := range map[string]jobs.State{"in time": jobs.Succeeded, "too late": jobs.Queued, "too late for its runner": jobs.Queued} {
		t.Run(name, func(t *testing.T) {
			s := newSlots(1, zap.NewNop())
			defer s.close()
			began := false
			a := &jobs.Attempt{BeginBy: time.Now().Add(time.Hour)}
			h := &held{attempt: a, output: &output{attempt: a}, runner: jobs.RunnerFunc(func(ctx context.Context, _ *jobs.Attempt) error {
				if name == "too late for its runner" {
					<-ctx.Done() // its timeout counts for less
					return fmt.Errorf("not started: %w", jobs.ErrLate)
				}
				began = true
				return nil
			})}
			if name == "too late for its runner" {
				a.Timeout = time.Millisecond
			}
			if name == "too late" {
				a.BeginBy = time.Now()
			}
			h.ctx, h.cancel = context.WithCancelCause(t.Context())
			s.start(h)
			<-s.ended.ready
			if h.end.State != want || began != (want == jobs.Succeeded) {
				t.Errorf("got %s, begun: %v, want %s", h.end.State, began, want)
			}
		})
	}
}

// Slots call one another: a call that is lost would leave attempts waiting beside free slots.
func TestAllSlotsAreInUseWhateverTheRunnersDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 8
		s := newSlots(n, zap.NewNop())
		defer s.close()
		start := func(run jobs.RunnerFunc) {
			a := &jobs.Attempt{}
			h := &held{attempt: a, output: &output{attempt: a}, runner: run}
			h.ctx, h.cancel = context.WithCancelCause(t.Context())
			s.start(h)
		}
		brief := []jobs.RunnerFunc{
			func(context.Context, *jobs.Attempt) error { return nil },
			func(context.Context, *jobs.Attempt) error { runtime.Goexit(); return nil },
			func(context.Context, *jobs.Attempt) error { panic("ouch") },
			func(context.Context, *jobs.Attempt) error { runtime.Gosched(); return nil },
		}
		for round := range 200 {
			for i := range 3 * n {
				start(brief[(i+round)%len(brief)])
			}
			if round%2 == 0 { // the others come while slots are still busy
				synctest.Wait()
			}
			var begun atomic.Int64
			end := make(chan struct{})
			for range n + 1 {
				start(func(context.Context, *jobs.Attempt) error {
					begun.Add(1)
					<-end
					return nil
				})
			}
			synctest.Wait()
			if got := begun.Load(); got != n || len(s.work) != 1 {
				t.Fatalf("round %d: %d are under way and %d wait, want %d and one", round, got, len(s.work), n)
			}
			close(end)
			synctest.Wait()
			if got := len(s.ended.empty()); got != 4*n+1 {
				t.Fatalf("round %d: %d came back of %d", round, got, 4*n+1)
			}
		}
	})
}

// The lane sleeps until there is room, so it must not take for waiting what a free slot is about to take.
func TestNothingWaitsWhileSlotsAreFree(t *testing.T) {
	l := &lane{slots: newSlots(2, zap.NewNop())}
	for range 3 {
		l.slots.work <- nil
		l.busy++
		if got, want := l.waiting(), max(0, l.busy-2); got != want {
			t.Errorf("%d of %d wait for two slots, want %d", got, l.busy, want)
		}
	}
	<-l.slots.work
	<-l.slots.work
	if <-l.slots.work; l.waiting() != 0 { // the lane has not heard of the ends
		t.Errorf("%d wait, want none", l.waiting())
	}
}
