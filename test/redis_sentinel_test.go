package test

import (
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// lag is what a replica may be behind its master on a loaded machine: what was done
// that long before it took its place may be lost.
const lag = time.Second

func TestRedisIsReplacedBySentinels(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]struct {
		secrets redistest.Secrets
		replace func(w *redistest.Watched)
		gap     time.Duration
	}{
		"after its master was killed": {redistest.Secrets{}, func(w *redistest.Watched) { w.Master().Kill() }, 6 * time.Second},
		"as planned, with passwords":  {redistest.Secrets{Data: "geheim", Sentinel: "verborgen"}, (*redistest.Watched).Failover, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := redistest.Watch(t, 2, fault.secrets)
			old := w.Master()
			c := clusterAt(t, old, w.URL(), []string{"one", "two"}, "JOBS_SENTINEL_PASSWORD="+fault.secrets.Sentinel)
			ran := c.write("ran", "")
			c.ok("put", "each", "shell", "echo $JOBS_RUN_ID $(date +%s.%N) >>"+ran, "--every", "1s", "--overlap", "allow")
			long := c.longRuns(2, 10*time.Second)
			c.afterFire("each")

			began := time.Now()
			fault.replace(w)
			eventually(t, "the Sentinels name another master", func() bool { return w.Master() != old })
			eventually(t, "whichever Sentinel is asked names it", func() bool { // each learns it at a time of its own
				for range 5 {
					if c.run("count").code != 0 {
						return false
					}
				}
				return true
			})
			c.goesOn("each", 3, time.Now())
			for _, node := range c.nodes {
				node.wantReady()
				for _, secret := range []string{"geheim", "verborgen"} {
					if strings.Contains(node.talk(), secret) {
						t.Errorf("an agent says the password %s", secret)
					}
				}
			}
			longest, _ := gap(c.inOrder("each"), began)
			within(t, "longest gap between fires each second around the failover", longest, fault.gap)
			c.settled(2)
			c.wantUndisturbed(long, 10*time.Second)
			c.ok("remove", "each")
			eventually(t, "the last run has ended", func() bool { return len(c.runs("each")) == len(c.endedRuns("each")) })
			wantOnlyLagTwice(t, c.inOrder("each"), readText(ran), w.Switches())
			if found := c.conservation(); found["unseen"] != 0 || found["waiting"] != 0 {
				t.Errorf("the sum of all runs: got %v, want none unseen and none waiting", found)
			}
		})
	}
}

// wantOnlyLagTwice looks at what was executed, a run and the time of it a line: the
// nominal times of the new master make a grid without a hole, each was executed, and
// twice only what was due while there were two masters or so shortly before that it
// may not have reached the replica.
func wantOnlyLagTwice(t *testing.T, runs []runDoc, executions string, switches []time.Time) {
	t.Helper()
	if len(switches) == 0 {
		t.Fatal("no Sentinel has switched masters")
	}
	from, to := switches[0].Add(-lag), switches[len(switches)-1]
	times := map[string]int{}
	for line := range strings.Lines(executions) {
		run, _, _ := strings.Cut(line, " ")
		due, _, _ := strings.Cut(run, ".")
		times[due]++
	}
	twice := 0
	for i, run := range runs {
		due, _, _ := strings.Cut(run.Run, ".")
		lost := run.Due.After(from) && run.Due.Before(to)
		switch n := times[due]; {
		case n == 0:
			t.Errorf("%s, %s, was not executed", run.Run, run.State)
		case n > 1 && !lost:
			t.Errorf("%+v was executed %d times, masters changed from %v to %v:\n%s", run, n, from, to, executions)
		case n > 1:
			twice++
		}
		if i > 0 && !run.Due.Equal(runs[i-1].Due.Add(time.Duration(1+runs[i-1].Missed)*time.Second)) {
			t.Errorf("after %s, with %d collapsed into it, comes %s", runs[i-1].Run, runs[i-1].Missed, run.Run)
		}
	}
	t.Logf("measured: %d of %d nominal times executed twice", twice, len(runs))
}
