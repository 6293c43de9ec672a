package main

import (
	"context"
	"errors"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/measure"
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
	producers = 4
	batch     = 5000
)

func (o *ours) Enqueue(ctx context.Context, n int) error {
	return measure.InParallel(producers, n, batch, func(from, to int) error {
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
	left := measure.NewCountdown(n)
	node, err := measure.Start(ctx, o.b, nop, measure.Parts{Concurrency: concurrency}, func(ctx context.Context, a *jobs.Attempt) error {
		defer left.One()
		return run(ctx, a)
	})
	if err != nil {
		return err
	}
	err = left.Wait(ctx, patience)
	return errors.Join(err, node.Drain(ctx)) // answers when all are acked
}

func (o *ours) Trickle(ctx context.Context, n int, every time.Duration) (measure.Spread, error) {
	var late measure.Histogram
	calls := newStamps(n)
	left := measure.NewCountdown(n)
	node, err := measure.Start(ctx, o.b, nop, measure.Parts{Ticks: true}, func(_ context.Context, a *jobs.Attempt) error {
		late.Add(calls.since(a.Payload))
		left.One()
		return nil
	})
	if err != nil {
		return measure.Spread{}, err
	}
	err = calls.pace(every, func(i int) error {
		_, err := o.b.Enqueue(ctx, board.OneOff{Runner: nop, Payload: payload(i)})
		return err
	})
	if err == nil {
		err = left.Wait(ctx, soon)
	}
	return late.Spread(), errors.Join(err, node.Drain(ctx))
}
