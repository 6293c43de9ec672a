package worker_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/worker"
)

// byJob runs the job "long" until it is told to end; all others end at once.
func byJob(ctx context.Context, a *jobs.Attempt) error {
	if a.Job == "long" {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	return nil
}

// count is how many runs of a job have ended.
func (s *scene) count(job string) (n int) {
	_, ends := s.redis.seen()
	for _, end := range ends {
		if end.Run.Job() == job && end.State == jobs.Succeeded {
			n++
		}
	}
	return n
}

// forgets has Redis forget that a run of a job was acked, as a failover does.
func (s *scene) forgets(job string) {
	_, ends := s.redis.seen()
	s.redis.set(func() {
		s.redis.forgot = true
		for _, end := range ends {
			if end.Run.Job() == job {
				lane := end.Token[len("1:1:")+len("946684800000")+1:]
				s.redis.held[lane][end.Token] = &jobs.Attempt{Run: end.Run, Job: job, Runner: "t", Token: end.Token}
			}
		}
	})
}

// executesAgain wants that a run of a job ends once more when its ack was forgotten.
func (s *scene) executesAgain(job string, within time.Duration) {
	s.after(time.Second)
	s.forgets(job)
	s.after(within)
	if got := s.count(job); got != 2 {
		s.t.Errorf("the run that nobody held ended %d times, want once more", got)
	}
}

func TestWhatRedisForgotWasAckedIsGivenBackByTheLaneThatGoesOn(t *testing.T) {
	bubble(t, worker.Config{}, byJob, func(s *scene) {
		s.redis.set(func() { s.redis.again = true })
		s.redis.push(jobs.Attempt{Job: "long"})
		s.redis.push(jobs.Attempt{Job: "short"})
		s.executesAgain("short", 5*time.Second)
		if s.w.Running() != 1 || s.count("long") != 0 {
			s.t.Error("want the other one to go on")
		}
	})
}

func TestWhatATakeWithoutAnswerHasBroughtIsNotGivenBack(t *testing.T) {
	bubble(t, worker.Config{}, byJob, func(s *scene) {
		s.redis.set(func() { s.redis.again = true })
		s.redis.push(jobs.Attempt{Job: "long"})
		s.after(time.Second)
		s.redis.set(func() { s.redis.swallow = 100 })
		s.redis.push(jobs.Attempt{Job: "short"})
		s.after(10 * time.Second) // some renews tell of it
		s.redis.set(func() {
			if s.redis.swallow == 0 || s.redis.swallow == 100 {
				s.t.Errorf("%d answers are still to be lost: this tests nothing", s.redis.swallow)
			}
			if len(s.redis.queues["t"]) > 0 {
				s.t.Error("the run was given back while its take waited for the answer")
			}
			s.redis.swallow = 0
		})
		s.after(5 * time.Second)
		if got := s.count("short"); got != 1 {
			s.t.Errorf("the run ended %d times, want once", got)
		}
	})
}

func TestALaneThatHoldsNothingGivesBackWhatRedisForgot(t *testing.T) {
	bubble(t, worker.Config{}, byJob, func(s *scene) {
		s.redis.set(func() { s.redis.again = true })
		s.redis.push(jobs.Attempt{Job: "short"})
		s.executesAgain("short", 8*time.Second)
	})
}

// A failover is played by putting back what Redis had before the ack.
func TestAnAckThatRedisForgotIsMadeUpFor(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	rdb := b.client()
	defer func() { _ = rdb.Close() }()
	first := make(chan *jobs.Attempt, 1)
	again := make(chan *jobs.Attempt, 1)
	over := make(chan struct{})
	defer close(over)
	runners := map[string]jobs.Runner{
		"long": jobs.RunnerFunc(func(context.Context, *jobs.Attempt) error {
			<-over
			return nil
		}),
		"short": jobs.RunnerFunc(func(_ context.Context, a *jobs.Attempt) error {
			into := first
			if a.Lost > 0 {
				into = again
			}
			into <- &jobs.Attempt{Run: a.Run, Token: a.Token, Text: a.Text}
			return nil
		}),
	}
	b.serve(b.worker(b.Commands, worker.Config{Runners: runners, Lanes: 1, Concurrency: 4}))
	b.push(1, "long", "")
	b.push(1, "short", "")
	a := <-first
	b.until("the ack", func() bool { return b.stat("succeeded") == 1 })
	lane := strings.SplitN(a.Token, ":", 4)[3]
	if err := rdb.HSet(t.Context(), b.Keys().Held(lane), a.Token, a.Text).Err(); err != nil {
		t.Fatal(err)
	}
	select {
	case next := <-again:
		if next.Run != a.Run {
			t.Errorf("got run %s, want %s once more", next.Run, a.Run)
		}
	case <-time.After(20 * time.Second):
		t.Error("the run whose ack was forgotten is not executed once more")
	}
	b.until("its end", func() bool { return b.stat("succeeded") == 2 })
	if lost := b.stat("lost"); lost != 1 {
		t.Errorf("%d runs were lost, want that one", lost)
	}
}
