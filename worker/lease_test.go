package worker_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/worker"
)

// causes notes why attempts ended, by job.
type causes struct {
	mu   sync.Mutex
	seen map[string]error
	at   map[string]time.Time
}

func (c *causes) run(ctx context.Context, a *jobs.Attempt) error {
	<-ctx.Done()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen, c.at = map[string]error{}, map[string]time.Time{}
	}
	c.seen[a.Job], c.at[a.Job] = context.Cause(ctx), time.Now()
	return context.Cause(ctx)
}

func (c *causes) of(job string) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at[job], c.seen[job]
}

func TestCallsWithoutAnswerAreRepeatedAsTheyWere(t *testing.T) {
	for lost := 1; lost <= 6; lost++ {
		t.Run(fmt.Sprintf("%d answers lost", lost), func(t *testing.T) {
			bubble(t, worker.Config{}, func(context.Context, *jobs.Attempt) error { return nil }, func(s *scene) {
				s.redis.set(func() { s.redis.swallow = lost })
				var pushed []jobs.RunID
				for range 100 {
					pushed = append(pushed, s.redis.push(jobs.Attempt{}))
				}
				s.after(10 * time.Second)
				calls, ends := s.redis.seen()
				seen := map[jobs.RunID]int{}
				for _, end := range ends {
					seen[end.Run]++
				}
				for _, run := range pushed {
					if seen[run] != 1 {
						s.t.Errorf("run %s ended %d times, want once", run, seen[run])
					}
				}
				var take, ack int64
				for _, c := range calls {
					if c.take > take+2 || c.ack > 0 && c.ack < ack || c.take > 0 && c.take < take {
						s.t.Errorf("operations jump: take %d after %d, ack %d after %d", c.take, take, c.ack, ack)
					}
					take, ack = max(take, c.take), max(ack, c.ack)
				}
			})
		})
	}
}

func TestALaneThatHoldsRunsRenews(t *testing.T) {
	bubble(t, worker.Config{}, untilDone, func(s *scene) {
		s.after(10 * time.Second)
		s.redis.push(jobs.Attempt{})
		s.redis.push(jobs.Attempt{})
		s.ring()
		before, _ := s.redis.seen()
		start := time.Now()
		s.after(12100 * time.Millisecond)
		calls, _ := s.redis.seen()
		for _, c := range before {
			if c.renew {
				s.t.Error("a lane that holds nothing renewed as if it held something")
			}
		}
		s.redis.set(func() {
			if s.redis.looks != 4 {
				s.t.Errorf("a lane that held nothing renewed %d times in ten seconds, want each three seconds", s.redis.looks)
			}
		})
		var renews []call
		for _, c := range calls {
			if c.renew {
				renews = append(renews, c)
			}
		}
		if len(renews) != 10 {
			s.t.Fatalf("got %d renews in 12 s, want 10", len(renews))
		}
		for i, c := range renews {
			if want := time.Duration(i+1) * 1200 * time.Millisecond; c.at.Sub(start) != want || c.count != 2 {
				s.t.Errorf("renew %d: got %v after the take with count %d, want %v and 2", i, c.at.Sub(start), c.count, want)
			}
		}
	})
}

func TestAnOutageKeepsAttemptsButNotThoseThatWantToBeCutOff(t *testing.T) {
	var c causes
	bubble(t, worker.Config{}, c.run, func(s *scene) {
		s.redis.push(jobs.Attempt{Job: "keep", CutOff: false})
		cut := s.redis.push(jobs.Attempt{Job: "cut", CutOff: true, Grace: time.Minute})
		s.after(300 * time.Millisecond)
		s.ring() // the last exchange before the outage, which moves the lease as well
		last := time.Now()
		s.redis.set(func() { s.redis.down = true })
		s.after(time.Minute)
		at, cause := c.of("cut")
		if got := at.Sub(last); !errors.Is(cause, jobs.ErrLost) || got != 2800*time.Millisecond {
			s.t.Errorf("cut off after %v for %v, want 2.8s for %v", got, cause, jobs.ErrLost)
		}
		if _, cause := c.of("keep"); cause != nil || s.w.Running() != 1 {
			s.t.Errorf("the other one ended: %v", cause)
		}
		if got := s.log.FilterMessageSnippet("trying again").Len(); got != 1 {
			s.t.Errorf("the outage was logged %d times, want once", got)
		}
		calls, _ := s.redis.seen()
		if len(calls) > 260 {
			s.t.Errorf("got %d calls in a minute of outage, want at most four a second", len(calls))
		}

		s.redis.set(func() { s.redis.down = false })
		s.after(2 * time.Second)
		_, ends := s.redis.seen()
		if len(ends) != 1 || ends[0].Run != cut || ends[0].State != jobs.Queued {
			s.t.Errorf("got %+v, want the one that was cut off given back", ends)
		}
		if s.w.Running() != 1 || s.log.FilterMessageSnippet("works again").Len() != 1 {
			s.t.Error("want the other one to go on, and a word about it")
		}
	})
}

