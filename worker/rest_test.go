package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/worker"
)

func TestARestingWorkerTakesNothingUntilItIsResumed(t *testing.T) {
	bubble(t, worker.Config{Lanes: 2}, forAWhile, func(s *scene) {
		running := s.redis.push(jobs.Attempt{Payload: "2s"})
		s.after(300 * time.Millisecond)
		start := time.Now()
		s.w.Rest(context.Background())
		if took := time.Since(start); took < 1600*time.Millisecond || took > 2100*time.Millisecond {
			s.t.Errorf("at rest after %v, want about 2s, when the attempt has ended", took)
		}
		if _, ends := s.redis.seen(); len(ends) != 1 || ends[0].Run != running || ends[0].State != jobs.Succeeded {
			s.t.Errorf("got %+v, want %s succeeded", ends, running)
		}
		waiting := s.redis.push(jobs.Attempt{Payload: "1s"})
		s.bell.rings <- struct{}{}
		s.after(time.Minute)
		if _, ends := s.redis.seen(); len(ends) != 1 || s.w.Running() != 0 || !s.w.Resting() {
			s.t.Errorf("%d have ended and %d run, want 1 and none: the worker rests", len(ends), s.w.Running())
		}
		s.w.Resume()
		s.after(1500 * time.Millisecond)
		if _, ends := s.redis.seen(); len(ends) != 2 || ends[1].Run != waiting {
			s.t.Errorf("got %+v, want %s ended as well", ends, waiting)
		}
		if s.w.Resting() {
			s.t.Error("it still rests")
		}
	})
}

func TestARestThatTakesTooLongGivesBack(t *testing.T) {
	bubble(t, worker.Config{}, forAWhile, func(s *scene) {
		run := s.redis.push(jobs.Attempt{Payload: "1h"})
		s.after(300 * time.Millisecond)
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		start := time.Now()
		s.w.Rest(ctx)
		if took := time.Since(start); took < 3*time.Second || took > 3100*time.Millisecond {
			s.t.Errorf("at rest after %v, want 3s", took)
		}
		s.after(time.Second)
		if _, ends := s.redis.seen(); len(ends) != 1 || ends[0].Run != run || ends[0].State != jobs.Queued {
			s.t.Errorf("got %+v, want %s given back", ends, run)
		}
		if took, err := s.stopped(); err != nil || took != 0 {
			s.t.Errorf("stopped after %v with %v, want at once", took, err)
		}
	})
}

func TestResumeEndsARestThatWaits(t *testing.T) {
	bubble(t, worker.Config{}, forAWhile, func(s *scene) {
		s.redis.push(jobs.Attempt{Payload: "1h"})
		s.after(300 * time.Millisecond)
		rested := make(chan struct{})
		go func() {
			defer close(rested)
			s.w.Rest(context.Background())
		}()
		s.after(time.Second)
		s.w.Resume()
		s.after(100 * time.Millisecond)
		select {
		case <-rested:
		default:
			s.t.Error("Rest still waits")
		}
		if s.w.Running() != 1 {
			s.t.Error("the attempt was stopped")
		}
	})
}
