// Package calendar computes times: the next nominal times of a schedule, and what
// people write for times and durations. It is pure; firing itself happens in Redis
// (package scripts), by the same rules.
package calendar

import (
	"iter"
	"math"
	"time"

	"github.com/jobs-agent/jobs"
)

// Span is the interval in force at a time: Interval times Lambda once a Step since
// Start, at least Min (a second, or the interval if that is shorter) and at most Max. It
// is 0 for a schedule that fires once.
func Span(s jobs.Schedule, at time.Time) time.Duration {
	if s.Interval <= 0 || s.Lambda <= 0 || s.Lambda == 1 {
		return max(0, s.Interval)
	}
	step := s.Step
	if step <= 0 {
		step = 24 * time.Hour
	}
	var age float64
	if !s.Start.IsZero() {
		age = math.Floor(at.Sub(s.Start).Seconds() / step.Seconds())
	}
	span := s.Interval.Seconds() * math.Pow(s.Lambda, age)
	least, most := min(time.Second, s.Interval), longest
	if s.Min > 0 {
		least = s.Min
	}
	if s.Max > 0 {
		most = min(most, s.Max)
	}
	switch {
	case !(span >= least.Seconds()):
		return min(least, most)
	case span > most.Seconds():
		return most
	}
	return time.Duration(span * float64(time.Second))
}

// longest is the longest interval that a Duration can hold with room to add.
const longest = 100 * 365 * 24 * time.Hour

// After is the first time of the grid due + k*interval, k >= 1, that is after now,
// and false when the schedule has ended by then.
func After(s jobs.Schedule, due, now time.Time) (time.Time, bool) {
	span := Span(s, now)
	if span <= 0 {
		return time.Time{}, false
	}
	next := due.Add(span)
	if !next.After(now) {
		k := now.Sub(due)/span + 1
		next = due.Add(k * span)
		if !next.After(now) {
			next = next.Add(span)
		}
	}
	if !s.Stop.IsZero() && next.After(s.Stop) {
		return time.Time{}, false
	}
	return next, true
}

// Times are the nominal times of a schedule whose next one is due, as long as
// nothing is late.
func Times(s jobs.Schedule, due time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		for ok := s.Stop.IsZero() || !due.After(s.Stop); ok; due, ok = After(s, due, due) {
			if !yield(due) {
				return
			}
		}
	}
}

// Earlier is when a schedule ends that was to end at a, or never when that is zero,
// and is to end at b.
func Earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// Nth is the nominal time of the n-th run of a schedule that begins at start, and
// false when it ends before or that is further away than a Duration can hold. It is what `repeat N` becomes as a stop.
func Nth(s jobs.Schedule, start time.Time, n int) (time.Time, bool) {
	if s.Lambda <= 0 || s.Lambda == 1 {
		if s.Interval > 0 && time.Duration(n-1) > longest/s.Interval {
			return time.Time{}, false
		}
		last := start.Add(time.Duration(n-1) * s.Interval)
		return last, s.Stop.IsZero() || !last.After(s.Stop)
	}
	for at := range Times(s, start) {
		if n--; n == 0 {
			return at, true
		}
	}
	return time.Time{}, false
}
