package test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// evidence is what a scene left behind. The judge knows nothing else.
type evidence struct {
	seed       uint64
	requests   []*request
	executions []execution
	records    []jobs.Run
	lines      []line
	totals     map[string]int64
	left       []string      // what was still under way when it should have been over
	replays    []string      // commands that came again and got another answer
	stall      time.Duration // for how long the machine kept everything from running
}

// verdicts are breaches of promises, by the rule that was broken.
type verdicts map[string][]string

func (v verdicts) say(rule, format string, args ...any) {
	v[rule] = append(v[rule], fmt.Sprintf(format, args...))
}

// String tells some of each rule's breaches.
func (v verdicts) String() string {
	var b strings.Builder
	for _, rule := range slices.Sorted(maps.Keys(v)) {
		fmt.Fprintf(&b, "%s, %d times:\n", rule, len(v[rule]))
		for _, text := range v[rule][:min(3, len(v[rule]))] {
			fmt.Fprintf(&b, "  - %s\n", strings.ReplaceAll(text, "\n", "\n    "))
		}
	}
	return b.String()
}

// life is all that is known of one run.
type life struct {
	id         jobs.RunID
	executions []execution
	ends       []jobs.Run // records that end the run
	tries      []jobs.Run // records of attempts that are retried
	lines      []line
}

// count is how many ledger lines of an outcome a run has.
func (l *life) count(outcome string) (n int) {
	for _, line := range l.lines {
		if line.outcome == outcome {
			n++
		}
	}
	return n
}

// interrupted is how often the run was given back although it had begun. What a worker
// has taken ahead, it may give back unstarted at any time.
func (l *life) interrupted() (n int) {
	for _, line := range l.lines {
		if line.outcome == "returned" && slices.ContainsFunc(l.executions, func(x execution) bool { return strings.Contains(line.text, strconv.Quote(x.token)) }) {
			n++
		}
	}
	return n
}

// String tells the story of a run in the order of time.
func (l *life) String() string {
	type moment struct {
		at   time.Time
		text string
	}
	var moments []moment
	add := func(at time.Time, format string, args ...any) {
		if !at.IsZero() {
			moments = append(moments, moment{at, fmt.Sprintf(format, args...)})
		}
	}
	for _, e := range l.executions {
		add(e.begin, "attempt %d begins on %s", e.number, e.agent)
		add(e.end, "attempt %d ends on %s", e.number, e.agent)
	}
	for _, r := range append(slices.Clone(l.tries), l.ends...) {
		add(r.Finished, "recorded: %s, attempt %d on %s, queued %s, %s", r.State, r.Attempt, r.Agent, r.Queued.Format("05.000"), r.Reason)
	}
	for _, line := range l.lines {
		add(time.UnixMilli(int64(line.at*1000)), "in the ledger: %s", line.text)
	}
	slices.SortStableFunc(moments, func(a, b moment) int { return a.at.Compare(b.at) })
	var b strings.Builder
	b.WriteString(string(l.id))
	for _, m := range moments {
		fmt.Fprintf(&b, "\n  %s  %s", m.at.UTC().Format("15:04:05.000"), m.text)
	}
	return b.String()
}

func (e *evidence) lives() map[jobs.RunID]*life {
	lives := map[jobs.RunID]*life{}
	of := func(id jobs.RunID) *life {
		if lives[id] == nil {
			lives[id] = &life{id: id}
		}
		return lives[id]
	}
	for _, x := range e.executions {
		l := of(x.run)
		l.executions = append(l.executions, x)
	}
	for _, r := range e.records {
		l := of(jobs.RunID(r.ID))
		if r.State == jobs.Retrying {
			l.tries = append(l.tries, r)
		} else {
			l.ends = append(l.ends, r)
		}
	}
	for _, line := range e.lines {
		// A nominal time without a run has no number behind it.
		if line.outcome != "skipped" && line.outcome != "missed" && line.outcome != "backfilled" && line.outcome != "unserved" {
			l := of(jobs.RunID(line.name))
			l.lines = append(l.lines, line)
		}
	}
	return lives
}
