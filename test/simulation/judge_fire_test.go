package simulation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// sighted takes in the entries that a command has put into queues and answers the
// runs that are new.
func (j *judge) sighted(c *command) []*life {
	var fresh []*life
	once := map[string]bool{}
	for _, run := range j.read.queued() {
		l := j.runs[run.ID]
		if once[run.ID] {
			j.complain(l, "it lies in the queues twice")
			continue
		}
		once[run.ID] = true
		if l == nil {
			fresh = append(fresh, j.born(c, run))
			continue
		}
		switch l.place {
		case waiting:
			if c.at.Before(l.ready) {
				j.complain(l, "its retry was queued %v too early", l.ready.Sub(c.at))
			}
			j.move(l, inQueue, c.at, "queued again for its retry")
		case held, ended:
			j.complain(l, "it lies in a queue and is %s", l.place)
		case inQueue:
		}
	}
	return fresh
}

// born takes in a new run.
func (j *judge) born(c *command, run jobs.Run) *life {
	l := &life{id: run.ID, job: j.jobs[run.Job], place: inQueue, since: c.at, queued: c.at, missed: run.Missed}
	j.runs[run.ID] = l
	j.counts["queued"]++
	l.note(c.at, "queued by %s of %s, missed %d", c.name, c.owner, run.Missed)
	switch {
	case run.Due.IsZero():
		if c.name != "jpush" && c.name != "jrun" {
			j.complain(l, "%s has queued it", c.name)
		}
	case c.name != "jfire":
		j.complain(l, "%s has queued it", c.name)
	case l.job == nil:
		j.complain(l, "there is no such job")
	case l.job.nominal[run.Due] != "":
		j.complain(l, "its nominal time was queued before, as %s", l.job.nominal[run.Due])
		j.complain(j.runs[l.job.nominal[run.Due]], "this is the other run of that time")
	default:
		l.job.nominal[run.Due] = run.ID
	}
	if l.job != nil {
		l.job.lives[l.id] = l
	}
	return l
}

// fired compares what came of one fire with the calendar and the policies.
func (j *judge) fired(c *command, fresh []*life, lines []line) {
	got := map[*account][]string{}
	for _, l := range fresh {
		if l.job != nil {
			got[l.job] = append(got[l.job], identity(l.id[:strings.LastIndex(l.id, ".")], l.missed))
		}
	}
	for _, l := range lines {
		a := j.jobs[jobs.RunID(l.name).Job()]
		if a == nil {
			j.complain(nil, "the ledger tells of an unknown job: %s %s", l.name, l.text)
			continue
		}
		got[a] = append(got[a], fmt.Sprintf("%s %s %d", l.name, l.Outcome, l.Count+l.Missed))
		j.counts[l.Outcome]++
	}
	for a, outcomes := range got {
		slices.Sort(outcomes)
		a.note(c.at, "fired by %s: %s", c.owner, strings.Join(outcomes, ", "))
		if !a.listed {
			j.accuse(a, "it fired and is not on the board")
			continue
		}
		if c.at.Before(a.due) {
			j.accuse(a, "it fired before its nominal time %s", clock(a.due))
			continue
		}
		if c.at.Sub(a.due) > prompt && !j.excused(a.due, c.at) {
			j.accuse(a, "its nominal time %s was queued %v late, and no fault explains that", clock(a.due), c.at.Sub(a.due))
		}
		want, next := a.expected(c.at)
		if !slices.Equal(outcomes, want) {
			j.accuse(a, "the nominal time %s came to\n    %s\n  the calendar and the policies say\n    %s",
				clock(a.due), strings.Join(outcomes, "\n    "), strings.Join(want, "\n    "))
		}
		a.due, a.listed = next, !next.IsZero()
	}
}

// expected is what a fire has to bring for a job: nominal identities that are queued,
// and lines of the ledger.
func (a *account) expected(at time.Time) (list []string, next time.Time) {
	o := a.fire(a.due, at)
	name := func(t time.Time) string { return fmt.Sprintf("%s@%d", a.ID, t.UnixMilli()) }
	if o.missed > 0 {
		list = append(list, fmt.Sprintf("%s missed %d", name(a.due), o.missed))
	}
	if a.Overlap == jobs.Forbid && len(o.runs) == 1 && a.busy() != nil {
		list = append(list, fmt.Sprintf("%s skipped %d", name(o.runs[0]), o.collapsed))
	} else {
		for i, t := range o.runs {
			list = append(list, identity(name(t), o.collapsed*max(0, 1-i)))
		}
	}
	slices.Sort(list)
	return list, o.next
}

func identity(name string, collapsed int) string {
	if collapsed == 0 {
		return name
	}
	return fmt.Sprintf("%s and %d collapsed into it", name, collapsed)
}

// busy answers a run of the job with a valid attempt, or one that waits for its retry.
func (a *account) busy() *life {
	for _, l := range a.lives {
		if l.place == held || l.place == waiting {
			return l
		}
	}
	return nil
}
