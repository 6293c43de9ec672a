package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/ticker"
	"github.com/jobs-agent/jobs/worker"
)

const (
	// nop is the runner type of jobs that do nothing.
	nop = "nop"
	// atOnce is how many of our runs may be under way: as no-op handlers want it.
	atOnce = 400
)

// ours is jobs-agent as a Go program uses it.
type ours struct {
	b       *board.Board
	setting string
}

func openOurs(ctx context.Context, store, setting string) (peer, error) {
	b, err := board.Open(ctx, "redis://"+store, "jobs")
	if err != nil {
		return nil, err
	}
	return &ours{b: b, setting: setting}, b.Install(ctx)
}

// producers enqueue at once, each by so many in one call.
const (
	producers = 2
	batch     = 5000
)

func (o *ours) Enqueue(ctx context.Context, n int) error {
	return inParallel(producers, n, batch, func(from, to int) error {
		list := make([]board.OneOff, 0, to-from)
		for i := from; i < to; i++ {
			list = append(list, board.OneOff{Runner: nop, Payload: payload(i)})
		}
		_, err := o.b.EnqueueMany(ctx, list)
		return err
	})
}

func (o *ours) Work(ctx context.Context, n int) error {
	return o.serve(ctx, n, atOnce, func(context.Context, *jobs.Attempt) error { return nil })
}

// serve runs what is queued until n runs have ended and are acked.
func (o *ours) serve(ctx context.Context, n, concurrency int, run jobs.RunnerFunc) error {
	left := newCountdown(n)
	node, err := o.start(ctx, parts{concurrency: concurrency}, func(ctx context.Context, a *jobs.Attempt) error {
		defer left.one()
		return run(ctx, a)
	})
	if err != nil {
		return err
	}
	err = left.wait(patience)
	return errors.Join(err, node.drain(ctx)) // answers when all are acked
}

func (o *ours) Trickle(ctx context.Context, n int, every time.Duration) (spread, error) {
	var late histogram
	calls := newStamps(n)
	left := newCountdown(n)
	node, err := o.start(ctx, parts{ticks: true}, func(_ context.Context, a *jobs.Attempt) error {
		late.add(calls.since(a.Payload))
		left.one()
		return nil
	})
	if err != nil {
		return spread{}, err
	}
	err = calls.pace(every, func(i int) error {
		_, err := o.b.Enqueue(ctx, board.OneOff{Runner: nop, Payload: payload(i)})
		return err
	})
	if err == nil {
		err = left.wait(soon)
	}
	return late.spread(), errors.Join(err, node.drain(ctx))
}

// node is what an agent consists of, but for election and gossip, with runners that
// are Go functions.
type node struct {
	worker *worker.Worker
	cancel context.CancelFunc
	loops  sync.WaitGroup // ticker and reaper
	works  sync.WaitGroup
	failed [3]error
}

type parts struct {
	ticks       bool
	concurrency int // 0: the default
}

func (o *ours) start(ctx context.Context, p parts, run jobs.RunnerFunc) (*node, error) {
	bell, err := o.b.Bell()
	if err != nil {
		return nil, err
	}
	w, err := worker.New(o.b.Leases(), bell, worker.Config{Runners: map[string]jobs.Runner{nop: run}, Concurrency: p.concurrency})
	if err != nil {
		return nil, errors.Join(err, bell.Close())
	}
	n := &node{worker: w}
	n.works.Go(func() { n.failed[0] = w.Run(ctx) })
	fires, cancel := context.WithCancel(ctx)
	n.cancel = cancel
	n.loops.Go(func() { n.failed[1] = ticker.NewReaper(o.b.Leases(), 4*time.Second, nil).Run(fires) })
	if p.ticks {
		n.loops.Go(func() { n.failed[2] = ticker.New(o.b.Leases(), nil).Run(fires) })
	}
	return n, nil
}

// stopFiring returns when nothing is fired any more; what is queued is still run.
func (n *node) stopFiring() {
	n.cancel()
	n.loops.Wait()
}

// drain stops taking too, and returns when all that was taken is acked.
func (n *node) drain(ctx context.Context) error {
	n.stopFiring()
	n.worker.Drain(ctx)
	n.works.Wait()
	return errors.Join(n.failed[:]...)
}
