package test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/agent"
	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/worker"
)

// tickerVariable makes the test binary an agent that ticks without being elected, on
// the Redis that it names.
const tickerVariable = "JOBS_TEST_TICKER"

// serveTicker is such an agent. It is killed.
func serveTicker() int {
	cfg := agent.DefaultConfig()
	cfg.Redis, cfg.NoElection, cfg.Runners, cfg.HTTP = os.Getenv(tickerVariable), true, nil, ""
	node, err := agent.New(cfg)
	if err == nil {
		err = node.Run(context.Background())
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// tickerProcess is an agent of that kind. kill is kill -9, and returns once it is gone.
type tickerProcess struct{ kill func() }

func startTicker(t *testing.T, url string) tickerProcess {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), tickerVariable+"="+url)
	var talk strings.Builder
	cmd.Stderr = &talk
	cmd.SysProcAttr = dieWithTheTest()
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // "with its parent" means the thread that forked it
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait()
		}
		close(ended)
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	p := tickerProcess{kill: func() {
		cmd.Process.Kill()
		<-ended
	}}
	t.Cleanup(func() {
		p.kill()
		if talk.Len() > 0 {
			t.Errorf("a ticker ended by itself: %s", talk.String())
		}
	})
	return p
}

func TestClusterTickersThatAreKilledUnderLoadFireEachTimeOnce(t *testing.T) {
	t.Parallel()
	const tickers, grids, interval, times = 4, 60, 100 * time.Millisecond, 80
	server := redistest.Start(t)
	b := openBoard(t, server.URL())
	chronicle := newAnnals(t, server.Client(), b.Leases().Keys())
	book := &diary{}
	serveRunners(t, server.URL(), worker.Config{Name: "worker", Concurrency: 64, Runners: map[string]jobs.Runner{"diary": book}})
	var processes []tickerProcess
	for range tickers {
		processes = append(processes, startTicker(t, server.URL()))
	}
	eventually(t, "all tickers live", func() bool {
		agents, err := b.Agents(t.Context())
		return err == nil && len(agents) == tickers
	})
	var asked []*request
	start := time.Now().Add(time.Second).Truncate(time.Millisecond)
	for i := range grids {
		job := jobs.Job{ID: fmt.Sprint("grid-", i), Runner: "diary", Overlap: jobs.Allow, Misfire: jobs.RunAll}
		job.Payload = job.ID
		job.Start, job.Interval = start.Add(time.Duration(i%4)*interval/4), interval
		job.Stop = job.Start.Add((times - 1) * interval)
		if _, err := b.Put(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		asked = append(asked, &request{name: job.ID, job: &job, sure: true})
	}
	// Each 600 ms, one is killed in the middle of what it does, and replaced.
	each, kills := time.NewTicker(600*time.Millisecond), 0
	defer each.Stop()
	for over := start.Add(times * interval); time.Now().Before(over); <-each.C {
		if time.Now().After(start) {
			processes[kills%tickers].kill()
			processes[kills%tickers] = startTicker(t, server.URL())
			kills++
		}
	}
	left := chronicle.rest(patience)
	totals, err := b.Totals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if v := judge(evidence{requests: asked, executions: book.all(), records: chronicle.records, lines: chronicle.lines, totals: totals, left: left}); len(v) > 0 {
		t.Errorf("faults:\n%v", v)
	}
	t.Logf("%d runs by %d tickers, %d of which were killed", totals["queued"], tickers+kills, kills)
	if totals["queued"] != grids*times || kills < 5 {
		t.Errorf("got %d runs and %d kills, want %d and at least 5", totals["queued"], kills, grids*times)
	}
}
