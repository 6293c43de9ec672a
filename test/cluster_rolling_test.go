package test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
)

func TestClusterRollingRestartLosesNothing(t *testing.T) {
	t.Parallel()
	names := []string{"one", "two", "three"}
	server := redistest.Start(t, redistest.TCP())
	c := &cluster{host: newHost(t, server.URL()), server: server, nodes: map[string]*daemon{}}
	c.replaceProgram()
	for _, name := range names {
		c.join(name)
	}
	c.settled(3)
	scheduled, oneOff := c.write("scheduled", ""), c.write("one-off", "")
	c.ok("put", "each", "shell", "echo $JOBS_RUN_ID >>"+scheduled, "--every", "1s", "--overlap", "allow", "--misfire", "run-all")
	c.afterFire("each")
	load := c.pushing(oneOff)
	c.afterFire("each")

	begun := time.Now()
	rest := slices.Clone(names)
	quickest := time.Hour // of those that ticked; the first one does
	for len(rest) > 0 {
		// The ticker goes first, so that the tick is handed over as often as can be.
		next, leader := rest[0], c.leader()
		if slices.Contains(rest, leader) {
			next = leader
		}
		rest = slices.DeleteFunc(rest, func(name string) bool { return name == next })
		told := time.Now()
		c.replaceProgram()
		c.nodes[next].terminate()
		c.join(next)
		c.settled(3)
		c.goesOn("each", 2, time.Now())
		queued, started := pauses(c.inOrder("each"), told)
		t.Logf("measured: %s replaced in %v, it ticked: %v", next, time.Since(told).Round(time.Millisecond), next == leader)
		within(t, "beyond a second between two fires of a one-second job", queued, 500*time.Millisecond)
		within(t, "beyond a second between two of its starts", started, 500*time.Millisecond)
		if next == leader {
			quickest = min(quickest, max(queued, started))
		}
	}
	// A machine may be slow once. A tick that is not handed over is slow each time.
	if quickest > 500*time.Millisecond {
		t.Errorf("the quickest handover of the tick: got %v beyond the second, want at most 500ms", quickest)
	}
	for _, name := range names {
		c.wantPresentProgram(name)
	}
	c.ok("remove", "each")
	pushed := load.stop()
	t.Logf("measured: %d one-off runs in %v beside it", len(pushed), time.Since(begun).Round(time.Millisecond))

	eventually(t, "all that was queued has ended", func() bool {
		return len(c.runs("each")) == len(c.endedRuns("each")) && strings.Count(readText(oneOff), "\n") >= len(pushed)
	})
	wantEachOnce(t, c.inOrder("each"), time.Second, readText(scheduled))
	for _, run := range c.inOrder("each") {
		if run.Lost > 0 || run.State != "succeeded" {
			t.Errorf("run %s: got %s, %d leases lost, want succeeded and none", run.Run, run.State, run.Lost)
		}
	}
	wantExactly(t, pushed, readText(oneOff))
	eventually(t, "the long runs have come to their end", func() bool {
		return strings.Count(readText(oneOff+".long"), "\n") == load.long
	})
}

// replaceProgram puts the program into the host anew, as an upgrade does: another
// file under the same name.
func (c *cluster) replaceProgram() {
	c.t.Helper()
	text, err := os.ReadFile(program(c.t))
	if err != nil {
		c.t.Fatal(err)
	}
	c.program = c.file("jobs-agent")
	if err := os.WriteFile(c.program+".new", text, 0o700); err != nil {
		c.t.Fatal(err)
	}
	if err := os.Rename(c.program+".new", c.program); err != nil {
		c.t.Fatal(err)
	}
}

// wantPresentProgram looks that an agent does not run a file that was replaced
// before it was started.
func (c *cluster) wantPresentProgram(name string) {
	c.t.Helper()
	link := filepath.Join("/proc", fmt.Sprint(c.nodes[name].pid()), "exe")
	if _, err := os.Lstat(link); err != nil {
		return // no Linux
	}
	got, err := os.Readlink(link)
	if err != nil || !strings.HasPrefix(got, c.program) {
		c.t.Errorf("%s runs %q, %v, want %q", name, got, err, c.program)
	}
}

// pauses answers by how much the longest times between two runs in a row that were
// due after a moment went beyond the interval of a second: between their fires, and their starts.
func pauses(runs []runDoc, after time.Time) (queued, started time.Duration) {
	for i := 1; i < len(runs); i++ {
		before, run := runs[i-1], runs[i]
		if before.Due.Before(after.Add(-time.Second)) || run.Started.IsZero() || before.Started.IsZero() {
			continue
		}
		queued = max(queued, run.Queued.Sub(before.Queued)-time.Second)
		started = max(started, run.Started.Sub(before.Started)-time.Second)
	}
	return queued, started
}

// push queues one-off runs until it is stopped.
type push struct {
	quit chan struct{}
	done sync.WaitGroup
	ids  []string
	long int // how many of them are long
}

// pushing queues twenty short runs a second, and two that last longer than it takes
// to replace an agent.
func (c *cluster) pushing(file string) *push {
	c.t.Helper()
	b, err := board.Open(c.t.Context(), c.server.URL(), "jobs")
	if err != nil {
		c.t.Fatal(err)
	}
	p := &push{quit: make(chan struct{})}
	p.done.Go(func() {
		defer b.Close()
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-p.quit:
				return
			case <-tick.C:
			}
			short := board.OneOff{Runner: "shell", Payload: "echo $JOBS_RUN_ID >>" + file}
			list := []board.OneOff{short, short}
			if n%5 == 0 {
				long := short
				long.Payload += "; sleep 2; echo >>" + file + ".long"
				list = append(list, long)
				p.long++
			}
			ids, err := b.EnqueueMany(c.t.Context(), list)
			if err != nil {
				c.t.Errorf("queue one-off runs: %v", err)
				return
			}
			for _, id := range ids {
				p.ids = append(p.ids, string(id))
			}
		}
	})
	return p
}

// stop ends it and answers the runs that were queued.
func (p *push) stop() []string {
	close(p.quit)
	p.done.Wait()
	return p.ids
}

// wantExactly looks that each run was executed once and nothing else was.
func wantExactly(t *testing.T, runs []string, executions string) {
	t.Helper()
	times := map[string]int{}
	for id := range strings.Lines(executions) {
		times[strings.TrimSpace(id)]++
	}
	for _, id := range runs {
		if times[id] != 1 {
			t.Errorf("one-off run %s was executed %d times, want once", id, times[id])
		}
		delete(times, id)
	}
	for id, n := range times {
		t.Errorf("%q was executed %d times and is no known run", id, n)
	}
}
