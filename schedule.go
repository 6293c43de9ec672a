package jobs

import (
	"fmt"
	"math"
	"time"
)

// Schedule says when a job becomes due: at Start, then each Interval, until Stop.
// Times lie on the grid start + k*interval and do not drift.
type Schedule struct {
	Interval time.Duration // 0: once, at Start
	Start    time.Time     // zero: when it is put
	Stop     time.Time     // the last possible nominal time; zero: none

	// Lambda multiplies the interval once each Step since Start; 0 and 1 mean that
	// it stays. Step 0 means a day.
	Lambda float64
	Step   time.Duration

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

// The values of the policies, defaults first.
const (
	Forbid Overlap = "forbid" // skip it
	Allow  Overlap = "allow"  // run beside it; what metadata without the field means

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

func (s Schedule) validate() error {
	switch {
	case s.Interval < 0:
		return fmt.Errorf("%w: interval %v is negative", ErrInvalid, s.Interval)
	case s.Interval > 0 && s.Interval < time.Millisecond:
		return fmt.Errorf("%w: interval %v is under a millisecond", ErrInvalid, s.Interval)
	case s.Duration < 0 || s.Repeat < 0:
		return fmt.Errorf("%w: duration and repeat must not be negative", ErrInvalid)
	case s.Repeat > 10_000_000:
		return fmt.Errorf("%w: repeat %d: at most 10000000 are allowed; leave it out to repeat for ever", ErrInvalid, s.Repeat)
	case s.Repeat > 1 && s.Interval == 0:
		return fmt.Errorf("%w: repeat needs an interval", ErrInvalid)
	case s.Step < 0:
		return fmt.Errorf("%w: step %v is negative", ErrInvalid, s.Step)
	case s.Lambda < 0 || math.IsNaN(s.Lambda) || math.IsInf(s.Lambda, 0):
		return fmt.Errorf("%w: lambda %v must be a number above 0", ErrInvalid, s.Lambda)
	case (s.Lambda != 0 && s.Lambda != 1 || s.Step != 0) && s.Interval == 0:
		return fmt.Errorf("%w: lambda and step need an interval that they change", ErrInvalid)
	case !s.Stop.IsZero() && !s.Start.IsZero() && s.Stop.Before(s.Start):
		return fmt.Errorf("%w: stop %s is before start %s", ErrInvalid, s.Stop.Format(time.RFC3339), s.Start.Format(time.RFC3339))
	}
	return nil
}
