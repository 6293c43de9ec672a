package test

import (
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// A diamond each second (b and c follow a, d follows b and c) while agents are
// killed: d runs exactly once for each a, and never before both of its sides have ended.
func TestClusterADiamondRunsItsEndOnceAndNeverEarly(t *testing.T) {
	t.Parallel()
	lasts, each := 15*time.Second, 5*time.Second
	if longForm() {
		lasts = time.Minute
	}
	c := newCluster(t, []string{"one", "two", "three"})
	b := openBoard(t, c.server.URL())
	put := func(job jobs.Job) {
		t.Helper()
		job.Runner, job.Payload = "shell", "true"
		if _, err := b.Put(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	put(jobs.Job{ID: "a", Schedule: jobs.Schedule{Interval: time.Second}, Misfire: jobs.RunAll, Overlap: jobs.Allow})
	put(jobs.Job{ID: "b", After: []string{"a"}})
	put(jobs.Job{ID: "c", After: []string{"a"}})
	put(jobs.Job{ID: "d", After: []string{"b", "c"}})

	kills := 0
	for end := time.Now().Add(lasts); time.Now().Before(end); kills++ {
		victim := []string{"one", "two", "three"}[kills%3]
		c.nodes[victim].kill()
		<-time.After(each / 2)
		c.join(victim)
		<-time.After(each / 2)
	}
	c.ok("remove", "a")
	rest := func() bool {
		n, err := b.Count(t.Context())
		return err == nil && n.Queued["shell"]+n.Running+n.Retrying == 0
	}
	eventually(t, "all flows have ended", rest)

	flows := map[jobs.RunID]map[string]jobs.Run{}
	runs := func(job string) []jobs.Run {
		list, err := b.Runs(t.Context(), board.RunFilter{Job: job, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	for _, job := range []string{"b", "c", "d"} {
		for _, run := range runs(job) {
			if flows[run.Flow] == nil {
				flows[run.Flow] = map[string]jobs.Run{}
			}
			if other, twice := flows[run.Flow][job]; twice {
				t.Errorf("%s ran twice in the flow of %s: %s and %s", job, run.Flow, other.ID, run.ID)
			}
			flows[run.Flow][job] = run
		}
	}
	begun := runs("a")
	for _, a := range begun {
		flow := flows[jobs.RunID(a.ID)]
		for _, job := range []string{"b", "c", "d"} {
			if run, ok := flow[job]; !ok || run.State != jobs.Succeeded || !run.Due.Equal(a.Due) {
				t.Errorf("flow of %s, %s: %s is %+v, want one run of its nominal time that succeeded", a.ID, a.State, job, run)
			}
		}
		if d := flow["d"]; d.Queued.Before(flow["b"].Finished.Add(-time.Millisecond)) || d.Queued.Before(flow["c"].Finished.Add(-time.Millisecond)) {
			t.Errorf("flow of %s: d was queued at %v, before %v or %v", a.ID, d.Queued, flow["b"].Finished, flow["c"].Finished)
		}
	}
	if want := int(lasts/time.Second) - 5; len(begun) < want || len(flows) != len(begun) || kills < 3 {
		t.Errorf("got %d runs of a and %d flows in %d kills: want at least %d, as many flows, 3 kills", len(begun), len(flows), kills, want)
	}
	t.Logf("measured: %d flows, %d kills of an agent", len(flows), kills)
}
