package jobs

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Schedule says when a job becomes due: at Start, then each Interval, until Stop.
// Times lie on the grid start + k*interval and do not drift. With Cron or Also it
// is the times of all of these together, not before Start; Start alone is then none.
type Schedule struct {
	Interval time.Duration // 0: once, at Start
	Start    time.Time     // zero: when it is put
	Stop     time.Time     // the last possible nominal time; zero: none

	// Lambda multiplies the interval once each Step since Start; 0 and 1 mean that
	// it stays. Step 0 means a day.
	Lambda float64
	Step   time.Duration
	// Min and Max bound the interval that Lambda makes; 0: at least a second, or the
	// interval if that is shorter, and at most 3,000 years.
	Min, Max time.Duration

	// Cron is an expression of 5 or 6 fields or a word such as @daily, see package
	// calendar. Also are further ones for the same job; they may be "@every 90s" too.
	Cron string
	Also []string

	// Timezone is the IANA zone in which Cron, Also and Except are read; empty: UTC.
	Timezone string
	Gap      Gap      // what to do with a time of day that a day does not have
	Fold     Fold     // and with one that a day has twice
	Except   []string // days without a nominal time: dates, ranges, weekdays, see package calendar

	// Jitter is the width of the window in which the job gets its own fixed delay.
	Jitter time.Duration

	// Duration and Repeat are other ways to give Stop, resolved when the job is put:
	// so long after the start, or at the nominal time of the N-th run. The earliest
	// of the three counts.
	Duration time.Duration
	Repeat   int
}

// Overlap says what happens to a nominal time while another run of the job has a
// valid attempt or waits for its retry.
type Overlap string

// Misfire says what happens to nominal times that passed while nothing ticked.
type Misfire string

// OnLost says what happens to a run whose lease was lost.
type OnLost string

// CutOff says what happens to a running program while Redis is out of reach.
type CutOff string

// Growth says how the wait grows from retry to retry.
type Growth string

// Gap says what becomes of a fixed time of day that clocks put forward leave out.
type Gap string

// Fold says which one is meant when clocks put back show a fixed time of day twice.
type Fold string

// Priority says which of several waiting runs of a runner type is handed out first.
type Priority string

// On says which ends of the upstream runs make a dependent job run.
type On string

// The values of the policies, defaults first.
const (
	Forbid  Overlap = "forbid"  // skip it
	Allow   Overlap = "allow"   // run beside it; what metadata without the field means
	Queue   Overlap = "queue"   // keep one waiting, newer ones collapse into it
	Replace Overlap = "replace" // cancel the active run, start when that has ended

	Shift    Gap = "shift" // once, at the end of the gap
	SkipTime Gap = "skip"

	First  Fold = "first"
	Second Fold = "second"
	Both   Fold = "both"

	Normal Priority = "normal"
	High   Priority = "high"
	Low    Priority = "low"

	Success On = "success"
	Failure On = "failure"
	Always  On = "always"

	RunOnce Misfire = "run-once" // one run, however late
	Skip    Misfire = "skip"     // none
	RunAll  Misfire = "run-all"  // all, at most the latest 100

	Requeue    OnLost = "requeue"
	FailOnLost OnLost = "fail" // at most once

	KeepRunning CutOff = "keep"
	StopRunning CutOff = "stop" // in time to be dead before its lease is

	Exponential Growth = "exponential"
	Linear      Growth = "linear"
	Fixed       Growth = "fixed"
)

// Backoff is the wait before a retry. Zero values mean the defaults.
type Backoff struct {
	Growth Growth
	Delay  time.Duration // before the first retry; 1 s
	Factor float64       // of exponential growth; 2
	Cap    time.Duration // at most; 1 h
	Jitter float64       // share of the wait, 0 to 1, by which it varies; 0.1
}

// MaxPayload is the size of the largest payload in bytes.
const MaxPayload = 1 << 20

