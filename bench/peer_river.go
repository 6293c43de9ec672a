package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/jobs-agent/jobs/internal/measure"
)

// riverPeer is River as its own benchmark runs it, but for the setting "default".
type riverPeer struct {
	pool   *pgxpool.Pool
	config river.Config
	client *river.Client[pgx.Tx]
}

// nopArgs are 100 bytes of JSON.
type nopArgs struct {
	P string `json:"p"`
}

func (nopArgs) Kind() string { return nop }

func argsOf(i int) nopArgs { return nopArgs{payload(i)[:100-len(`{"p":""}`)]} }

type nopWorker struct {
	river.WorkerDefaults[nopArgs]
	handle atomic.Pointer[func(job *river.Job[nopArgs])]
}

func (w *nopWorker) Work(_ context.Context, job *river.Job[nopArgs]) error {
	(*w.handle.Load())(job)
	return nil
}

func openRiver(ctx context.Context, store, setting string) (peer, error) {
	config, err := pgxpool.ParseConfig(store)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 20
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, err
	}
	r := &riverPeer{pool: pool, config: river.Config{
		Logger:        slog.New(slog.DiscardHandler),
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2000}},
		FetchCooldown: 2 * time.Millisecond, FetchPollInterval: 20 * time.Millisecond,
	}}
	if setting == "default" {
		r.config.FetchCooldown, r.config.FetchPollInterval = 0, 0
	}
	return r, r.make(func(*river.Job[nopArgs]) {})
}

// make makes a client whose jobs do that.
func (r *riverPeer) make(handle func(job *river.Job[nopArgs])) (err error) {
	worker := &nopWorker{}
	worker.handle.Store(&handle)
	config := r.config
	config.Workers = river.NewWorkers()
	river.AddWorker(config.Workers, worker)
	r.client, err = river.NewClient(riverpgxv5.New(r.pool), &config)
	return err
}

func (r *riverPeer) Enqueue(ctx context.Context, n int) error {
	return measure.InParallel(producers, n, batch, func(from, to int) error {
		list := make([]river.InsertManyParams, 0, to-from)
		for i := from; i < to; i++ {
			list = append(list, river.InsertManyParams{Args: argsOf(i)})
		}
		_, err := r.client.InsertManyFast(ctx, list)
		return err
	})
}

func (r *riverPeer) Work(ctx context.Context, n int) error {
	left := measure.NewCountdown(n)
	if err := r.make(func(*river.Job[nopArgs]) { left.One() }); err != nil {
		return err
	}
	if err := r.client.Start(ctx); err != nil {
		return err
	}
	if err := left.Wait(ctx, patience); err != nil {
		return err
	}
	err := untilIt(ctx, soon, func() bool {
		var open bool
		err := r.pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM river_job WHERE state IN ('available', 'running'))").Scan(&open)
		return err == nil && !open
	})
	if err != nil {
		return fmt.Errorf("wait for the completion of jobs: %w", err)
	}
	return nil
}

func (r *riverPeer) Trickle(ctx context.Context, n int, every time.Duration) (measure.Spread, error) {
	var late measure.Histogram
	calls, left := newStamps(n), measure.NewCountdown(n)
	err := r.make(func(job *river.Job[nopArgs]) {
		late.Add(calls.since(job.Args.P))
		left.One()
	})
	if err == nil {
		err = r.client.Start(ctx)
	}
	if err == nil {
		err = calls.pace(every, func(i int) error {
			_, err := r.client.Insert(ctx, argsOf(i), nil)
			return err
		})
	}
	if err == nil {
		err = left.Wait(ctx, soon)
	}
	return late.Spread(), err
}

// grid is a schedule whose times lie on the plan's.
type grid plan

func (g grid) Next(after time.Time) time.Time {
	next := g.Due
	if !after.Before(g.Due) {
		next = g.Due.Add((after.Sub(g.Due)/g.Interval + 1) * g.Interval)
	}
	return next
}

func (r *riverPeer) Register(_ context.Context, p plan) error {
	list := make([]*river.PeriodicJob, p.N)
	for i := range list {
		list[i] = river.NewPeriodicJob(grid(p), func() (river.JobArgs, *river.InsertOpts) { return argsOf(i), nil }, nil)
	}
	r.config.PeriodicJobs = list
	return r.make(func(*river.Job[nopArgs]) {})
}

func (r *riverPeer) Tick(ctx context.Context, p plan) (ticked, error) {
	var started measure.Histogram // when a job was inserted it does not tell: created_at is earlier
	left := measure.NewCountdown(p.slots())
	err := r.make(func(job *river.Job[nopArgs]) {
		late := time.Since(job.ScheduledAt)
		if p.slot(0, job.ScheduledAt) >= p.Periods {
			return
		}
		started.Add(late)
		left.One()
	})
	if err == nil {
		err = r.client.Start(ctx)
	}
	if err != nil {
		return ticked{}, err
	}
	_ = left.Wait(ctx, time.Until(p.after())) // what has not come by then is what is measured
	return ticked{Started: started.Spread()}, nil
}
