package test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/test/chaos"
)

// unsettled says what is not yet as it should be some time after the last fault:
// one ticker, every agent alive and known to every other, and no run that waits
// for longer than a second. Empty when all is well.
func (f *field) unsettled() string {
	ctx, cancel := context.WithTimeout(f.t.Context(), 2*time.Second)
	defer cancel()
	now, err := f.load.board.Now(ctx)
	if err != nil {
		return err.Error()
	}
	agents, err := f.load.board.Agents(ctx)
	if err != nil {
		return err.Error()
	}
	leaders, alive := 0, 0
	for _, agent := range agents {
		if agent.Leader {
			leaders++
		}
		node := f.nodes[agent.Name]
		if node == nil || node.pid() != agent.PID || !agent.Alive(now) {
			continue
		}
		alive++
		if n := members(ctx, agent.HTTP); n != len(f.nodes) {
			return fmt.Sprintf("%s knows %d members of %d", agent.Name, n, len(f.nodes))
		}
	}
	if leaders != 1 || alive != len(f.nodes) {
		return fmt.Sprintf("%d of %d agents are alive, %d lead", alive, len(f.nodes), leaders)
	}
	waiting, err := f.load.board.Runs(ctx, board.RunFilter{States: []jobs.State{jobs.Queued, jobs.Retrying}, Limit: 10000})
	if err != nil {
		return err.Error()
	}
	for _, run := range waiting {
		if age := now.Sub(run.Queued); run.State == jobs.Queued && age > time.Second {
			return fmt.Sprintf("run %s waits for %v", run.ID, age)
		}
	}
	return ""
}

// members asks an agent how many members its gossip knows, -1 when it does not tell.
func members(ctx context.Context, address string) (n int) {
	n = -1
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return n
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return n
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return n
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "jobs_agents_alive "); ok {
			fmt.Sscan(rest, &n)
		}
	}
	return n
}

// drained waits until the jobs have ended and nothing is queued, held or waits for
// a retry, and answers what is left after a while.
func (f *field) drained() (left []chaos.Fact) {
	f.t.Helper()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for begin := time.Now(); time.Since(begin) < 20*time.Second; <-look.C {
		f.keepUp()
		runs, err := f.load.board.Runs(f.t.Context(), board.RunFilter{States: []jobs.State{jobs.Queued, jobs.Running, jobs.Retrying}, Limit: 10000})
		if err != nil {
			continue
		}
		left = nil
		for _, run := range runs {
			left = append(left, chaos.ReadLeft(time.Now(), run))
		}
		count, err := f.load.board.Count(f.t.Context())
		if len(left) == 0 && err == nil && count.Jobs == 0 && count.Running == 0 && count.Retrying == 0 {
			return nil
		}
	}
	return left
}

// conserved looks that as many runs were queued as are accounted for (I15).
func (f *field) conserved() {
	f.t.Helper()
	totals, err := f.load.board.Totals(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	sum := int64(0)
	for _, name := range []string{"succeeded", "failed", "dead", "cancelled", "collapsed", "trimmed"} {
		sum += totals[name]
	}
	if totals["queued"] != sum {
		f.t.Errorf("conservation: %d runs were queued, %d are accounted for: %v", totals["queued"], sum, totals)
	}
}

// history is all that is known once everything has come to rest.
func (f *field) history(left []chaos.Fact) chaos.History {
	f.t.Helper()
	f.load.mu.Lock()
	defer f.load.mu.Unlock()
	return chaos.History{
		Begin: f.begin, Lease: f.lease, Jobs: f.load.jobs, Pushed: f.load.pushed, Faults: f.faults,
		Facts: append(append(f.watch.all(f.t), f.load.testimony(f.t)...), left...),
	}
}
