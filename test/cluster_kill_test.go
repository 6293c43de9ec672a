package test

import (
	"os"
	"slices"
	"testing"
	"time"
)

// longForm tells whether tests may take minutes: `make chaos` says so.
func longForm() bool { return os.Getenv("JOBS_CHAOS") != "" }

func TestClusterKillsOfTheTickerMissNothing(t *testing.T) {
	t.Parallel()
	const each, often = time.Second, 500 * time.Millisecond
	kills := 2
	if longForm() {
		kills = 5
	}
	c := newCluster(t, []string{"one", "two", "three"})
	c.ok("put", "all", "console", "x", "--every", each.String(), "--overlap", "allow", "--misfire", "run-all")
	c.ok("put", "once", "console", "x", "--every", often.String(), "--overlap", "allow")
	var pauses []time.Duration
	for range kills {
		c.afterFire("all")
		leader, killed := c.leader(), time.Now()
		c.nodes[leader].kill()
		c.goesOn("all", 2, killed)
		c.goesOn("once", 4, killed)
		next := c.firstQueued("all", killed)
		pauses = append(pauses, next.Queued.Sub(killed))
		within(t, "from a kill -9 of the ticker to the next fire of a job each second", next.Queued.Sub(killed), 3*time.Second)
		c.wantOneCatchUp("once", killed, often)
		c.join(leader)
		c.settled(3)
	}
	slices.Sort(pauses)
	within(t, "median of these", pauses[len(pauses)/2], 2*time.Second)

	for _, job := range []string{"all", "once"} {
		c.ok("remove", job)
		eventually(t, "the last run of "+job+" has ended", func() bool { return len(c.runs(job)) == len(c.endedRuns(job)) })
	}
	runs := c.inOrder("all")
	wantGrid(t, runs, each)
	for _, run := range runs {
		if run.Missed > 0 {
			t.Errorf("run %s stands for %d others, though the job asks for all", run.Run, run.Missed)
		}
	}
	if len(runs) < 4*kills {
		t.Errorf("got %d runs of a job each second around %d kills: this tests nothing", len(runs), kills)
	}
}

// firstQueued answers the run of a job that was queued first after a moment.
func (c *cluster) firstQueued(job string, after time.Time) runDoc {
	c.t.Helper()
	for _, run := range c.inOrder(job) {
		if run.Queued.After(after) {
			return run
		}
	}
	c.t.Fatalf("no run of %s was queued after %v", job, after)
	return runDoc{}
}

// wantOneCatchUp looks at a job with the policy run-once: the nominal times that
// passed after a moment until it fired again made one run, which bears the earliest of
// them and the number of the others, and the next run stands for itself.
func (c *cluster) wantOneCatchUp(job string, after time.Time, interval time.Duration) {
	c.t.Helper()
	runs := c.inOrder(job)
	i := slices.IndexFunc(runs, func(run runDoc) bool { return run.Queued.After(after) })
	if i < 1 || i+1 >= len(runs) {
		c.t.Fatalf("run %d of %d of %s is the first after the kill", i, len(runs), job)
	}
	before, late, next := runs[i-1], runs[i], runs[i+1]
	if want := before.Due.Add(time.Duration(1+before.Missed) * interval); !late.Due.Equal(want) {
		c.t.Errorf("the late run is %s, want the earliest missed time %d", late.Run, want.UnixMilli())
	}
	want := int(late.Queued.Sub(late.Due) / interval)
	if late.Missed != want || want < 1 {
		c.t.Errorf("the late run %s was queued %v late and bears %d others, want %d and at least 1", late.Run, late.Queued.Sub(late.Due), late.Missed, want)
	}
	if next.Missed > 0 || !next.Due.After(late.Queued.Add(-interval)) {
		c.t.Errorf("after the late run %s, queued at %s, comes %s with %d others: want one catch-up run alone",
			late.Run, late.Queued.Format("05.000"), next.Run, next.Missed)
	}
}
