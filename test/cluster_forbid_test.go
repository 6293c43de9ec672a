package test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/agent"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/scripts"
	"github.com/jobs-agent/jobs/worker"
)

// popper is a plain consumer: it takes entries with RPOP and tells nobody.
type popper struct {
	popped atomic.Int64
	stop   func()
}

// startPopper pops an entry of a queue each so often.
func startPopper(t *testing.T, rdb *redis.Client, queue string, each time.Duration) *popper {
	ctx, cancel := context.WithCancel(context.Background())
	p, done := &popper{}, make(chan struct{})
	go func() {
		defer close(done)
		beat := time.NewTicker(each)
		defer beat.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-beat.C:
			}
			switch err := rdb.RPop(context.Background(), queue).Err(); {
			case err == nil:
				p.popped.Add(1)
			case !errors.Is(err, redis.Nil):
				t.Errorf("RPOP: %v", err)
				return
			}
		}
	}()
	p.stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(p.stop)
	return p
}

func TestClusterForbidHoldsBesideAPlainConsumerAndAnHourOfEntries(t *testing.T) {
	t.Parallel()
	const hour, interval, takes = 3600, time.Second, 1300 * time.Millisecond
	server := redistest.Start(t)
	b := openBoard(t, server.URL())
	commands := b.Leases()
	now := time.Now().Truncate(time.Second)
	begin := now.Add(-hour * time.Second)
	err := commands.Jset(t.Context(), scripts.Definition{
		Now: scripts.UnixSeconds(begin), ID: "each", Runner: "diary", Payload: "each takes=" + takes.String(),
		Interval: "1", Fields: `{"overlap":"forbid"}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	// For an hour somebody fires and nobody serves.
	for i := range hour {
		fired, err := commands.Jfire(t.Context(), scripts.UnixSeconds(begin.Add(time.Duration(i)*interval)), 10, "", []string{"diary"})
		if err != nil || fired.Queued != 1 {
			t.Fatalf("fire %d: got %d runs, %v, want one", i, fired.Queued, err)
		}
	}

	consumer := startPopper(t, server.Client(), commands.Keys().Queue("diary"), 5*time.Millisecond)
	eventually(t, "the consumer takes some of what waits", func() bool { return consumer.popped.Load() >= 20 })
	book := &diary{}
	for i := range 2 {
		cfg := agent.DefaultConfig()
		cfg.Redis, cfg.Name, cfg.Runners = server.URL(), fmt.Sprint("agent-", i), nil
		runAgent(t, cfg)
		serveRunners(t, server.URL(), worker.Config{Name: fmt.Sprint("worker-", i), Concurrency: 16, Runners: map[string]jobs.Runner{"diary": book}})
	}
	served := time.Now()
	began := func(after time.Time) (n int) {
		for _, x := range book.all() {
			if x.begin.After(after) {
				n++
			}
		}
		return n
	}
	// Never stuck: it goes on while the consumer takes its share, and without it.
	eventually(t, "three runs start beside the consumer", func() bool { return began(served) >= 3 })
	consumer.stop()
	popped := int(consumer.popped.Load())
	alone := time.Now()
	eventually(t, "three runs start without it", func() bool { return began(alone) >= 3 })
	all := book.all()
	for i, x := range all {
		if x.number != 1 {
			t.Errorf("%s was executed in attempt %d, want the first: no lease was lost", x.run, x.number)
		}
		if i > 0 && (all[i-1].end.IsZero() || x.begin.Before(all[i-1].end)) {
			t.Errorf("%s begins at %s and %s ends at %s", x.run, x.begin.Format("05.000"), all[i-1].run, all[i-1].end.Format("05.000"))
		}
	}
	// No burst: of what had waited one run starts, and then what falls due.
	if most := 2 + int(time.Since(served)/takes); len(all) > most {
		t.Errorf("%d runs started in %v, want at most %d", len(all), time.Since(served), most)
	}
	waited := 0
	for _, x := range all {
		if due, _ := x.run.Due(); due.Before(now) {
			waited++
		}
	}
	if waited > 1 {
		t.Errorf("%d runs of the waiting hour started, want one at most: the others collapse into it", waited)
	}

	if _, err := b.Remove(t.Context(), "each"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all has ended", func() bool {
		count, err := b.Count(t.Context())
		return err == nil && count.Queued["diary"] == 0 && count.Running == 0
	})
	wantConserved(t, b, popped)
	totals, err := b.Totals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("popped by the consumer %d, executed %d, totals %v", popped, len(all), totals)
	if totals["collapsed"] < hour/2 || totals["skipped"] == 0 {
		t.Errorf("totals %v: this tests nothing", totals)
	}
}

// wantConserved looks whether the board misses as many runs as plain consumers took.
func wantConserved(t *testing.T, b *board.Board, popped int) {
	t.Helper()
	findings, err := b.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Check != "conservation" {
			continue
		}
		if unseen := f.Values["unseen"]; f.Level != board.OK || unseen != int64(popped) {
			t.Errorf("conservation: got %d left unseen, want %d: %s (%v)", unseen, popped, f.Found, f.Level)
		}
		return
	}
	t.Error("doctor says nothing about conservation")
}
