package test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/agent"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
)

// runAgent runs an agent in this process until the test ends.
func runAgent(t *testing.T, cfg agent.Config) *agent.Agent {
	t.Helper()
	node, err := agent.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- node.Run(ctx) }()
	select {
	case <-node.Ready():
	case err := <-ended:
		t.Fatalf("agent: %v", err)
	case <-time.After(patience):
		t.Fatalf("agent: not ready within %v", patience)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("agent %s: %v", node.Name(), err)
		}
	})
	return node
}

func openBoard(t *testing.T, url string) *board.Board {
	t.Helper()
	b, err := board.Open(t.Context(), url, "jobs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestClusterEveryAgentMayTickAndEachTimeFiresOnce(t *testing.T) {
	t.Parallel()
	const interval, times = 200 * time.Millisecond, 20
	url := redistest.Start(t).URL()
	for i := range 3 {
		cfg := agent.DefaultConfig()
		cfg.Redis, cfg.Name, cfg.NoElection, cfg.Concurrency = url, fmt.Sprint("ticker-", i), true, 4
		runAgent(t, cfg)
	}
	b := openBoard(t, url)
	ids := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	for _, id := range ids {
		job := jobs.Job{ID: id, Runner: "console", Payload: id, Overlap: jobs.Allow, Misfire: jobs.RunAll}
		job.Interval = interval
		if _, err := b.Put(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
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
		slices.SortFunc(runs, func(x, y jobs.Run) int { return x.Due.Compare(y.Due) })
		// The newest may have ended before an older one.
		for i, run := range runs[:times-4] {
			if run.Attempt != 1 || run.Lost != 0 {
				t.Errorf("run %s: attempt %d, %d lost, want the first and none", run.ID, run.Attempt, run.Lost)
			}
			if want := runs[0].Due.Add(time.Duration(i) * interval); !run.Due.Equal(want) {
				t.Fatalf("run %d of %s is %s: want the nominal time %d", i, id, run.ID, want.UnixMilli())
			}
		}
	}
}
