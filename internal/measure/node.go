package measure

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/alarm"
	"github.com/jobs-agent/jobs/ticker"
	"github.com/jobs-agent/jobs/worker"
)

// Node is what an agent consists of, but for election and gossip, with a runner that
// is a Go function. Only one of a board may tick.
type Node struct {
	worker *worker.Worker
	cancel context.CancelFunc
	loops  sync.WaitGroup // ticker and reaper
	works  sync.WaitGroup
	failed [3]error
}

// Parts says what a node is made of.
type Parts struct {
	Ticks       bool
	Concurrency int // 0: the default of a worker
}

// Start begins to serve one runner type. End it with Drain.
func Start(ctx context.Context, b *board.Board, runner string, p Parts, run jobs.RunnerFunc) (*Node, error) {
	bell, err := b.Bell()
	if err != nil {
		return nil, err
	}
	w, err := worker.New(b.Leases(), bell, worker.Config{Runners: map[string]jobs.Runner{runner: run}, Concurrency: p.Concurrency})
	if err != nil {
		return nil, errors.Join(err, bell.Close())
	}
	n := &Node{worker: w}
	n.works.Go(func() { n.failed[0] = w.Run(ctx) })
	fires, cancel := context.WithCancel(ctx)
	n.cancel = cancel
	n.loops.Go(func() { n.failed[1] = ticker.NewReaper(b.Leases(), 4*time.Second, nil).Run(fires) })
	if p.Ticks {
		clock, err := alarm.New()
		if err != nil {
			cancel()
			return nil, errors.Join(err, n.Drain(ctx))
		}
		tick := ticker.New(b.Leases(), nil)
		tick.Sleep = clock.Sleep
		n.loops.Go(func() { n.failed[2] = errors.Join(tick.Run(fires), clock.Close()) })
	}
	return n, nil
}

// StopFiring returns when nothing is fired any more; what is queued is still run.
func (n *Node) StopFiring() {
	n.cancel()
	n.loops.Wait()
}

// Drain stops taking too, and returns when all that was taken is acked.
func (n *Node) Drain(ctx context.Context) error {
	n.StopFiring()
	n.worker.Drain(ctx)
	n.works.Wait()
	return errors.Join(n.failed[:]...)
}