func TestALostLeaseStopsAllAndIsNotAcked(t *testing.T) {
	var c causes
	bubble(t, worker.Config{}, c.run, func(s *scene) {
		s.redis.push(jobs.Attempt{Job: "a"})
		s.redis.push(jobs.Attempt{Job: "b"})
		s.after(300 * time.Millisecond)
		s.redis.set(func() { s.redis.stale = true })
		s.after(1500 * time.Millisecond)
		for _, job := range []string{"a", "b"} {
			if _, cause := c.of(job); !errors.Is(cause, jobs.ErrLost) {
				s.t.Errorf("%s: got cause %v, want %v", job, cause, jobs.ErrLost)
			}
		}
		s.redis.push(jobs.Attempt{Job: "c"})
		s.ring()
		calls, ends := s.redis.seen()
		if len(ends) != 0 || s.w.Running() != 1 {
			s.t.Errorf("got %d ends and %d running, want none and the new one", len(ends), s.w.Running())
		}
		for _, c := range calls {
			if c.ack != 0 {
				s.t.Error("a lost attempt was acked")
			}
		}
		if names := lanes(calls); len(names) != 2 {
			s.t.Errorf("got lanes %v, want another name after the loss", names)
		}
	})
}

func TestALaneSaysWithAcksHowManyItHoldsIfItKnows(t *testing.T) {
	run, _ := lasting()
	cfg := worker.Config{Concurrency: 10, Lanes: 1}
	saying := func(s *scene) (held []int) {
		calls, _ := s.redis.seen()
		for _, c := range calls {
			if c.ends > 0 {
				held = append(held, c.held)
			}
		}
		return held
	}
	t.Run("it knows", func(t *testing.T) {
		bubble(t, cfg, run, func(s *scene) {
			for _, last := range []string{"1s", "2s", "3s", "1h", "1h"} {
				s.redis.push(jobs.Attempt{Payload: last})
			}
			s.ring()
			s.after(4 * time.Second)
			if held := saying(s); !slices.Equal(held, []int{5, 4, 3}) {
				s.t.Errorf("got %v, want one less with each that has ended", held)
			}
		})
	})
	t.Run("the answer to a take is lost", func(t *testing.T) {
		bubble(t, cfg, run, func(s *scene) {
			s.redis.push(jobs.Attempt{Payload: "100ms"})
			s.ring()
			s.redis.push(jobs.Attempt{Payload: "1h"})
			s.redis.set(func() { s.redis.swallow = 1 })
			s.ring()
			s.after(time.Second)
			if held := saying(s); !slices.Equal(held, []int{0}) && !slices.Equal(held, []int{2}) {
				s.t.Errorf("got %v, want it to know of both or to say nothing", held)
			}
		})
	})
}

func TestOnlyWhatRedisNoLongerListsIsStopped(t *testing.T) {
	var c causes
	bubble(t, worker.Config{}, c.run, func(s *scene) {
		s.redis.push(jobs.Attempt{Job: "gone"})
		s.redis.push(jobs.Attempt{Job: "stays"})
		s.after(300 * time.Millisecond)
		s.redis.set(func() {
			for _, lane := range s.redis.held {
				for token, a := range lane {
					if a.Job == "gone" {
						delete(lane, token)
					}
				}
			}
		})
		s.after(1500 * time.Millisecond)
		if _, cause := c.of("gone"); !errors.Is(cause, jobs.ErrLost) {
			s.t.Errorf("got cause %v, want %v", cause, jobs.ErrLost)
		}
		if _, cause := c.of("stays"); cause != nil || s.w.Running() != 1 {
			s.t.Errorf("the other one: got cause %v", cause)
		}
	})
}

func TestCancelMarksStopWhatTheyMean(t *testing.T) {
	var c causes
	bubble(t, worker.Config{}, c.run, func(s *scene) {
		run := s.redis.push(jobs.Attempt{Job: "run"})
		s.redis.push(jobs.Attempt{Job: "job"})
		s.redis.push(jobs.Attempt{Job: "other"})
		s.after(300 * time.Millisecond)
		s.redis.set(func() {
			s.redis.marks[string(run)] = time.Now()
			s.redis.marks["job"] = time.Now()
			s.redis.marks["other"] = time.Now().Add(-time.Hour) // before it was queued
		})
		s.after(1300 * time.Millisecond)
		for _, job := range []string{"run", "job"} {
			if _, cause := c.of(job); !errors.Is(cause, jobs.ErrCancelled) {
				s.t.Errorf("%s: got cause %v, want %v", job, cause, jobs.ErrCancelled)
			}
		}
		if _, cause := c.of("other"); cause != nil {
			s.t.Errorf("other: got cause %v, want none", cause)
		}
		_, ends := s.redis.seen()
		if len(ends) != 2 || ends[0].State != jobs.Cancelled || ends[1].State != jobs.Cancelled {
			s.t.Errorf("got %+v, want two that are cancelled", ends)
		}
		s.redis.set(func() { s.redis.marks["job"] = time.Now() })
		s.after(time.Millisecond)
		s.redis.push(jobs.Attempt{Job: "job"}) // after the mark
		s.ring()
		s.after(5 * time.Second)
		if got := s.w.Running(); got != 2 {
			s.t.Errorf("got %d running, want 2: a later run is not cancelled", got)
		}
	})
}

