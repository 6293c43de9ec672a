package board

import (
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// timetable answers which times are nominal times of a job, by its schedule as it
// stands.
type timetable struct {
	s      jobs.Schedule
	rule   *calendar.Rule // of a planned schedule
	anchor time.Time      // a time of the grid of one that is not
}

// timetable is that of a job. Without bound it reaches back behind the start as well:
// the start is when a job was put, if nobody said otherwise, and moves when it is put
// again.
func (e Entry) timetable(bound bool) (timetable, error) {
	t := timetable{s: e.Job.Schedule, anchor: e.Next}
	if t.anchor.IsZero() && e.Paused != nil {
		t.anchor = e.Paused.Next
	}
	if t.anchor.IsZero() || t.s.Interval == 0 || decays(t.s) {
		t.anchor = t.s.Start
	}
	if len(e.Job.After) > 0 && t.s.Interval == 0 && !t.s.Planned() {
		return timetable{}, nil // it runs after others, at no time of its own
	}
	if !t.s.Planned() {
		if !bound && t.s.Interval > 0 && !decays(t.s) {
			t.s.Start = time.Time{}
		}
		return t, nil
	}
	every := strings.Contains(strings.ToLower(strings.Join(append([]string{t.s.Cron}, t.s.Also...), ";")), "@every")
	switch {
	case bound || t.s.Start.IsZero() || every: // the grid of @every begins at the start
	case t.s.Interval > 0:
		t.s.Start = t.s.Start.Add(-(t.s.Start.Sub(time.Unix(0, 0)) / t.s.Interval) * t.s.Interval)
	default:
		t.s.Start = time.Time{}
	}
	var err error
	t.rule, err = calendar.Compile(e.ID, t.s)
	return t, err
}

func decays(s jobs.Schedule) bool { return s.Lambda > 0 && s.Lambda != 1 }

// most bounds a search through times that can only be found one after the other.
const most = 1_000_000

// first is the first nominal time not before at.
func (t timetable) first(at time.Time) (time.Time, bool) {
	switch {
	case t.rule != nil:
		return t.rule.Next(at.Add(-1))
	case t.anchor.IsZero():
		return time.Time{}, false
	case t.s.Interval == 0:
		return t.anchor, !t.anchor.Before(at)
	case decays(t.s):
		n := 0
		for next := range calendar.Times(t.s, t.anchor) {
			if n++; !next.Before(at) || n > most {
				return next, n <= most
			}
		}
		return time.Time{}, false
	}
	if begin := t.s.Start.Add(-time.Millisecond); at.Before(begin) { // times are read with milliseconds
		at = begin
	}
	k := at.Sub(t.anchor) / t.s.Interval
	next := t.anchor.Add(k * t.s.Interval)
	if next.Before(at) {
		next = next.Add(t.s.Interval)
	}
	return next, t.s.Stop.IsZero() || !next.After(t.s.Stop)
}

// last is the last nominal time not after at.
func (t timetable) last(at time.Time) (last time.Time, found bool) {
	switch {
	case t.anchor.IsZero() && t.rule == nil:
		return time.Time{}, false
	case t.rule == nil && t.s.Interval > 0 && !decays(t.s):
		if !t.s.Stop.IsZero() && at.After(t.s.Stop) {
			at = t.s.Stop
		}
		next, _ := t.first(at)
		if next.After(at) {
			next = next.Add(-t.s.Interval)
		}
		return next, !next.Before(t.s.Start.Add(-time.Millisecond))
	case t.rule == nil:
		n := 0
		for next := range calendar.Times(t.s, t.anchor) {
			if n++; next.After(at) || n > most {
				break
			}
			last, found = next, true
		}
		return last, found
	}
	// A rule looks ahead only: look from further and further back.
	for back := 2 * time.Second; back < 120*calendar.Year; back *= 8 {
		for next, ok := t.rule.Next(at.Add(-back)); ok && !next.After(at); next, ok = t.rule.Next(next) {
			last, found = next, true
		}
		if found {
			return last, true
		}
	}
	return time.Time{}, false
}

// is tells whether a time is a nominal time, to the millisecond.
func (t timetable) is(at time.Time) bool {
	next, ok := t.first(at.Add(-time.Millisecond))
	return ok && next.Sub(at).Abs() <= time.Millisecond
}
