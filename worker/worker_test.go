package worker_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/worker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scene is a worker that serves a fake Redis in a bubble.
type scene struct {
	t     *testing.T
	redis *fakeRedis
	bell  *fakeBell
	w     *worker.Worker
	log   *observer.ObservedLogs
	end   context.CancelFunc
	done  chan error
}

// bubble runs a test with a worker of one lane, unless the config says more.
func bubble(t *testing.T, cfg worker.Config, run jobs.RunnerFunc, test func(s *scene)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if cfg.Lanes == 0 {
			cfg.Lanes = 1
		}
		if cfg.Concurrency == 0 {
			cfg.Concurrency = 16
		}
		if cfg.Runners == nil {
			cfg.Runners = map[string]jobs.Runner{"t": run}
		}
		core, logs := observer.New(zap.InfoLevel)
		cfg.Name, cfg.Log = "me", zap.New(core)
		s := &scene{t: t, redis: newFakeRedis(), bell: newFakeBell(), log: logs, done: make(chan error, 1)}
		w, err := worker.New(s.redis, s.bell, cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		s.w, s.end = w, cancel
		go func() { s.done <- w.Run(ctx) }()
		defer func() {
			s.end()
			select {
			case <-s.done:
			case <-time.After(time.Hour):
				t.Error("the worker does not end")
			}
		}()
		synctest.Wait()
		test(s)
	})
}

// after lets virtual time pass and everything settle.
func (s *scene) after(d time.Duration) {
	time.Sleep(d) // virtual
	synctest.Wait()
}

func (s *scene) ring() {
	s.bell.rings <- struct{}{}
	synctest.Wait()
}

// stopped stops the worker and answers what Run answered, and after how long.
func (s *scene) stopped() (time.Duration, error) {
	start := time.Now()
	s.end()
	err := <-s.done
	s.done <- err
	return time.Since(start), err
}

func untilDone(ctx context.Context, _ *jobs.Attempt) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

func TestEndsAreToldAsTheRunnerEnded(t *testing.T) {
	t.Parallel()
	code := func(n int) *int { return &n }
	tests := []struct {
		name string
		a    jobs.Attempt
		run  jobs.RunnerFunc
		want jobs.End
	}{
		{
			"nil is success with code 0",
			jobs.Attempt{},
			func(context.Context, *jobs.Attempt) error { return nil },
			jobs.End{State: jobs.Succeeded, ExitCode: code(0)},
		},
		{"an exit code is kept", jobs.Attempt{}, func(context.Context, *jobs.Attempt) error {
			return fmt.Errorf("run it: %w", &jobs.ExitError{Code: 3})
		}, jobs.End{State: jobs.Failed, ExitCode: code(3), Reason: "run it: exit code 3"}},
		{"a signal is kept", jobs.Attempt{}, func(context.Context, *jobs.Attempt) error {
			return &jobs.ExitError{Code: 137, Signal: "SIGKILL"}
		}, jobs.End{State: jobs.Failed, ExitCode: code(137), Signal: "SIGKILL", Reason: "killed by SIGKILL"}},
		{
			"another error is the reason",
			jobs.Attempt{},
			func(context.Context, *jobs.Attempt) error { return errors.New("no luck") },
			jobs.End{State: jobs.Failed, Reason: "no luck"},
		},
		{
			"a long reason is cut",
			jobs.Attempt{},
			func(context.Context, *jobs.Attempt) error { return errors.New(strings.Repeat("é", 4000)) },
			jobs.End{State: jobs.Failed, Reason: strings.Repeat("é", 2048) + "..."},
		},
		{"output and result are kept", jobs.Attempt{}, func(_ context.Context, a *jobs.Attempt) error {
			a.Result = "42"
			_, err := io.WriteString(a.Output, "hello\n")
			return err
		}, jobs.End{State: jobs.Succeeded, ExitCode: code(0), Result: "42", Output: "hello\n", OutputBytes: 6}},
		{
			"a timeout is no failure of its own",
			jobs.Attempt{Timeout: time.Second},
			untilDone,
			jobs.End{State: jobs.TimedOut, Reason: "timed out after 1s"},
		},
		{"a program that was killed for its timeout has no exit code", jobs.Attempt{Timeout: time.Second}, func(ctx context.Context, _ *jobs.Attempt) error {
			<-ctx.Done()
			return &jobs.ExitError{Code: 137, Signal: "SIGKILL"}
		}, jobs.End{State: jobs.TimedOut, Signal: "SIGKILL", Reason: "timed out after 1s"}},
		{"a program that ends well after its timeout has timed out", jobs.Attempt{Timeout: time.Second}, func(ctx context.Context, _ *jobs.Attempt) error {
			<-ctx.Done()
			return nil
		}, jobs.End{State: jobs.TimedOut, Reason: "timed out after 1s"}},
		{
			"a panic is a failure",
			jobs.Attempt{},
			func(context.Context, *jobs.Attempt) error { panic("oh") },
			jobs.End{State: jobs.Failed, Reason: "panic: oh"},
		},
		{
			"a runner that ends its goroutine has failed",
			jobs.Attempt{},
			func(context.Context, *jobs.Attempt) error { runtime.Goexit(); return nil },
			jobs.End{State: jobs.Failed, Reason: "the runner ended its goroutine"},
		},
		{
			"an entry that cannot be executed is not",
			jobs.Attempt{Refuse: "no JSON"},
			func(context.Context, *jobs.Attempt) error { panic("it was") },
			jobs.End{State: jobs.Failed, Reason: "cannot be executed: no JSON"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, worker.Config{Concurrency: 1}, tt.run, func(s *scene) {
				tt.a.Lost, tt.a.Missed = 1, 2
				run := s.redis.push(tt.a)
				next := s.redis.push(jobs.Attempt{Timeout: time.Second}) // is served, too
				s.after(5 * time.Second)
				_, ends := s.redis.seen()
				if len(ends) != 2 || ends[1].Run != next {
					s.t.Fatalf("got %d ends, want 2: %+v", len(ends), ends)
				}
				got := ends[0]
				if got.Run != run || got.Agent != "me" || got.Number != 1 || got.Runner != "t" || got.Lost != 1 || got.Missed != 2 ||
					got.Started.IsZero() || got.Queued.IsZero() || got.Finished.Before(got.Started) {
					s.t.Errorf("got %+v, want what the attempt says", got)
				}
				if got.State != tt.want.State || got.Reason != tt.want.Reason || got.Signal != tt.want.Signal || got.Result != tt.want.Result ||
					got.Output != tt.want.Output || got.OutputBytes != tt.want.OutputBytes ||
					(got.ExitCode == nil) != (tt.want.ExitCode == nil) || got.ExitCode != nil && *got.ExitCode != *tt.want.ExitCode {
					s.t.Errorf("got %+v, want %+v", got, tt.want)
				}
				if strings.HasPrefix(tt.want.Reason, "panic") && s.log.FilterMessage("runner panicked").Len() != 2 {
					s.t.Error("the panic was not logged")
				}
			})
		})
	}
}