func TestACancelReachesWhatCameWithALateAnswer(t *testing.T) {
	var c causes
	bubble(t, worker.Config{}, c.run, func(s *scene) {
		s.redis.push(jobs.Attempt{Job: "a"}) // makes the lane renew
		s.after(300 * time.Millisecond)
		s.redis.push(jobs.Attempt{Job: "b"})
		s.redis.set(func() {
			s.redis.swallow = 8                    // for more than two seconds
			s.redis.slow = 1100 * time.Millisecond // so that a renew is under way when the answer comes
		})
		s.ring()
		s.redis.set(func() { s.redis.marks["b"] = time.Now() })
		s.after(2 * time.Second)
		if got := s.w.Running(); got != 1 {
			s.t.Fatalf("got %d running, want the answer still to come", got)
		}
		s.after(10 * time.Second)
		if _, cause := c.of("b"); !errors.Is(cause, jobs.ErrCancelled) {
			s.t.Errorf("got cause %v, want %v", cause, jobs.ErrCancelled)
		}
	})
}

func TestManyMarksArriveInPages(t *testing.T) {
	var c causes
	bubble(t, worker.Config{}, c.run, func(s *scene) {
		s.redis.push(jobs.Attempt{Job: "a"})
		s.after(5 * time.Second)
		calls, _ := s.redis.seen()
		last := calls[len(calls)-1]
		for i := len(calls) - 1; !last.renew; i-- {
			last = calls[i]
		}
		if age := last.at.Sub(last.since); age > 3*time.Second || age < time.Second {
			s.t.Errorf("the marks of the last %v were asked for, want those since the last renew and a little", age)
		}
		newest := time.Now().Add(time.Second)
		s.redis.set(func() {
			for i := range 1000 {
				s.redis.marks[fmt.Sprintf("x#%d", i)] = newest.Add(-time.Duration(i) * time.Millisecond)
			}
		})
		before := len(calls)
		s.after(1300 * time.Millisecond)
		s.redis.set(func() { clear(s.redis.marks) })
		calls, _ = s.redis.seen()
		for _, c := range calls[before:] {
			if c.renew && c.since.Equal(newest) {
				return
			}
		}
		s.t.Error("a full page of marks is not followed by another renew")
	})
}

func TestARefusedTypeDoesNotStopTheOthers(t *testing.T) {
	nop := jobs.RunnerFunc(func(_ context.Context, a *jobs.Attempt) error {
		_, err := io.WriteString(a.Output, "x")
		return err
	})
	bubble(t, worker.Config{Runners: map[string]jobs.Runner{"bad": nop, "good": nop, "fine": nop}}, nil, func(s *scene) {
		s.redis.set(func() { s.redis.broken["bad"] = true })
		for range 40 {
			s.redis.push(jobs.Attempt{Runner: "good"})
			s.redis.push(jobs.Attempt{Runner: "fine"})
			s.after(500 * time.Millisecond)
		}
		s.after(5 * time.Second)
		if _, ends := s.redis.seen(); len(ends) != 80 {
			s.t.Errorf("got %d ends, want 80", len(ends))
		}
	})
}

func TestAnAttemptThatDoesNotEndIsTold(t *testing.T) {
	bubble(t, worker.Config{}, func(context.Context, *jobs.Attempt) error {
		time.Sleep(30 * time.Second) // deaf to its context
		return nil
	}, func(s *scene) {
		s.redis.push(jobs.Attempt{Timeout: time.Second, Grace: time.Second})
		s.after(20 * time.Second)
		if got := s.log.FilterMessageSnippet("does not end").Len(); got != 1 {
			s.t.Errorf("told %d times, want once", got)
		}
		if _, ends := s.redis.seen(); len(ends) != 0 {
			s.t.Error("acked while it runs")
		}
		s.after(20 * time.Second)
		if _, ends := s.redis.seen(); len(ends) != 1 || ends[0].State != jobs.TimedOut {
			s.t.Errorf("got %+v, want one that timed out", ends)
		}
	})
}
