package chaos

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jobs-agent/jobs"
)

// claim is what says that it accounts for a nominal time.
type claim struct {
	what  string // empty: allowed
	run   string // empty: no run
	facts []Fact
}

// nominal looks that each nominal time of a job became one run, or what the job's
// policies allow instead.
func (c *checker) nominal(job Job) {
	claims := map[int64][]claim{}
	step := job.Interval.Milliseconds()
	add := func(at int64, n int, cl claim) {
		for i := range int64(n) {
			claims[at+i*step] = append(claims[at+i*step], cl)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.stories)) {
		s := c.stories[id]
		if name, at, ok := due(s.id); ok && name == job.ID {
			add(at, 1, claim{run: s.id, facts: s.facts})
			add(at+step, s.absorbed(), claim{what: allowed(job.Misfire == jobs.RunOnce, "it collapsed into "+s.id), facts: s.facts})
		}
	}
	for _, f := range c.Facts {
		name, at, ok := due(f.Run)
		if !ok || name != job.ID {
			continue
		}
		switch f.Kind {
		case Skipped:
			add(at, 1, claim{what: allowed(job.Overlap == jobs.Forbid, "it was skipped"), facts: []Fact{f}})
			add(at+step, f.Count, claim{what: allowed(job.Misfire == jobs.RunOnce, "it collapsed into a time that was skipped"), facts: []Fact{f}})
		case Missed:
			add(at, f.Count, claim{what: allowed(job.Misfire == jobs.Skip, "it is said to be missed"), facts: []Fact{f}})
		}
	}
	c.judge(job, claims)
}

// allowed is empty when a policy lets a nominal time pass without a run.
func allowed(policy bool, what string) string {
	if policy {
		return ""
	}
	return what
}

func (c *checker) judge(job Job, claims map[int64][]claim) {
	for at := job.First; !at.After(job.Last); at = at.Add(job.Interval) {
		ms := at.UnixMilli()
		found := claims[ms]
		delete(claims, ms)
		subject := fmt.Sprintf("%s@%d", job.ID, ms)
		var facts []Fact
		var runs, reasons []string
		for _, cl := range found {
			facts = append(facts, cl.facts...)
			if cl.run != "" {
				runs = append(runs, cl.run)
			}
			if cl.what != "" {
				reasons = append(reasons, cl.what)
			}
		}
		switch {
		case len(found) == 0:
			c.blame(Missing, subject, c.around(job.ID, at, job.Interval), "no run, and nothing in the ledger")
		case len(runs) > 1:
			c.blame(DoubleQueued, subject, facts, "it was queued as %v", runs)
		case len(found) > 1:
			c.blame(DoubleQueued, subject, facts, "it is accounted for %d times", len(found))
		case len(reasons) > 0:
			c.blame(Missing, subject, facts, "%s, which misfire %s and its overlap do not allow", reasons[0], job.Misfire)
		}
	}
	for ms, found := range claims {
		c.blame(NotAskedFor, fmt.Sprintf("%s@%d", job.ID, ms), found[0].facts, "it is no nominal time of the job")
	}
}

// around finds what is known of a job near a nominal time of which nothing is.
func (c *checker) around(job string, at time.Time, interval time.Duration) (facts []Fact) {
	for _, f := range c.Facts {
		if name, ms, ok := due(f.Run); ok && name == job && time.UnixMilli(ms).Sub(at).Abs() <= interval {
			facts = append(facts, f)
		}
	}
	if len(facts) == 0 {
		facts = append(facts, Fact{At: at, Run: fmt.Sprintf("%s@%d", job, at.UnixMilli()), Text: "due"})
	}
	slices.SortStableFunc(facts, byTime)
	return facts
}
