package chaos

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// margin is how long before the first fact of a timeline faults are told of.
const margin = time.Second

// Timeline tells everything that is known, in the order of time.
func Timeline(h History) string {
	c := &checker{History: h}
	return c.timeline(h.Facts)
}

// timeline tells facts, and the faults around them, in the order of time.
func (c *checker) timeline(facts []Fact) string {
	type line struct {
		at   time.Time
		text string
	}
	var lines []line
	if len(facts) == 0 {
		return "  nothing is known\n"
	}
	ordered := slices.Clone(facts)
	slices.SortStableFunc(ordered, byTime)
	for _, f := range ordered {
		lines = append(lines, line{f.At, f.String()})
	}
	from, to := ordered[0].At.Add(-margin), ordered[len(ordered)-1].At
	for _, f := range ordered {
		if t, ok := parseToken(f.Token); ok && t.handed.Before(from) {
			from = t.handed.Add(-margin)
		}
	}
	for _, f := range c.Faults {
		if f.From.After(to) || f.To.Before(from) {
			continue
		}
		lines = append(lines, line{f.From, fmt.Sprintf("FAULT     %s of %s begins", f.Kind, f.Target)})
		if !f.To.Equal(f.From) {
			lines = append(lines, line{f.To, fmt.Sprintf("FAULT     %s of %s is over", f.Kind, f.Target)})
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "  %9s  %s\n", c.at(l.at), l.text)
	}
	return b.String()
}

// at tells a time as a distance from the begin.
func (c *checker) at(t time.Time) string { return fmt.Sprintf("%+.3fs", t.Sub(c.Begin).Seconds()) }

func (f Fact) String() string {
	text := fmt.Sprintf("%-9s %s", f.Kind, f.Run)
	if f.Token != "" {
		text += " token " + f.Token
	}
	if f.State != "" {
		text += " " + f.State
	}
	if f.Text != "" {
		text += "  " + f.Text
	}
	return text
}

// forgotten tells whether the facts overlap the data that a fault took away.
func (c *checker) forgotten(facts []Fact) bool {
	for _, fault := range c.Faults {
		if fault.Forgets == 0 {
			continue
		}
		if len(facts) == 0 {
			return true
		}
		from, to := facts[0].At, facts[0].At
		for _, f := range facts {
			if t, ok := parseToken(f.Token); ok && t.handed.Before(from) {
				from = t.handed
			}
			if f.At.Before(from) {
				from = f.At
			}
			if f.At.After(to) {
				to = f.At
			}
		}
		if !to.Before(fault.From.Add(-fault.Forgets)) && !from.After(fault.To) {
			return true
		}
	}
	return false
}
