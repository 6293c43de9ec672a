package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/worker"
)

func TestNewSourcesAreLookedAtAtOnceAndSurviveServe(t *testing.T) {
	nop := jobs.RunnerFunc(func(context.Context, *jobs.Attempt) error { return nil })
	bubble(t, worker.Config{Poll: time.Second}, nop, func(s *scene) {
		queue := func(source, run string) {
			s.redis.set(func() {
				s.redis.queues[source] = append(s.redis.queues[source], &jobs.Attempt{Run: jobs.RunID(run), Job: "j", Runner: "t", Queued: time.Now()})
			})
		}
		ended := func(want int, when string) {
			s.t.Helper()
			if _, ends := s.redis.seen(); len(ends) != want {
				s.t.Errorf("%s: got %d ends, want %d: %+v", when, len(ends), want, ends)
			}
		}
		queue("t gpu=true", "j#1")
		queue("other gpu=true", "j#9")
		s.after(2 * time.Second)
		ended(0, "before the source is named")
		s.w.Select([]string{"t gpu=true", "other gpu=true"})
		s.after(10 * time.Millisecond)
		ended(1, "as soon as it is named, and not of a type that is not served")
		queue("t gpu=true", "j#2")
		if err := s.w.Serve(map[string]jobs.Runner{"t": nop}); err != nil {
			s.t.Fatal(err)
		}
		s.after(2 * time.Second)
		ended(2, "after other runners were named")
		s.w.Select(nil)
		queue("t gpu=true", "j#3")
		s.after(2 * time.Second)
		ended(2, "after it is named no more")
	})
}
