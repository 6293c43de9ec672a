package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/worker"
)

// forAWhile runs for the time that the payload says, unless it is told to end.
func forAWhile(ctx context.Context, a *jobs.Attempt) error {
	d, err := time.ParseDuration(a.Payload)
	if err != nil {
		return err
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func TestStoppingFinishesWhatEndsInTimeAndGivesBackTheRest(t *testing.T) {
	bubble(t, worker.Config{Drain: 10 * time.Second}, forAWhile, func(s *scene) {
		short := s.redis.push(jobs.Attempt{Payload: "5s"})
		long := s.redis.push(jobs.Attempt{Payload: "1h"})
		s.after(300 * time.Millisecond)
		queued := s.redis.push(jobs.Attempt{Payload: "1s"})
		took, err := s.stopped()
		if err != nil || took != 10*time.Second {
			s.t.Errorf("got %v after %v, want nil after 10s", err, took)
		}
		calls, ends := s.redis.seen()
		got := map[jobs.RunID]jobs.State{}
		for _, end := range ends {
			got[end.Run] = end.State
		}
		if len(got) != 2 || got[short] != jobs.Succeeded || got[long] != jobs.Queued {
			s.t.Errorf("got %v, want %s succeeded and %s given back", got, short, long)
		}
		if left := s.redis.queues["t"]; len(left) != 1 || left[0].Run != queued {
			s.t.Errorf("left in the queue: got %v, want %s alone", left, queued)
		}
		if names := lanes(calls); len(s.redis.left) != 1 || s.redis.left[0] != names[0] {
			s.t.Errorf("lanes that have left: got %v, want %v", s.redis.left, names)
		}
		select {
		case <-s.bell.closed:
		default:
			s.t.Error("the bell is still open")
		}
	})
}

func TestAnIdleWorkerStopsAtOnce(t *testing.T) {
	bubble(t, worker.Config{Lanes: 3}, forAWhile, func(s *scene) {
		s.after(time.Second)
		took, err := s.stopped()
		if err != nil || took != 0 || len(s.redis.left) != 3 {
			s.t.Errorf("got %v after %v and %d lanes left, want nil, 0s and 3", err, took, len(s.redis.left))
		}
	})
}

func TestDrainEndsWithItsContext(t *testing.T) {
	bubble(t, worker.Config{}, forAWhile, func(s *scene) {
		run := s.redis.push(jobs.Attempt{Payload: "1h"})
		s.after(300 * time.Millisecond)
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		start := time.Now()
		s.w.Drain(ctx)
		if took := time.Since(start); took != 3*time.Second {
			s.t.Errorf("drained after %v, want 3s", took)
		}
		if _, ends := s.redis.seen(); len(ends) != 1 || ends[0].Run != run || ends[0].State != jobs.Queued {
			s.t.Errorf("got %+v, want it given back", ends)
		}
		s.w.Drain(ctx) // again is harmless
	})
}

func TestDrainBeforeRunKeepsItFromTaking(t *testing.T) {
	t.Parallel()
	redis := newFakeRedis()
	redis.push(jobs.Attempt{})
	w, err := worker.New(redis, nil, worker.Config{Runners: map[string]jobs.Runner{"t": jobs.RunnerFunc(forAWhile)}})
	if err != nil {
		t.Fatal(err)
	}
	w.Drain(t.Context())
	if err := w.Run(t.Context()); err != nil {
		t.Errorf("run: got %v", err)
	}
	if err := w.Run(t.Context()); err == nil {
		t.Error("a second Run is no error")
	}
	for _, c := range redis.calls {
		if c.take != 0 {
			t.Errorf("got %+v, want no take", c)
		}
	}
}

func TestATakeAnsweredWhileStoppingIsGivenBack(t *testing.T) {
	bubble(t, worker.Config{}, forAWhile, func(s *scene) {
		s.after(20 * time.Millisecond)
		run := s.redis.push(jobs.Attempt{Payload: "1h"})
		s.redis.set(func() { s.redis.swallow = 3 })
		s.ring()
		took, err := s.stopped()
		if err != nil || took > time.Second {
			s.t.Errorf("got %v after %v, want nil at once", err, took)
		}
		if _, ends := s.redis.seen(); len(ends) != 1 || ends[0].Run != run || ends[0].State != jobs.Queued {
			s.t.Errorf("got %+v, want it given back", ends)
		}
	})
}

func TestADeadRedisDoesNotHoldUpAnIdleWorker(t *testing.T) {
	bubble(t, worker.Config{}, forAWhile, func(s *scene) {
		s.redis.set(func() { s.redis.down = true })
		s.after(10 * time.Second)
		if took, err := s.stopped(); err != nil || took > 4*time.Second {
			s.t.Errorf("got %v after %v, want nil within 4s", err, took)
		}
	})
}

func TestEndsThatCannotBeToldAreAnError(t *testing.T) {
	bubble(t, worker.Config{Drain: 5 * time.Second}, forAWhile, func(s *scene) {
		s.redis.push(jobs.Attempt{Payload: "2s"})
		s.after(300 * time.Millisecond)
		s.redis.set(func() { s.redis.down = true })
		took, err := s.stopped()
		if err == nil || took > 8*time.Second {
			s.t.Errorf("got %v after %v, want an error within 8s", err, took)
		}
	})
}

func TestARunnerThatIgnoresTheStopIsAnError(t *testing.T) {
	bubble(t, worker.Config{Drain: 5 * time.Second}, func(context.Context, *jobs.Attempt) error {
		time.Sleep(time.Minute) // deaf to its context
		return nil
	}, func(s *scene) {
		s.redis.push(jobs.Attempt{Grace: 3 * time.Second})
		s.after(300 * time.Millisecond)
		took, err := s.stopped()
		if err == nil || took != 12*time.Second {
			s.t.Errorf("got %v after %v, want an error after 12s", err, took)
		}
		if _, ends := s.redis.seen(); len(ends) != 0 {
			s.t.Error("given back while it runs")
		}
		s.after(time.Hour)
	})
}

func TestAFunctionThatFinishesAfterTheStopHasSucceeded(t *testing.T) {
	bubble(t, worker.Config{Drain: time.Second}, func(context.Context, *jobs.Attempt) error {
		time.Sleep(3 * time.Second)
		return nil
	}, func(s *scene) {
		s.redis.push(jobs.Attempt{})
		s.after(300 * time.Millisecond)
		if _, err := s.stopped(); err != nil {
			s.t.Error(err)
		}
		if _, ends := s.redis.seen(); len(ends) != 1 || ends[0].State != jobs.Succeeded {
			s.t.Errorf("got %+v, want success: the work is done", ends)
		}
	})
}
