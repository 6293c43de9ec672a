package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// queue is what the one-off experiment asks of a peer.
type queue interface {
	// Enqueue queues n jobs with payloads of 100 bytes, in the fastest way there is.
	Enqueue(ctx context.Context, n int) error
	// Work runs what was queued, with handlers that do nothing, until n jobs have
	// ended and the store knows it.
	Work(ctx context.Context, n int) error
}

// payload answers 100 bytes of plain text that begin with a number.
func payload(i int) string {
	head := fmt.Sprintf("%08d ", i)
	return head + filler[len(head):]
}

var filler = strings.Repeat("x", 100)

func oneOffExperiment(n int) experiment {
	return experiment{
		name:  "one-off",
		title: fmt.Sprintf("One-off jobs: %s no-op jobs are enqueued in bulk, then run, all acked", count(float64(n))),
		rows: []candidate{
			{name: "jobs-agent", peer: "jobs"},
			{name: "jobs-agent, AOF everysec", peer: "jobs", redis: []string{"--appendonly", "yes", "--appendfsync", "everysec"}},
			{name: "asynq", peer: "asynq"},
			{name: "asynq, 4 servers", peer: "asynq", setting: "4 servers"},
			{name: "BullMQ", peer: "bullmq"},
			{name: "River", peer: "river"},
		},
		columns: []column{
			{key: "enqueue", title: "enqueue/s", form: count},
			{key: "run", title: "run/s", form: count},
			{key: "total", title: "end to end/s", form: count, rates: higher},
			{key: "peer cpu", title: "CPU us/job: client+worker", form: decimal},
			{key: "store enqueue", title: "store, enqueue", form: decimal},
			{key: "store run", title: "store, run", form: decimal},
			{key: "cpu", title: "together", form: decimal, rates: lower},
			{key: "bytes", title: "bytes/queued job", form: count},
		},
		run: func(ctx context.Context, s *stand) (values, error) {
			p, err := s.start(ctx)
			if err != nil {
				return nil, err
			}
			return s.endToEnd(ctx, p, n)
		},
	}
}

func (s *stand) endToEnd(ctx context.Context, q queue, n int) (values, error) {
	empty, err := s.store.memory(ctx)
	if err != nil {
		return nil, err
	}
	peer, stored, err := s.used(ctx)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := q.Enqueue(ctx, n); err != nil {
		return nil, err
	}
	enqueue := time.Since(start)
	full, err := s.store.memory(ctx)
	if err != nil {
		return nil, err
	}
	_, storedBetween, err := s.used(ctx)
	if err != nil {
		return nil, err
	}
	start = time.Now()
	if err := q.Work(ctx, n); err != nil {
		return nil, err
	}
	run := time.Since(start)
	peerAfter, storedAfter, err := s.used(ctx)
	if err != nil {
		return nil, err
	}
	micros := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 / float64(n) }
	return values{
		"enqueue": float64(n) / enqueue.Seconds(), "run": float64(n) / run.Seconds(), "total": float64(n) / (enqueue + run).Seconds(),
		"peer cpu": micros(peerAfter - peer), "store enqueue": micros(storedBetween - stored), "store run": micros(storedAfter - storedBetween),
		"cpu":   micros(peerAfter - peer + storedAfter - stored),
		"bytes": float64(full-empty) / float64(n),
	}, nil
}
