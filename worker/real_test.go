package worker_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/scripts"
	"github.com/jobs-agent/jobs/worker"
)

// board is a board on a Redis of its own.
type board struct {
	t      testing.TB
	client func() *redis.Client // makes a new one
	*scripts.Commands
}

// newBoard makes one on a real redis-server.
func newBoard(t testing.TB) *board { return boardOn(t, redistest.Start(t).Client) }

func boardOn(t testing.TB, client func() *redis.Client) *board {
	t.Helper()
	c, err := scripts.New(client(), "jobs")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &board{t: t, client: client, Commands: c}
}

// doorbell is a bell over a client of its own.
type doorbell struct {
	*scripts.Commands
	client *redis.Client
}

func (d doorbell) Close() error { return d.client.Close() }

func (b *board) bell() worker.Bell {
	client := b.client()
	return doorbell{b.With(client), client}
}

// worker makes one that talks to Redis through leases.
func (b *board) worker(leases worker.Leases, cfg worker.Config) *worker.Worker {
	b.t.Helper()
	w, err := worker.New(leases, b.bell(), cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	return w
}

// serve runs a worker until the test ends or the function it answers is called.
func (b *board) serve(w *worker.Worker) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := w.Run(ctx); err != nil {
			b.t.Errorf("run a worker: %v", err)
		}
	}()
	stop = func() {
		cancel()
		<-done
	}
	b.t.Cleanup(stop)
	return stop
}

// push queues n one-offs of a type and answers their ids.
func (b *board) push(n int, runner, fields string) (ids []jobs.RunID) {
	b.t.Helper()
	for n > 0 {
		var list []scripts.Entry
		for range min(n, 500) {
			id := jobs.MintRunID(runner, time.Now())
			ids = append(ids, id)
			list = append(list, scripts.Entry{Run: id, Text: fmt.Sprintf(`{"id":%q,"runner":%q%s,"payload":"x"}`, runner, runner, fields)})
		}
		if _, err := b.Jpush(b.t.Context(), "", scripts.Push{Runner: runner, Entries: list}); err != nil {
			b.t.Fatal(err)
		}
		n -= len(list)
	}
	return ids
}

// stat answers a total of the board.
func (b *board) stat(name string) int64 {
	n, err := b.Redis().HGet(context.Background(), b.Keys().Stats(), name).Int64()
	if err != nil && err != redis.Nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *board) until(what string, holds func() bool) {
	b.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			all, _ := b.Redis().HGetAll(context.Background(), b.Keys().Stats()).Result()
			b.t.Fatalf("not within 20 s: %s; totals %v", what, all)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// tally counts how often each run was executed.
type tally struct {
	mu   sync.Mutex
	runs map[jobs.RunID]int
}

func (c *tally) add(run jobs.RunID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.runs == nil {
		c.runs = map[jobs.RunID]int{}
	}
	c.runs[run]++
}

func (c *tally) once(t testing.TB, ids []jobs.RunID) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		if c.runs[id] != 1 {
			t.Errorf("run %s was executed %d times, want once", id, c.runs[id])
		}
	}
}

func (c *tally) serve(kind string) map[string]jobs.Runner {
	return map[string]jobs.Runner{kind: jobs.RunnerFunc(func(_ context.Context, a *jobs.Attempt) error {
		c.add(a.Run)
		return nil
	})}
}

func TestTenThousandRunsAreExecutedOnceByTwoWorkers(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	var c tally
	for range 2 {
		b.serve(b.worker(b.Commands, worker.Config{Runners: c.serve("mail"), Concurrency: 300}))
	}
	ids := b.push(10000, "mail", "")
	b.until("10,000 successes", func() bool { return b.stat("succeeded") == 10000 })
	c.once(t, ids)
	if got := b.stat("stale") + b.stat("lost") + b.stat("returned"); got != 0 {
		t.Errorf("got %d stale, lost or returned, want none", got)
	}
}

func TestTheEmbeddedStoreIsServed(t *testing.T) {
	t.Parallel()
	o, err := redis.ParseURL(redistest.EmbeddedURL(t))
	if err != nil {
		t.Fatal(err)
	}
	b := boardOn(t, func() *redis.Client {
		client := redis.NewClient(o)
		t.Cleanup(func() { client.Close() })
		return client
	})
	var c tally
	b.serve(b.worker(b.Commands, worker.Config{Runners: c.serve("mail")}))
	ids := b.push(500, "mail", "")
	b.until("500 successes", func() bool { return b.stat("succeeded") == 500 })
	c.once(t, ids)
}

// lossy loses the answers of every third exchange, or all calls while cut.
type lossy struct {
	worker.Leases
	calls atomic.Int64
	every int64
	cut   atomic.Bool
}

func (l *lossy) Exchange(ctx context.Context, acks jobs.Acks, take *jobs.Take) (jobs.Exchanged, error) {
	if l.cut.Load() {
		return jobs.Exchanged{}, errDown
	}
	done, err := l.Leases.Exchange(ctx, acks, take)
	if err == nil && l.every > 0 && l.calls.Add(1)%l.every == 0 {
		return jobs.Exchanged{}, errDown
	}
	return done, err
}

