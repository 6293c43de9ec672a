package chaos

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jobs-agent/jobs"
)

// Verdict names the promise that was broken.
type Verdict string

// The verdicts.
const (
	Missing       Verdict = "missing"             // a nominal time that became nothing
	DoubleQueued  Verdict = "double-queued"       // one nominal time, two runs
	Vanished      Verdict = "lost"                // a run without execution or without result
	DoubleAcked   Verdict = "double-acked"        // two results, or one of a token that was over
	HandedOut     Verdict = "handed-out"          // after its result
	Overlapped    Verdict = "overlapped"          // two valid attempts at once
	Unexplained   Verdict = "unexplained"         // executed again, or lost, without a reason
	NotAskedFor   Verdict = "not-asked-for"       // a run of nothing that was put
	programsClock         = 25 * time.Millisecond // programs read a clock that steps by 10 ms
	mayWait               = 10                    // so often a run may be given back before it begins
	redisClock            = time.Millisecond      // Redis writes times down in whole milliseconds, cut
)

// Violation is one broken promise, with all that is known about it.
type Violation struct {
	Verdict  Verdict
	Subject  string // run or nominal time
	Why      string
	Timeline string
}

func (v Violation) String() string {
	return fmt.Sprintf("%s: %s: %s\n%s", v.Verdict, v.Subject, v.Why, v.Timeline)
}

// Check answers all broken promises.
func Check(h History) []Violation {
	c := &checker{History: h, stories: stories(h.Facts), jobs: map[string]Job{}, first: map[string]time.Time{}}
	for _, s := range c.stories {
		for _, a := range s.attempts {
			if first, known := c.first[a.process]; !known || a.handed.Before(first) {
				c.first[a.process] = a.handed
			}
		}
	}
	for _, job := range h.Jobs {
		c.jobs[job.ID] = job
	}
	for _, id := range slices.Sorted(maps.Keys(c.stories)) {
		s := c.stories[id]
		if job, _, scheduled := due(id); scheduled && c.jobs[job].ID == "" {
			c.blame(NotAskedFor, id, s.facts, "no such job was put")
		}
		c.result(s)
		c.again(s)
		c.reasons(s)
	}
	c.pushed()
	for _, job := range h.Jobs {
		c.nominal(job)
		if job.Overlap != "" && job.Overlap != jobs.Allow {
			c.alone(job)
		}
	}
	return c.found
}

type checker struct {
	History
	stories map[string]*story
	jobs    map[string]Job
	first   map[string]time.Time // process -> its first hand-out
	found   []Violation
}

// blame records a violation, unless a Redis that forgets explains it.
func (c *checker) blame(verdict Verdict, subject string, about []Fact, why string, args ...any) {
	if c.forgotten(about) {
		return
	}
	c.found = append(c.found, Violation{verdict, subject, fmt.Sprintf(why, args...), c.timeline(about)})
}

// result looks that a run has one result, and that its program did what it says.
func (c *checker) result(s *story) {
	switch {
	case len(s.results) == 0 && s.left():
		c.blame(Vanished, s.id, s.facts, "it has no result and is still about, although everything came to rest")
	case len(s.results) == 0:
		c.blame(Vanished, s.id, s.facts, "it was queued and has no result")
	case len(s.results) > 1:
		c.blame(DoubleAcked, s.id, s.facts, "it has %d results", len(s.results))
	}
	for _, result := range s.results {
		if result.Kind != Acked || result.State != "succeeded" {
			continue
		}
		a := s.attempt(func(a *attempt) bool { return slices.Contains(a.end, result) })
		if a == nil || len(a.began) == 0 || len(a.finished) == 0 {
			c.blame(Vanished, s.id, s.facts, "attempt %d is said to have succeeded, its program did not begin and finish", result.Attempt)
		}
	}
}

