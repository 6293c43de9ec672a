package ticker_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jobs-agent/jobs/ticker"
)

func TestThePaceOfBothLoopsMayBeSet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		board, leases := &fakeBoard{}, &fakeLeases{}
		var asked atomic.Int64
		jitter := func() float64 {
			asked.Add(1)
			return 0.5 // in the middle
		}
		tick, reaper := ticker.New(board, nil), ticker.NewReaper(leases, 4*time.Second, nil)
		tick.Rest, tick.Jitter = time.Minute, jitter
		reaper.Every, reaper.Jitter = 2*time.Minute, jitter
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute+time.Second)
		defer cancel()
		ended := make(chan error, 2)
		go func() { ended <- tick.Run(ctx) }()
		go func() { ended <- reaper.Run(ctx) }()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if len(board.calls) != 11 || len(leases.calls) != 6 || asked.Load() != 6 {
			t.Errorf("got %d fires, %d reaps and %d numbers asked for in 10 minutes, want 11, 6 and one a reap",
				len(board.calls), len(leases.calls), asked.Load())
		}
	})
}