func (l *lossy) Jrenew(ctx context.Context, r jobs.Renew) (jobs.Renewed, error) {
	if l.cut.Load() {
		return jobs.Renewed{}, errDown
	}
	return l.Leases.Jrenew(ctx, r)
}

func TestLostAnswersAreHarmlessToRedis(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	var c tally
	b.serve(b.worker(&lossy{Leases: b.Commands, every: 3}, worker.Config{Runners: c.serve("mail"), Concurrency: 100}))
	ids := b.push(2000, "mail", "")
	b.until("2,000 successes", func() bool { return b.stat("succeeded") == 2000 })
	c.once(t, ids)
	if got := b.stat("stale") + b.stat("lost"); got != 0 {
		t.Errorf("got %d stale or lost, want none", got)
	}
}

func TestRunsOfADeadWorkerGoToAnotherAfterTheLease(t *testing.T) {
	t.Parallel()
	const lease = time.Second
	b := newBoard(t)
	dead := &lossy{Leases: b.Commands}
	reaped := make(chan struct{})
	go func() {
		defer close(reaped)
		for t.Context().Err() == nil {
			_, _ = b.Jreap(t.Context(), lease, 250)
			select {
			case <-time.After(50 * time.Millisecond):
			case <-t.Context().Done():
			}
		}
	}()
	t.Cleanup(func() { <-reaped })
	release := make(chan struct{})
	started := make(chan struct{}, 20)
	first := b.worker(dead, worker.Config{Lease: lease, Drain: time.Millisecond, Runners: map[string]jobs.Runner{
		"mail": jobs.RunnerFunc(func(context.Context, *jobs.Attempt) error {
			started <- struct{}{}
			<-release
			return nil
		}),
	}})
	b.serve(first)
	ids := b.push(10, "mail", "")
	for range ids {
		<-started
	}
	dead.cut.Store(true)
	since := time.Now()
	var c tally
	b.serve(b.worker(b.Commands, worker.Config{Lease: lease, Runners: c.serve("mail")}))
	b.until("10 successes", func() bool { return b.stat("succeeded") == 10 })
	if took := time.Since(since); took > lease+time.Second {
		t.Errorf("they ran again after %v, want %v at most", took, lease+time.Second)
	}
	c.once(t, ids)

	// Back again, the first worker is told that all it held is lost, and acks none.
	dead.cut.Store(false)
	close(release)
	b.until("the first worker to be idle", func() bool { return first.Running() == 0 })
	b.push(10, "mail", "")
	b.until("20 successes", func() bool { return b.stat("succeeded") == 20 })
	if got := b.stat("lost"); got != 10 {
		t.Errorf("got %d lost, want 10", got)
	}
}

func TestACancelStopsWhatRunsWithinARenewPeriod(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	started := make(chan struct{}, 2)
	b.serve(b.worker(b.Commands, worker.Config{Lease: time.Second, Runners: map[string]jobs.Runner{
		"mail": jobs.RunnerFunc(func(ctx context.Context, _ *jobs.Attempt) error {
			started <- struct{}{}
			<-ctx.Done()
			return context.Cause(ctx)
		}),
	}}))
	ids := b.push(1, "mail", "")
	b.push(1, "mail", `,"timeout":0.2`)
	<-started
	<-started
	since := time.Now()
	if _, err := b.Jcancel(t.Context(), "", string(ids[0])); err != nil {
		t.Fatal(err)
	}
	b.until("one cancelled", func() bool { return b.stat("cancelled") == 1 })
	if took := time.Since(since); took > time.Second {
		t.Errorf("cancelled after %v, want about 0.3 of the lease", took)
	}
	b.until("one failed by its timeout", func() bool { return b.stat("failed") == 1 })
}

func TestAStoppedWorkerGivesBackAndLeaves(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	started := make(chan struct{}, 1)
	stop := b.serve(b.worker(b.Commands, worker.Config{Drain: time.Millisecond, Runners: map[string]jobs.Runner{
		"mail": jobs.RunnerFunc(func(ctx context.Context, _ *jobs.Attempt) error {
			started <- struct{}{}
			<-ctx.Done()
			return context.Cause(ctx)
		}),
	}}))
	ids := b.push(1, "mail", "")
	<-started
	stop()
	// The other lane may have asked for it before it knew that the worker stops.
	if got := b.stat("returned"); got < 1 || got > 2 {
		t.Errorf("got %d returned, want 1, or 2", got)
	}
	if n := b.Redis().ZCard(t.Context(), b.Keys().Workers()).Val(); n != 0 {
		t.Errorf("got %d leases after the stop, want none", n)
	}
	var c tally
	b.serve(b.worker(b.Commands, worker.Config{Runners: c.serve("mail")}))
	b.until("success", func() bool { return b.stat("succeeded") == 1 })
	c.once(t, ids)
}

func TestARestartOfRedisIsOutlived(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	b := boardOn(t, srv.Client)
	var c tally
	b.serve(b.worker(b.Commands, worker.Config{Runners: c.serve("mail")}))
	ids := b.push(10, "mail", "")
	b.until("10 successes", func() bool { return b.stat("succeeded") == 10 })
	c.once(t, ids)
	srv.Restart() // without its data and scripts
	ids = b.push(10, "mail", "")
	b.until("10 more successes", func() bool { return b.stat("succeeded") == 10 })
	c.once(t, ids)
}