// Planned tells whether the times of the schedule cannot be computed from one to the
// next by adding, so that they have to be planned ahead.
func (s Schedule) Planned() bool {
	return s.Cron != "" || len(s.Also) > 0 || len(s.Except) > 0 || s.Jitter > 0
}

func (s Schedule) validate() error {
	for name, list := range map[string][]string{"schedules": s.Also, "except": s.Except} {
		if len(list) > 100 {
			return fmt.Errorf("%w: %s has %d members, at most 100 are allowed", ErrInvalid, name, len(list))
		}
	}
	for _, text := range slices.Concat([]string{s.Cron, s.Timezone}, s.Also, s.Except) {
		if len(text) > 256 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == '|' || r >= 0x7f }) {
			return fmt.Errorf("%w: %q in the schedule: at most 256 printable ASCII characters without | are allowed", ErrInvalid, text)
		}
	}
	if err := firstError(
		oneOf("dst_gap", string(s.Gap), string(Shift), string(SkipTime)),
		oneOf("dst_overlap", string(s.Fold), string(First), string(Second), string(Both)),
	); err != nil {
		return err
	}
	switch {
	case s.Interval < 0:
		return fmt.Errorf("%w: interval %v is negative", ErrInvalid, s.Interval)
	case s.Interval > 0 && s.Interval < time.Millisecond:
		return fmt.Errorf("%w: interval %v is under a millisecond", ErrInvalid, s.Interval)
	case s.Duration < 0 || s.Repeat < 0:
		return fmt.Errorf("%w: duration and repeat must not be negative", ErrInvalid)
	case s.Repeat > 10_000_000:
		return fmt.Errorf("%w: repeat %d: at most 10000000 are allowed; leave it out to repeat for ever", ErrInvalid, s.Repeat)
	case s.Jitter < 0 || s.Jitter > 24*time.Hour || s.Jitter%time.Second != 0:
		return fmt.Errorf("%w: jitter %v: whole seconds up to a day are allowed", ErrInvalid, s.Jitter)
	case (len(s.Except) > 0 || s.Jitter > 0) && s.Interval == 0 && s.Cron == "" && len(s.Also) == 0:
		return fmt.Errorf("%w: except and jitter need an interval or cron that they change", ErrInvalid)
	case s.Repeat > 1 && s.Interval == 0 && !s.Planned():
		return fmt.Errorf("%w: repeat needs an interval", ErrInvalid)
	case s.Min < 0 || s.Max < 0 || s.Max > 0 && s.Min > s.Max:
		return fmt.Errorf("%w: min %v and max %v must not be negative, and min not above max", ErrInvalid, s.Min, s.Max)
	case (s.Min > 0 || s.Max > 0) && (s.Lambda == 0 || s.Lambda == 1):
		return fmt.Errorf("%w: min and max bound the interval that lambda changes: they need lambda", ErrInvalid)
	case s.Step < 0:
		return fmt.Errorf("%w: step %v is negative", ErrInvalid, s.Step)
	case s.Lambda < 0 || math.IsNaN(s.Lambda) || math.IsInf(s.Lambda, 0):
		return fmt.Errorf("%w: lambda %v must be a number above 0", ErrInvalid, s.Lambda)
	case (s.Lambda != 0 && s.Lambda != 1 || s.Step != 0) && s.Interval == 0:
		return fmt.Errorf("%w: lambda and step need an interval that they change", ErrInvalid)
	case (s.Lambda != 0 && s.Lambda != 1 || s.Step != 0) && s.Planned():
		return fmt.Errorf("%w: lambda and step change an interval: they go with no cron, schedules, except or jitter", ErrInvalid)
	case !s.Stop.IsZero() && !s.Start.IsZero() && s.Stop.Before(s.Start):
		return fmt.Errorf("%w: stop %s is before start %s", ErrInvalid, s.Stop.Format(time.RFC3339), s.Start.Format(time.RFC3339))
	}
	return nil
}