// again looks at the attempts of a run: each but the last must have ended before
// the next one, and none may come after the result.
func (c *checker) again(s *story) {
	for i, a := range s.attempts {
		if len(a.began) > 1 {
			c.blame(Unexplained, s.id, s.facts, "attempt %s began %d times", a.text, len(a.began))
		}
		if len(s.results) > 0 && s.results[0].Kind == Acked && a.handed.After(s.results[0].At) {
			c.blame(HandedOut, s.id, s.facts, "attempt %s was handed out after the result", a.text)
		}
		if len(a.end) > 1 {
			c.blame(DoubleAcked, s.id, s.facts, "attempt %s ended as %s and as %s", a.text, a.end[0].Kind, a.end[1].Kind)
		}
		if i == len(s.attempts)-1 {
			continue
		}
		switch next := s.attempts[i+1]; {
		case a.over().IsZero():
			c.blame(Unexplained, s.id, s.facts, "attempt %s was followed by %s, and nothing says why", a.text, next.text)
		case a.over().After(next.handed.Add(2 * time.Millisecond)):
			c.blame(Overlapped, s.id, s.facts, "attempt %s was valid until %s, and %s was handed out before", a.text, c.at(a.over()), next.text)
		}
	}
}

// reasons looks that a fault of its agent explains each loss and each give-back. What an
// agent has taken ahead and not begun, it may give back without, but not again and again.
func (c *checker) reasons(s *story) {
	waited := 0
	for _, a := range s.attempts {
		for _, f := range a.end {
			if f.Kind == Returned && len(a.began) == 0 {
				if waited++; waited <= mayWait || c.explained(a, f.At) {
					continue
				}
			}
			if f.Kind != Acked && !c.explained(a, f.At) {
				c.blame(Unexplained, s.id, s.facts, "attempt %s was %s, and no fault of %s explains it", a.text, f.Kind, a.agent)
			}
		}
	}
}

// explained tells whether a fault of the agent can have cost an attempt its lease at
// a moment: the process that was given it has ended, or it was out of reach in the
// last two leases. A Redis that fails is no reason: then all leases are prolonged.
func (c *checker) explained(a *attempt, at time.Time) bool {
	return slices.ContainsFunc(c.Faults, func(f Fault) bool {
		if f.Target != a.agent || f.From.After(at.Add(redisClock)) {
			return false
		}
		if f.Ends { // its last take may have been under way still, and for long
			first, known := c.first[a.process]
			return !f.From.Before(a.handed.Add(-time.Second)) || known && first.Before(f.From)
		}
		return !f.To.Before(at.Add(-2 * c.Lease))
	})
}

// pushed looks that each run whose push was answered is known.
func (c *checker) pushed() {
	for _, id := range c.Pushed {
		if c.stories[id] == nil {
			c.blame(Vanished, id, nil, "its push was answered, and nothing more is known of it")
		}
	}
}

// alone looks that no two attempts of a job that does not allow overlap were valid at
// once, by what Redis says and by what the programs say.
func (c *checker) alone(job Job) {
	type span struct {
		*attempt
		story    *story
		from, to time.Time
	}
	var handed, ran []span
	for _, s := range c.stories {
		if name, _, _ := due(s.id); name != job.ID {
			continue
		}
		for _, a := range s.attempts {
			to := a.over()
			if !to.IsZero() {
				handed = append(handed, span{a, s, a.handed, to})
			}
			if len(a.began) == 0 {
				continue
			}
			if len(a.finished) > 0 && (to.IsZero() || a.finished[0].At.Before(to)) {
				to = a.finished[0].At
			}
			if !to.IsZero() {
				ran = append(ran, span{a, s, a.began[0].At, to})
			}
		}
	}
	for what, spans := range map[string][]span{"handed out": handed, "executed": ran} {
		tolerance := 2 * time.Millisecond
		if what == "executed" {
			tolerance = programsClock
		}
		slices.SortFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
		for i := 1; i < len(spans); i++ {
			before, after := spans[i-1], spans[i]
			if before.to.Sub(after.from) > tolerance {
				c.blame(Overlapped, after.story.id, append(slices.Clone(before.story.facts), after.story.facts...),
					"attempt %s was %s while %s was still valid", after.text, what, before.text)
			}
			if before.to.After(after.to) { // it hides the next ones too
				spans[i] = before
			}
		}
	}
}
