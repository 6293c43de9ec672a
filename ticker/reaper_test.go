package ticker_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/ticker"
)

type fakeLeases struct {
	mu    sync.Mutex
	calls []time.Time
	dead  int64 // runs of lanes without a lease
	down  bool
}

func (f *fakeLeases) Jreap(_ context.Context, lease time.Duration, limit int) (jobs.Reaped, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, time.Now())
	if f.down {
		return jobs.Reaped{}, errDown
	}
	if lease != 4*time.Second {
		return jobs.Reaped{}, jobs.ErrInvalid
	}
	n := min(f.dead, int64(limit))
	f.dead -= n
	return jobs.Reaped{Lost: n, More: n == int64(limit)}, nil
}

func (f *fakeLeases) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func TestAReaperLooksTwiceASecondAndOutlivesAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, log := observer.New(zap.InfoLevel)
		f := &fakeLeases{}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- ticker.NewReaper(f, 4*time.Second, zap.New(core)).Run(ctx) }()

		time.Sleep(10 * time.Second) // virtual
		f.set(func() {
			if n := len(f.calls); n < 18 || n > 23 {
				t.Errorf("got %d calls in 10 s, want about 20", n)
			}
			gaps := map[time.Duration]bool{}
			for i := 1; i < len(f.calls); i++ {
				gap := f.calls[i].Sub(f.calls[i-1])
				gaps[gap] = true
				if gap < 400*time.Millisecond || gap > 600*time.Millisecond {
					t.Errorf("got %v between calls, want 500ms with a jitter of a fifth", gap)
				}
			}
			if len(gaps) < 10 {
				t.Error("the calls come as a clock ticks")
			}
			f.down = true
		})
		time.Sleep(10 * time.Second) // virtual
		f.set(func() { f.down = false })
		time.Sleep(1300 * time.Millisecond) // virtual
		if log.Len() != 2 {
			t.Errorf("got %v, want one line at the fault and one at its end", log.All())
		}

		f.set(func() { f.dead = 2600 })
		time.Sleep(601 * time.Millisecond) // virtual
		f.set(func() {
			if f.dead != 0 {
				t.Errorf("%d runs of dead workers wait, want none: there was more", f.dead)
			}
			f.calls = nil
			f.dead = 1
		})
		time.Sleep(1200 * time.Millisecond) // virtual
		f.set(func() {
			if gap := f.calls[1].Sub(f.calls[0]); f.dead != 0 || gap < 200*time.Millisecond || gap > 300*time.Millisecond {
				t.Errorf("got %v after a look that found something, want 250ms with a jitter of a fifth", gap)
			}
		})
		cancel()
		if err := <-done; err != nil {
			t.Errorf("got %v, want nil", err)
		}
	})
}
