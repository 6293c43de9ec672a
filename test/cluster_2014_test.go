package test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/agent"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
)

// tick2014 ticks as `job tick` of 2014 does, with the SHA that the hash of commands
// names, but more often than once a second, so that it wins against the agent now
// and then. It answers how many runs it has queued.
func tick2014(t *testing.T, rdb *redis.Client) *atomic.Int64 {
	t.Helper()
	sha, err := rdb.HGet(t.Context(), "commands", "jtick").Result()
	if err != nil {
		t.Fatal(err)
	}
	var queued atomic.Int64
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		each := time.NewTicker(1300 * time.Microsecond) // no part of the intervals of jobs, so that it meets each phase
		defer each.Stop()
		for {
			select {
			case <-ctx.Done():
				ended <- nil
				return
			case <-each.C:
			}
			now := strconv.FormatFloat(float64(time.Now().UnixMilli())/1000, 'f', -1, 64)
			n, err := rdb.EvalSha(ctx, sha, []string{"jobs", "jobs:schedule", "jobs:queue:console"}, now).Int64()
			if err != nil && ctx.Err() == nil {
				ended <- err
				return
			}
			queued.Add(n)
		}
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the tick of 2014: %v", err)
		}
	})
	return &queued
}

func TestClusterATickOf2014BesideAnAgentFiresNothingTwice(t *testing.T) {
	t.Parallel()
	const interval, times = 100 * time.Millisecond, 30
	server := redistest.Start(t)
	cfg := agent.DefaultConfig()
	cfg.Redis, cfg.Name, cfg.Runners = server.URL(), "new", []string{"console"}
	runAgent(t, cfg)
	queued := tick2014(t, server.Client())
	b := openBoard(t, server.URL())
	var ids []string
	for i := range 10 {
		job := jobs.Job{ID: fmt.Sprint("j", i), Runner: "console", Payload: "x", Overlap: jobs.Allow}
		job.Start, job.Interval = time.Now().Add(500*time.Millisecond+time.Duration(i)*7*time.Millisecond), interval
		if _, err := b.Put(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, job.ID)
	}
	var all int64
	for _, id := range ids {
		var runs []jobs.Run
		eventually(t, "runs of "+id, func() bool {
			var err error
			runs, err = b.Runs(t.Context(), board.RunFilter{Job: id, Limit: 1000, States: []jobs.State{jobs.Succeeded}})
			if err != nil {
				t.Fatal(err)
			}
			return len(runs) >= times
		})
		all += int64(len(runs))
		slices.SortFunc(runs, func(x, y jobs.Run) int { return x.Due.Compare(y.Due) })
		for i, run := range runs[1 : times-4] {
			// A tick that came late made one run of several times: the newer ticker says
			// how many, that of 2014 only goes on.
			if step := run.Due.Sub(runs[i].Due); step <= 0 || step%interval != 0 {
				t.Fatalf("after %s comes %s, %v later: want one of the grid, and none twice", runs[i].ID, run.ID, step)
			}
		}
	}
	if n := queued.Load(); n == 0 || n >= all {
		t.Errorf("the tick of 2014 queued %d of %d runs: this tests nothing", n, all)
	}
}
