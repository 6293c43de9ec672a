package ticker_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/jobs-agent/jobs/ticker"
)

func (f *fakeBoard) Overdue(context.Context) (time.Duration, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil || len(f.jobs) == 0 {
		return 0, f.err
	}
	first := f.jobs[0].due
	for _, j := range f.jobs {
		if j.due.Before(first) {
			first = j.due
		}
	}
	return time.Now().Add(f.skew).Sub(first), nil
}

// onStandby runs a test while a standby looks on; leads is whether its agent leads.
func onStandby(t *testing.T, board *fakeBoard, leads bool, test func(t *testing.T, log *observer.ObservedLogs)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, log := observer.New(zap.InfoLevel)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- ticker.NewStandby(board, func() bool { return leads }, zap.New(core)).Run(ctx)
		}()
		test(t, log)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: got %v, want nil", err)
		}
	})
}

func TestAStandbyFiresWhatNobodyFires(t *testing.T) {
	board := &fakeBoard{skew: time.Hour, registered: []string{"t"}}
	onStandby(t, board, false, func(t *testing.T, log *observer.ObservedLogs) {
		due := time.Now().Add(time.Hour + time.Second)
		board.set(func() { board.jobs = []*job{{runner: "t", due: due, interval: time.Hour}} })
		time.Sleep(10 * time.Second) // virtual
		board.set(func() {
			if len(board.fired) != 1 || board.calls[0].term != "" {
				t.Fatalf("got %+v of %+v, want one run without a term", board.fired, board.calls)
			}
			if late := board.fired[0].at.Sub(due); late <= 1500*time.Millisecond || late > 1850*time.Millisecond {
				t.Errorf("fired %v late, want 1.5s and a look", late)
			}
		})
		if n := log.FilterMessage("the leader is late, fired in its place").Len(); n != 1 {
			t.Errorf("logged %d times, want once", n)
		}
	})
}

func TestAStandbyLetsTheLeaderFire(t *testing.T) {
	board := &fakeBoard{registered: []string{"t"}}
	onStandby(t, board, true, func(t *testing.T, _ *observer.ObservedLogs) {
		board.set(func() { board.jobs = []*job{{runner: "t", due: time.Now(), interval: time.Hour}} })
		time.Sleep(time.Minute) // virtual
		board.set(func() {
			if len(board.calls) != 0 {
				t.Errorf("fired %d times while its agent leads", len(board.calls))
			}
		})
	})
}

// While its agent leads a standby asks nothing: a trouble that it had before must not
// keep the agent from being ready.
func TestAStandbyThatIsElectedHasNoTroubleAnyMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		board := &fakeBoard{err: errDown}
		var leads atomic.Bool
		var last atomic.Value
		standby := ticker.NewStandby(board, leads.Load, nil)
		standby.Report = func(_ string, err error) { last.Store(err != nil) }
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- standby.Run(ctx) }()
		time.Sleep(3 * time.Second) // virtual
		if last.Load() != true {
			t.Error("no trouble was reported")
		}
		leads.Store(true)           // and Redis is as it was, for all that the standby knows
		time.Sleep(5 * time.Second) // virtual
		if last.Load() != false {
			t.Error("the trouble was not over")
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: got %v, want nil", err)
		}
	})
}

func TestAStandbyThatCannotHelpRests(t *testing.T) {
	board := &fakeBoard{registered: []string{"t"}}
	onStandby(t, board, false, func(t *testing.T, _ *observer.ObservedLogs) {
		board.set(func() {
			board.paused = true
			board.jobs = []*job{{runner: "t", due: time.Now(), interval: time.Hour}}
		})
		time.Sleep(100 * time.Second) // virtual
		board.set(func() {
			if n := len(board.calls); n < 5 || n > 20 {
				t.Errorf("fired %d times in 100 s, want about ten", n)
			}
		})
	})
}

func TestAStandbyGoesOnAfterAnOutage(t *testing.T) {
	board := &fakeBoard{registered: []string{"t"}}
	onStandby(t, board, false, func(t *testing.T, _ *observer.ObservedLogs) {
		board.set(func() {
			board.err = errDown
			board.jobs = []*job{{runner: "t", due: time.Now(), interval: time.Hour}}
		})
		time.Sleep(30 * time.Second) // virtual
		board.set(func() { board.err = nil })
		time.Sleep(3 * time.Second) // virtual
		board.set(func() {
			if len(board.fired) != 1 {
				t.Errorf("got %d runs, want 1", len(board.fired))
			}
		})
	})
}
