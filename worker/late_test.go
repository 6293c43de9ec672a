package worker_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/worker"
)

func TestATakeAnsweredLateIsRenewedAtOnce(t *testing.T) {
	bubble(t, worker.Config{}, untilDone, func(s *scene) {
		s.after(20 * time.Millisecond)
		s.redis.push(jobs.Attempt{})
		s.redis.set(func() { s.redis.swallow = 6 }) // 50 ms, 100 ms, ... : more than 0.3 of the lease
		s.ring()
		s.after(2500 * time.Millisecond)
		calls, _ := s.redis.seen()
		for i, c := range calls {
			if c.renew {
				if gap := c.at.Sub(calls[i-1].at); gap > 10*time.Millisecond {
					s.t.Errorf("renewed %v after the answer, want at once", gap)
				}
				return
			}
		}
		s.t.Error("never renewed")
	})
}

// countingUntilDone is untilDone, and how many were started.
func countingUntilDone() (*atomic.Int64, jobs.RunnerFunc) {
	started := new(atomic.Int64)
	return started, func(ctx context.Context, a *jobs.Attempt) error {
		started.Add(1)
		return untilDone(ctx, a)
	}
}

func TestWhatWouldBeCutOffAtOnceIsGivenBackUnstarted(t *testing.T) {
	started, run := countingUntilDone()
	bubble(t, worker.Config{}, run, func(s *scene) {
		s.redis.set(func() { s.redis.down = true })
		s.after(10 * time.Second) // a take waits for its answer since before the lease could have ended
		late := s.redis.push(jobs.Attempt{CutOff: true})
		s.redis.set(func() { s.redis.down = false })
		s.after(2 * time.Second)
		_, ends := s.redis.seen()
		if len(ends) != 1 || ends[0].Run != late || ends[0].State != jobs.Queued || started.Load() != 0 {
			t.Errorf("got %d started and the ends %+v, want none and one given back", started.Load(), ends)
		}
		s.redis.push(jobs.Attempt{CutOff: true})
		s.after(time.Second)
		if started.Load() != 1 {
			t.Errorf("got %d started, want the next one", started.Load())
		}
	})
}

// An agent that was stopped for longer than its lease finds what a take has brought meanwhile:
// others execute it by now.
func TestWhatComesWhenItsLeaseMayBeOverIsGivenBackUnstarted(t *testing.T) {
	started, run := countingUntilDone()
	bubble(t, worker.Config{}, run, func(s *scene) {
		s.after(20 * time.Millisecond)
		late := s.redis.push(jobs.Attempt{})
		s.redis.set(func() { s.redis.far = 4001 * time.Millisecond })
		s.ring()
		s.after(4050 * time.Millisecond)
		if started.Load() != 0 {
			t.Error("it was started")
		}
		s.redis.set(func() { s.redis.far = 0 })
		s.redis.push(jobs.Attempt{})
		s.after(5 * time.Second)
		_, ends := s.redis.seen()
		if len(ends) != 1 || ends[0].Run != late || ends[0].State != jobs.Queued || started.Load() != 1 {
			t.Errorf("got %d started and the ends %+v, want one given back, and the next one started", started.Load(), ends)
		}
	})
}