func TestATypeWithoutARunnerFails(t *testing.T) {
	bubble(t, worker.Config{}, untilDone, func(s *scene) {
		s.redis.set(func() {
			s.redis.queues["t"] = []*jobs.Attempt{{Run: "x#1", Runner: "other"}}
		})
		s.after(time.Second)
		_, ends := s.redis.seen()
		if len(ends) != 1 || ends[0].State != jobs.Failed || ends[0].Reason != `no runner of type "other" here` {
			s.t.Errorf("got %+v", ends)
		}
	})
}

func TestARingIsAnsweredAtOnceWithOneTake(t *testing.T) {
	bubble(t, worker.Config{}, func(context.Context, *jobs.Attempt) error { return nil }, func(s *scene) {
		s.after(20 * time.Millisecond)
		s.redis.push(jobs.Attempt{})
		start := time.Now()
		s.ring()
		calls, ends := s.redis.seen()
		if len(ends) != 1 || !ends[0].Finished.Equal(start) {
			s.t.Fatalf("got ends %+v, want one at once", ends)
		}
		calls = calls[len(calls)-2:]
		if calls[0].take == 0 || calls[0].ack != 0 || calls[1].ack == 0 || calls[1].take != 0 {
			s.t.Errorf("got %+v, want a take and then an ack that takes nothing", calls)
		}
	})
}

func TestAFullTakeIsFollowedByAnother(t *testing.T) {
	bubble(t, worker.Config{Concurrency: 40, Batch: 20}, func(context.Context, *jobs.Attempt) error { return nil }, func(s *scene) {
		s.after(20 * time.Millisecond)
		for range 1000 {
			s.redis.push(jobs.Attempt{})
		}
		s.ring()
		s.after(100 * time.Millisecond) // much less than the polls of so many takes
		calls, ends := s.redis.seen()
		if len(ends) != 1000 {
			s.t.Errorf("got %d ends, want 1000", len(ends))
		}
		if len(calls) > 110 {
			s.t.Errorf("got %d calls for 50 batches, want large acks", len(calls))
		}
	})
}

func TestRunsWithoutABellAreFoundByThePoll(t *testing.T) {
	bubble(t, worker.Config{}, func(context.Context, *jobs.Attempt) error { return nil }, func(s *scene) {
		s.after(10 * time.Second)
		calls, _ := s.redis.seen()
		if len(calls) < 36 || len(calls) > 45 {
			s.t.Errorf("got %d polls in 10 s, want about 40", len(calls))
		}
		s.redis.push(jobs.Attempt{})
		s.after(280 * time.Millisecond)
		if _, ends := s.redis.seen(); len(ends) != 1 {
			s.t.Errorf("got %d ends, want 1", len(ends))
		}
	})
}

