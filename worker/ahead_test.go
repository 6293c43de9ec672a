package worker_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/worker"
)

// lasting answers a runner whose runs last as long as their payloads say, and how many
// it executed at once at most.
func lasting() (jobs.RunnerFunc, *atomic.Int64) {
	var now, most atomic.Int64
	return func(ctx context.Context, a *jobs.Attempt) error {
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		d, err := time.ParseDuration(a.Payload)
		if err != nil {
			return err
		}
		select {
		case <-time.After(d): // virtual
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}, &most
}

func (s *scene) pushLasting(n int, d time.Duration) {
	for range n {
		s.redis.push(jobs.Attempt{Payload: d.String()})
	}
}

// exchanges are how many calls took or acked something.
func (s *scene) exchanges() (n int) {
	calls, _ := s.redis.seen()
	for _, c := range calls {
		if c.ends > 0 || c.want > 0 {
			n++
		}
	}
	return n
}

// held is how many runs Redis has in the worker's name.
func (s *scene) held() (n int) {
	s.redis.set(func() {
		for _, attempts := range s.redis.held {
			n += len(attempts)
		}
	})
	return n
}

// states counts what has ended, or was given back.
func (s *scene) states() map[jobs.State]int {
	states := map[jobs.State]int{}
	_, ends := s.redis.seen()
	for _, end := range ends {
		states[end.State]++
	}
	return states
}

func TestShortRunsOfALongQueueShareCalls(t *testing.T) {
	run, most := lasting()
	bubble(t, worker.Config{Concurrency: 8}, run, func(s *scene) {
		s.pushLasting(800, 5*time.Millisecond)
		s.ring()
		s.after(560 * time.Millisecond) // 100 times 5 ms, and a little
		if states := s.states(); states[jobs.Succeeded] != 800 || len(states) != 1 {
			s.t.Errorf("got %v, want 800 successes", states)
		}
		if got := most.Load(); got != 8 {
			s.t.Errorf("%d ran at once, want 8", got)
		}
		if got := s.exchanges(); got > 110 {
			s.t.Errorf("got %d calls for 800 runs, want one for 8 or more", got)
		}
	})
}

// Of runs that take no time as many are held again: while Redis acks some, others run.
func TestSlotsHaveWorkWhileACallIsUnderWay(t *testing.T) {
	run, _ := lasting()
	bubble(t, worker.Config{Concurrency: 20, Batch: 20}, run, func(s *scene) {
		s.redis.set(func() { s.redis.far = 5 * time.Millisecond })
		s.pushLasting(400, 0)
		s.ring()
		for range 10 {
			s.after(5 * time.Millisecond)
			if got := s.held(); got > 40 {
				s.t.Errorf("%d are held for 20 slots, want 40 at most", got)
			}
		}
		if got := s.held(); got != 40 {
			s.t.Errorf("%d are held for 20 slots, want 40", got)
		}
		s.after(80 * time.Millisecond)
		if states := s.states(); states[jobs.Succeeded] != 400 || len(states) != 1 {
			s.t.Errorf("got %v, want 400 successes", states)
		}
	})
}

// A call is never so long that others notice, however many slots and short runs there are.
func TestNoCallTakesMoreThanTheLargestBatch(t *testing.T) {
	run, _ := lasting()
	bubble(t, worker.Config{Concurrency: 120, Lanes: 1, Batch: 300}, run, func(s *scene) {
		s.redis.set(func() { s.redis.far = time.Millisecond })
		s.pushLasting(5000, 0)
		s.ring()
		s.after(time.Second)
		calls, _ := s.redis.seen()
		most := 0
		for _, c := range calls {
			most = max(most, c.want)
		}
		if most != 400 {
			s.t.Errorf("a call asked for %d, want 400 at most", most)
		}
	})
}

func TestALaneOfMoreSlotsThanABatchTakesAheadToo(t *testing.T) {
	run, _ := lasting()
	bubble(t, worker.Config{Concurrency: 50, Batch: 20}, run, func(s *scene) {
		s.pushLasting(2000, 5*time.Millisecond)
		s.ring()
		most := 0
		for range 100 {
			s.after(time.Millisecond)
			most = max(most, s.held())
		}
		if most <= 50 || most > 70 {
			s.t.Errorf("at most %d were held for 50 slots, want more, and a batch more at most", most)
		}
	})
}

// Runs of different lengths end one by one, and each would be a call of its own.
func TestRunsThatEndOneByOneShareCalls(t *testing.T) {
	run, _ := lasting()
	bubble(t, worker.Config{Concurrency: 8}, run, func(s *scene) {
		for i := range 800 {
			s.pushLasting(1, time.Duration(3000+i*997%4001)*time.Microsecond)
		}
		s.ring()
		s.after(time.Second)
		if states := s.states(); states[jobs.Succeeded] != 800 {
			s.t.Errorf("got %v, want 800 successes", states)
		}
		if got := s.exchanges(); got > 200 {
			s.t.Errorf("got %d calls for 800 runs, want one for 4 or more", got)
		}
	})
}

func TestNothingIsTakenAheadOfLongRuns(t *testing.T) {
	run, _ := lasting()
	bubble(t, worker.Config{Concurrency: 16}, run, func(s *scene) {
		s.pushLasting(160, 100*time.Millisecond)
		s.ring()
		for range 10 {
			if got := s.held(); got > 16 {
				s.t.Errorf("%d were taken for 16 slots", got)
			}
			s.after(95 * time.Millisecond)
		}
	})
}

func TestWhatWaitsBehindLongRunsIsGivenBackAndNoMoreIsTakenAhead(t *testing.T) {
	run, _ := lasting()
	bubble(t, worker.Config{Concurrency: 4}, run, func(s *scene) {
		s.pushLasting(200, 2*time.Millisecond)
		s.pushLasting(50, time.Hour)
		s.ring()
		s.after(10 * time.Second)
		states := s.states()
		if back := states[jobs.Queued]; states[jobs.Succeeded] != 200 || back == 0 || back > 16 {
			s.t.Errorf("got %v, want 200 successes and one to sixteen given back", states)
		}
		if got := s.held(); got != 4 {
			s.t.Errorf("%d are held for 4 slots, want 4", got)
		}
	})
}

func TestWhatWaitsWhenTheWorkerStopsIsGivenBackUnstarted(t *testing.T) {
	run, _ := lasting()
	bubble(t, worker.Config{Concurrency: 4}, run, func(s *scene) {
		s.pushLasting(400, 10*time.Millisecond)
		s.ring()
		s.after(205 * time.Millisecond)
		if held, running := s.held(), s.w.Running(); held <= 4 || running != 4 {
			s.t.Fatalf("%d are held and %d running in 4 slots, want more, and 4", held, running)
		}
		if took, err := s.stopped(); err != nil || took > 20*time.Millisecond {
			s.t.Errorf("stopped after %v: %v", took, err)
		}
		states := s.states()
		if back := states[jobs.Queued]; back == 0 || back > 8 || states[jobs.Succeeded]+back != sum(states) {
			s.t.Errorf("got %v, want successes and one to eight given back", states) // 20 ms of four slots
		}
	})
}

func sum(states map[jobs.State]int) (n int) {
	for _, of := range states {
		n += of
	}
	return n
}
