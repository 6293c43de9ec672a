package main

import (
	"context"
	"fmt"
	"time"
)

// never is when jobs are due that are only registered.
const never = 24 * time.Hour

func registerExperiment(n int) experiment {
	return experiment{
		name:  "register",
		title: fmt.Sprintf("Registration of %s jobs with an interval and 100 bytes of payload. asynq and River keep them in the process, and register anew at each start", count(float64(n))),
		rows: []candidate{
			{name: "jobs-agent, load", peer: "jobs"},
			{name: "jobs-agent, put", peer: "jobs", setting: "put"},
			{name: "asynq", peer: "asynq"},
			{name: "BullMQ", peer: "bullmq"},
			{name: "River", peer: "river"},
		},
		columns: []column{
			{key: "rate", title: "jobs/s", form: count, rates: higher},
			{key: "of floor", title: "to HSET+ZADD", form: share},
			{key: "bytes", title: "store bytes/job", form: count},
			{key: "process", title: "process bytes/job", form: count},
		},
		run: func(ctx context.Context, s *stand) (values, error) {
			floor := 0.0
			if server, ok := s.store.(*redisServer); ok && s.candidate.peer == "jobs" {
				var err error
				text := textsOf(plan{Due: time.Now().Add(never).Truncate(time.Second), Interval: 10 * time.Second}, "")
				if floor, err = server.loadFloor(ctx, n, text); err != nil {
					return nil, err
				}
			}
			p, err := s.start(ctx)
			if err != nil {
				return nil, err
			}
			return s.register(ctx, p, n, floor)
		},
	}
}

func (s *stand) register(ctx context.Context, to schedule, n int, floor float64) (values, error) {
	empty, err := s.store.memory(ctx)
	if err != nil {
		return nil, err
	}
	before, _, err := resident(s.peer.cmd.Process.Pid)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	jobs := plan{N: n, Due: start.Add(never).Truncate(time.Second), Interval: 10 * time.Second, Periods: 1}
	if err := to.Register(ctx, jobs); err != nil {
		return nil, err
	}
	took := time.Since(start)
	full, err := s.store.memory(ctx)
	if err != nil {
		return nil, err
	}
	after, _, err := resident(s.peer.cmd.Process.Pid)
	if err != nil {
		return nil, err
	}
	v := values{"rate": float64(n) / took.Seconds(), "bytes": float64(full-empty) / float64(n)}
	if s.keepsJobs() {
		v["process"] = float64(after-before) / float64(n)
	}
	if floor > 0 {
		v["of floor"] = v["rate"] / floor
	}
	return v, nil
}