func TestNoMoreRunsAreTakenThanThereAreSlots(t *testing.T) {
	var most, now atomic.Int64
	bubble(t, worker.Config{Concurrency: 5, Lanes: 2}, func(ctx context.Context, _ *jobs.Attempt) error {
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		time.Sleep(time.Second)
		return nil
	}, func(s *scene) {
		for range 20 {
			s.redis.push(jobs.Attempt{})
		}
		s.after(1500 * time.Millisecond)
		if got := s.w.Running(); got != 5 || most.Load() != 5 {
			s.t.Errorf("running: got %d, at most %d, want 5", got, most.Load())
		}
		s.after(3500 * time.Millisecond)
		if _, ends := s.redis.seen(); len(ends) != 20 {
			s.t.Errorf("got %d ends, want 20", len(ends))
		}
	})
}

func TestARingWithoutRoomHangsTheTokenBack(t *testing.T) {
	bubble(t, worker.Config{Concurrency: 1}, untilDone, func(s *scene) {
		s.redis.push(jobs.Attempt{})
		s.after(300 * time.Millisecond) // taken, while the bell is still waited for
		s.ring()
		calls, _ := s.redis.seen()
		if last := calls[len(calls)-1]; last.take == 0 || last.want != 0 {
			s.t.Errorf("got %+v, want a take of nothing", last)
		}
		n := len(calls)
		s.after(3 * time.Second)
		calls, _ = s.redis.seen()
		for _, c := range calls[n:] {
			if !c.renew {
				s.t.Errorf("got %+v from a lane without room", c)
			}
		}
	})
}

func TestTypesTakeTurns(t *testing.T) {
	nop := jobs.RunnerFunc(func(context.Context, *jobs.Attempt) error { return nil })
	bubble(t, worker.Config{Runners: map[string]jobs.Runner{"a": nop, "b": nop, "c": nop}}, nil, func(s *scene) {
		s.after(10 * time.Second)
		first := map[string]int{}
		calls, _ := s.redis.seen()
		for _, c := range calls {
			first[c.types[0]]++
			if len(c.types) != 3 {
				s.t.Fatalf("got types %v, want three", c.types)
			}
		}
		for _, kind := range []string{"a", "b", "c"} {
			if first[kind] < len(calls)/3 {
				s.t.Errorf("%s was first %d times of %d", kind, first[kind], len(calls))
			}
		}
	})
}

func TestOtherRunnersAreServedAfterServe(t *testing.T) {
	nop := jobs.RunnerFunc(func(context.Context, *jobs.Attempt) error { return nil })
	bubble(t, worker.Config{}, nop, func(s *scene) {
		s.redis.push(jobs.Attempt{Runner: "new"})
		if err := s.w.Serve(map[string]jobs.Runner{"new": nop}); err != nil {
			s.t.Fatal(err)
		}
		s.redis.push(jobs.Attempt{Runner: "t"})
		s.after(time.Second)
		if _, ends := s.redis.seen(); len(ends) != 1 || ends[0].Runner != "new" {
			s.t.Errorf("got %+v, want the one of the new type", ends)
		}
		if err := s.w.Serve(map[string]jobs.Runner{"": nop}); !errors.Is(err, jobs.ErrInvalid) {
			s.t.Errorf("serve a type without a name: got %v", err)
		}
	})
}

func TestBadConfigsAreRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		cfg  worker.Config
	}{
		{"negative concurrency", worker.Config{Concurrency: -1}},
		{"negative lanes", worker.Config{Lanes: -1}},
		{"a huge batch", worker.Config{Batch: 401}},
		{"a tiny lease", worker.Config{Lease: time.Millisecond}},
		{"polls further apart than the lease allows", worker.Config{Poll: 3 * time.Second}},
		{"negative output", worker.Config{Output: -1}},
		{"a type without runner", worker.Config{Runners: map[string]jobs.Runner{"t": nil}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := worker.New(newFakeRedis(), nil, tt.cfg); !errors.Is(err, jobs.ErrInvalid) {
				t.Errorf("got %v, want invalid", err)
			}
		})
	}
	if _, err := worker.New(nil, nil, worker.Config{}); !errors.Is(err, jobs.ErrInvalid) {
		t.Errorf("no leases: got %v, want invalid", err)
	}
}

// lanes are the names that calls used, in order.
func lanes(calls []call) (names []string) {
	for _, c := range calls {
		if !slices.Contains(names, c.lane) {
			names = append(names, c.lane)
		}
	}
	return names
}
