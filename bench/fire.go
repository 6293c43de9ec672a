package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/ticker"
)

// fires is what the experiment with the ticker alone asks of our process.
type fires interface {
	// Fire waits until the jobs of a plan are due, queues them by the loop of the
	// ticker while no worker runs, and answers how long that took.
	Fire(ctx context.Context, p plan) (time.Duration, error)
}

func fireExperiment(n int) experiment {
	return experiment{
		name:  "fire",
		title: fmt.Sprintf("The ticker by itself: %s jobs with an interval, due at the same instant, are queued while nothing takes", count(float64(n))),
		rows: []candidate{
			{name: "jobs-agent", peer: "jobs"},
			{name: "jobs-agent, forbid and retries", peer: "jobs", setting: "forbid"},
		},
		columns: []column{
			{key: "fired", title: "fired/s", form: count, rates: higher},
			{key: "of LPUSH", title: "to LPUSH", form: share},
			{key: "LPUSH", title: "LPUSH/s", form: count},
			{key: "store", title: "Redis us/run", form: decimal},
		},
		run: func(ctx context.Context, s *stand) (values, error) {
			server, ok := s.store.(*redisServer)
			if !ok {
				return nil, fmt.Errorf("the ticker fires on Redis, not on %T", s.store)
			}
			return s.fire(ctx, server, n)
		},
	}
}

// fire measures pipelined LPUSH before and after the ticker, on the same Redis.
func (s *stand) fire(ctx context.Context, server *redisServer, n int) (values, error) {
	before, err := server.lpushFloor(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.start(ctx)
	if err != nil {
		return nil, err
	}
	lead := 2*time.Second + time.Duration(n)*50*time.Microsecond
	all := plan{N: n, Due: time.Now().Add(lead).Truncate(time.Second), Interval: time.Hour, Periods: 1}
	if err := p.Register(ctx, all); err != nil {
		return nil, err
	}
	_, store, err := s.used(ctx)
	if err != nil {
		return nil, err
	}
	took, err := p.Fire(ctx, all)
	if err != nil {
		return nil, err
	}
	_, storeAfter, err := s.used(ctx)
	if err != nil {
		return nil, err
	}
	after, err := server.lpushFloor(ctx)
	if err != nil {
		return nil, err
	}
	v := values{"fired": float64(n) / took.Seconds(), "LPUSH": (before + after) / 2}
	v["of LPUSH"], v["store"] = v["fired"]/v["LPUSH"], float64((storeAfter-store).Microseconds())/float64(n)
	return v, nil
}

// counting ends a ticker when it has queued so many.
type counting struct {
	ticker.Board
	left int64
	end  context.CancelFunc
}

func (c *counting) Jfire(ctx context.Context, now string, limit int, term string, runners []string) (jobs.Fired, error) {
	fired, err := c.Board.Jfire(ctx, now, limit, term, runners)
	if c.left -= fired.Queued; c.left <= 0 {
		c.end()
	}
	return fired, err
}

func (o *ours) Fire(ctx context.Context, p plan) (time.Duration, error) {
	until, cancel := context.WithTimeout(ctx, time.Until(p.Due)+patience/2)
	defer cancel()
	due := time.NewTimer(time.Until(p.Due))
	defer due.Stop()
	select {
	case <-due.C:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	start := time.Now()
	if err := ticker.New(&counting{Board: o.b.Leases(), left: int64(p.N), end: cancel}, nil).Run(until); err != nil {
		return 0, err
	}
	took := time.Since(start)
	queues, err := o.b.Queues(ctx)
	if err != nil {
		return 0, err
	}
	waiting := int64(0)
	for _, q := range queues {
		waiting += q.Length
	}
	if waiting != int64(p.N) {
		return 0, fmt.Errorf("%d runs are queued, of %d jobs", waiting, p.N)
	}
	return took, nil
}
