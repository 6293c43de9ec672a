package worker_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/worker"
)

// hostile wraps a runner that lasts: payloads "goexit" and "panic" end as they say.
func hostile(run jobs.RunnerFunc) jobs.RunnerFunc {
	return func(ctx context.Context, a *jobs.Attempt) error {
		switch a.Payload {
		case "goexit":
			runtime.Goexit()
		case "panic":
			panic("oh")
		}
		return run(ctx, a)
	}
}

// Whatever runs last and whatever fails, each run comes to one end, no more run at once
// than there are slots, and a worker that has nothing to do makes few calls.
func TestRunsTakenAheadSurviveWhateverHappens(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 20))
			pick := func(of ...int) int { return of[random.IntN(len(of))] }
			run, most := lasting()
			cfg := worker.Config{Concurrency: pick(1, 2, 3, 8, 30), Batch: pick(1, 2, 7, 200), Lanes: pick(1, 2)}
			bubble(t, cfg, hostile(run), func(s *scene) {
				s.redis.set(func() { s.redis.again = true })
				pushed := 0
				for range 30 {
					for range random.IntN(60) {
						payload := (time.Duration(random.IntN(4000)) * time.Microsecond).String()
						if i := random.IntN(60); i < 3 {
							payload = []string{"goexit", "panic", "700ms"}[i]
						}
						pushed++
						s.redis.push(jobs.Attempt{Payload: payload, CutOff: random.IntN(4) == 0})
					}
					select {
					case s.bell.rings <- struct{}{}:
					default:
					}
					switch random.IntN(10) {
					case 0:
						s.redis.set(func() { s.redis.swallow = random.IntN(4) })
					case 1:
						s.redis.set(func() { s.redis.stale = true })
					case 2:
						s.redis.set(func() { s.redis.down = true })
						s.after(time.Duration(random.IntN(6000)) * time.Millisecond)
						s.redis.set(func() { s.redis.down = false })
					case 4:
						s.redis.set(func() {
							for lane, held := range s.redis.held {
								s.redis.reap(lane, len(held)/2)
							}
						})
					case 3:
						ctx, stop := context.WithTimeout(s.t.Context(), time.Duration(random.IntN(200))*time.Millisecond)
						s.w.Rest(ctx)
						stop()
						s.w.Resume()
					}
					s.after(time.Duration(random.IntN(300)) * time.Millisecond)
				}
				s.after(time.Minute)
				states := s.states()
				if ended := sum(states) - states[jobs.Queued]; ended != pushed {
					s.t.Errorf("%d runs ended of %d: %v", ended, pushed, states)
				}
				if running, held := s.w.Running(), s.held(); running != 0 || held != 0 {
					s.t.Errorf("%d are said to run, %d are held", running, held)
				}
				if got := most.Load(); got > int64(cfg.Concurrency) {
					s.t.Errorf("%d ran at once in %d slots", got, cfg.Concurrency)
				}
				before := s.exchanges()
				s.after(10 * time.Second)
				if got := s.exchanges() - before; got > 60 {
					s.t.Errorf("%d calls in 10 s with nothing to do", got)
				}
				if _, err := s.stopped(); err != nil {
					s.t.Error(err)
				}
			})
		})
	}
}

func TestWhatIsCancelledWhileItWaitsIsNotGivenBack(t *testing.T) {
	run, _ := lasting()
	bubble(t, worker.Config{Concurrency: 4, Lease: 500 * time.Millisecond}, run, func(s *scene) {
		s.pushLasting(200, 2*time.Millisecond)
		s.pushLasting(4, time.Hour)
		late := make([]jobs.RunID, 4)
		for i := range late {
			late[i] = s.redis.push(jobs.Attempt{Payload: "1ms"})
		}
		s.ring()
		s.after(110 * time.Millisecond)
		s.redis.set(func() {
			for _, id := range late {
				s.redis.marks[string(id)] = time.Now()
			}
		})
		s.after(500 * time.Millisecond)
		if states := s.states(); states[jobs.Cancelled] != 4 || states[jobs.Queued] != 0 {
			s.t.Errorf("got %v, want the four that waited to be cancelled", states)
		}
	})
}

// What is taken ahead is meant for all slots, so those that are taken for long must not
// count, or it waits here while other workers have nothing to do.
func TestNoRunWaitsLongBehindFewSlots(t *testing.T) {
	var longest atomic.Int64
	run, _ := lasting()
	noting := func(ctx context.Context, a *jobs.Attempt) error {
		longest.Store(max(longest.Load(), int64(time.Since(a.Start))))
		return run(ctx, a)
	}
	bubble(t, worker.Config{Concurrency: 100}, noting, func(s *scene) {
		s.pushLasting(99, time.Hour)
		s.pushLasting(1000, 19*time.Millisecond)
		s.ring()
		s.after(15 * time.Second)
		if got := time.Duration(longest.Load()); got > 350*time.Millisecond {
			s.t.Errorf("a run waited for %v", got)
		}
		if back := s.states()[jobs.Queued]; back > 100*20/19 { // what keeps 100 slots busy for 20 ms
			s.t.Errorf("%d were given back, want once what was meant for all slots", back)
		}
	})
}

func TestNothingIsTakenAheadBeforeTheFirstEnds(t *testing.T) {
	run, _ := lasting()
	bubble(t, worker.Config{Concurrency: 8}, run, func(s *scene) {
		s.pushLasting(400, 3*time.Millisecond)
		s.ring()
		s.after(time.Second)
		s.pushLasting(40, time.Minute)
		s.ring()
		s.after(time.Millisecond)
		if got := s.held(); got != 8 {
			s.t.Errorf("%d long runs were taken for 8 slots, although shorter ones came before", got)
		}
	})
}
