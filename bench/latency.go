package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jobs-agent/jobs/internal/measure"
)

// pacer is what the latency experiment asks of a peer.
type pacer interface {
	// Trickle enqueues n jobs one by one, one each so often, while they are run, and
	// tells how long after the call to enqueue each was started.
	Trickle(ctx context.Context, n int, every time.Duration) (measure.Spread, error)
}

// apart is the time between two jobs of the latency experiment: 100 a second.
const apart = 10 * time.Millisecond

func latencyExperiment(long time.Duration) experiment {
	return experiment{
		name:  "latency",
		title: fmt.Sprintf("Latency in ms from enqueue to start, 100 jobs a second for %v; beside it a BLPOP ping-pong at the same time, in turns", long),
		rows: []candidate{
			{name: "jobs-agent", peer: "jobs"},
			{name: "jobs-agent, due to start", peer: "jobs", setting: "interval"},
			{name: "asynq", peer: "asynq"},
			{name: "asynq, checks each 5 ms", peer: "asynq", setting: "eager"},
			{name: "BullMQ", peer: "bullmq"},
			{name: "River, its defaults", peer: "river", setting: "default"},
			{name: "River, fetches each 2 ms", peer: "river"},
		},
		columns: []column{
			{key: "p50", title: "p50", form: precise, rates: lower},
			{key: "p99", title: "p99", form: precise, rates: lower},
			{key: "max", title: "max", form: precise},
			{key: "floor50", title: "ping-pong p50", form: precise},
			{key: "floor99", title: "p99", form: precise},
			{key: "of floor", title: "p99 to its p99", form: times},
		},
		run: func(ctx context.Context, s *stand) (values, error) {
			floor, ok := s.store.(*redisServer)
			if !ok { // a Redis of its own, for nothing else
				var err error
				if floor, err = startRedis(ctx); err != nil {
					return nil, err
				}
				defer floor.close()
			}
			pong := make(chan measure.Spread, 1)
			n := int(long / apart)
			begin := func(from time.Time) {
				go func() {
					late, err := pingPong(ctx, floor.address(), n, from, apart)
					if err != nil {
						late = measure.Spread{} // of no floor is said nothing
					}
					pong <- late
				}()
			}
			late, err := s.latency(ctx, n, begin)
			if err != nil {
				return nil, err
			}
			raw := <-pong
			v := values{"p50": late.P50, "p99": late.P99, "max": late.Max}
			if raw.N > 0 {
				v["floor50"], v["floor99"], v["of floor"] = raw.P50, raw.P99, late.P99/raw.P99
			}
			return v, nil
		},
	}
}

// latency calls begin with the time of the first beat of the ping-pong. Where it is known
// when jobs come, beats are halfway between them.
func (s *stand) latency(ctx context.Context, n int, begin func(from time.Time)) (measure.Spread, error) {
	p, err := s.start(ctx)
	if err != nil {
		return measure.Spread{}, err
	}
	if s.setting != "interval" {
		begin(time.Now().Add(apart))
		return p.Trickle(ctx, n, apart)
	}
	// As many interval jobs, one behind the other, each due once.
	interval := time.Duration(n) * apart
	jobs := plan{N: n, Due: time.Now().Add(2 * time.Second), Interval: interval, Periods: 1, Apart: apart}
	if err := p.Register(ctx, jobs); err != nil {
		return measure.Spread{}, err
	}
	begin(jobs.Due.Add(apart / 2))
	done, err := p.Tick(ctx, jobs)
	return done.Started, err
}
