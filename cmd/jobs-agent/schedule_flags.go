package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// scheduleFlags say when a job runs.
type scheduleFlags struct {
	seconds, minutes, hours, days, weeks, months, quarters, years amount

	every, duration, step    span
	start, stop, from, until instant
	lambda                   amount
	least, most              span
	repeat                   int

	at       instant
	in       span
	calendar calendarFlags
}

func (s *scheduleFlags) declare(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Var(&s.every, "every", "interval, as 90s, 1h30m, 1.5d, 2w or a number of seconds")
	f.VarP(&s.seconds, "seconds", "s", "interval in seconds; this one and those that follow add up")
	f.VarP(&s.minutes, "minutes", "m", "interval in minutes")
	f.VarP(&s.hours, "hours", "h", "interval in hours")
	f.VarP(&s.days, "days", "d", "interval in days")
	f.VarP(&s.weeks, "weeks", "w", "interval in weeks")
	f.VarP(&s.months, "months", "M", "interval in months of 30.4375 days")
	f.VarP(&s.quarters, "quarters", "q", "interval in quarters of 13 weeks")
	f.VarP(&s.years, "years", "y", "interval in years of 12 months")
	f.VarP(&s.start, "start", "f", "first nominal `time`: RFC 3339, Unix seconds, +90s or now; also --from")
	f.VarP(&s.stop, "stop", "u", "no nominal `time` after this; also --until")
	f.Var(&s.from, "from", "the same as --start")
	f.Var(&s.until, "until", "the same as --stop")
	f.VarP(&s.duration, "duration", "D", "stop so long after the start")
	f.IntVarP(&s.repeat, "repeat", "r", 0, "stop at the nominal time of the `N`-th run")
	f.VarP(&s.lambda, "lambda", "l", "factor of the interval, once each step")
	f.VarP(&s.step, "step", "x", "after which lambda applies once more (default 1d)")
	f.Var(&s.least, "min", "shortest interval that lambda makes (default 1s)")
	f.Var(&s.most, "max", "longest interval that lambda makes (default none)")
	f.Var(&s.at, "at", "run once, at this `time`")
	f.Var(&s.in, "in", "run once, so long from now")
	s.calendar.declare(cmd)
	for _, alias := range []string{"from", "until"} {
		f.Lookup(alias).Hidden = true
	}
}

// relative tells whether the schedule counts from now, which is Redis' clock.
func (s *scheduleFlags) relative() bool {
	return s.in.set || s.at.relative() || s.start.relative() || s.stop.relative() || s.from.relative() || s.until.relative()
}

func (s *scheduleFlags) schedule(cmd *cobra.Command, now time.Time) (jobs.Schedule, error) {
	wrong := func(format string, args ...any) (jobs.Schedule, error) {
		return jobs.Schedule{}, usage(cmd.CommandPath(), format, args...)
	}
	interval, err := s.interval()
	if err != nil {
		return wrong("%w", err)
	}
	changed := cmd.Flags().Changed
	switch {
	case changed("repeat") && s.repeat < 1:
		return wrong("--repeat %d: 1 or more runs are possible", s.repeat)
	case s.lambda.set && s.lambda.n == 0:
		return wrong("--lambda 0: a number above 0 is needed")
	case s.duration.set && s.duration.d == 0, s.step.set && s.step.d == 0:
		return wrong("--duration and --step need more than 0 seconds")
	case changed("start") && changed("from"), changed("stop") && changed("until"):
		return wrong("--from is --start, and --until is --stop: give one of them")
	case s.at.text != "" && s.in.set:
		return wrong("--at and --in both say when it runs: give one of them")
	}
	out := jobs.Schedule{Interval: interval, Lambda: s.lambda.n, Step: s.step.d, Min: s.least.d, Max: s.most.d, Duration: s.duration.d, Repeat: s.repeat}
	for _, at := range []struct {
		flag *instant
		into *time.Time
	}{{&s.start, &out.Start}, {&s.from, &out.Start}, {&s.stop, &out.Stop}, {&s.until, &out.Stop}} {
		if at.flag.none() {
			continue
		}
		if *at.into, err = at.flag.at(now); err != nil {
			return wrong("%w", err)
		}
	}
	if err := s.calendar.into(&out); err != nil {
		return wrong("%w", err)
	}
	return out, s.once(cmd, &out, now)
}

// once makes the schedule that --at or --in ask for.
func (s *scheduleFlags) once(cmd *cobra.Command, out *jobs.Schedule, now time.Time) (err error) {
	if s.at.text == "" && !s.in.set {
		return nil
	}
	if out.Interval > 0 || !out.Start.IsZero() || out.Planned() || s.duration.set || s.repeat > 0 {
		return usage(cmd.CommandPath(), "--at and --in are for a job that runs once: leave out what repeats it, and --start")
	}
	if s.in.set {
		out.Start = now.Add(s.in.d)
		return nil
	}
	if s.at.none() {
		return usage(cmd.CommandPath(), "--at %s is no time", s.at.text)
	}
	out.Start, err = s.at.at(now)
	return err
}

// interval is the sum of the units, or what every says.
func (s *scheduleFlags) interval() (time.Duration, error) {
	total, set := 0.0, false
	for _, part := range []struct {
		flag *amount
		unit time.Duration
	}{
		{&s.seconds, time.Second},
		{&s.minutes, time.Minute},
		{&s.hours, time.Hour},
		{&s.days, calendar.Day},
		{&s.weeks, calendar.Week},
		{&s.months, calendar.Month},
		{&s.quarters, calendar.Quarter},
		{&s.years, calendar.Year},
	} {
		total += part.flag.n * float64(part.unit)
		set = set || part.flag.set
	}
	switch {
	case set && s.every.set:
		return 0, fmt.Errorf("--every is the whole interval: leave the flags of its units out")
	case s.every.set:
		total, set = float64(s.every.d), true
	}
	switch {
	case set && total < 1:
		return 0, fmt.Errorf("the interval is 0: leave the flag out for a job that runs once")
	case total > float64(longest):
		return 0, fmt.Errorf("the interval is longer than %d years", longest/calendar.Year)
	}
	return time.Duration(total), nil
}

// longest is the longest interval that can be added to a time without harm.
const longest = 100 * calendar.Year
