package main

import (
	"errors"
	"fmt"
	"strings"
	_ "time/tzdata" // zones for hosts that have none

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// calendarFlags say when a job runs by calendars.
type calendarFlags struct {
	cron, timezone, gap, overlap string
	also, except                 []string
	jitter                       span
}

func (c *calendarFlags) declare(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.cron, "cron", "", "cron `expression` of 5 or 6 fields, or a word such as @daily")
	f.StringArrayVar(&c.also, "schedule", nil, "a further `expression`, or '@every 90s'; may be repeated")
	f.StringVar(&c.timezone, "timezone", "", "IANA `zone` of --cron, --schedule and --except (default UTC); also --tz")
	f.StringVar(&c.gap, "dst-gap", string(jobs.Shift), "`what` to do with a time of day that is left out: shift it to the end of the gap, or skip it")
	f.StringVar(&c.overlap, "dst-overlap", string(jobs.First), "`which` one of a time of day that comes twice: first, second or both")
	f.StringSliceVar(&c.except, "except", nil, "`days` without a run: 2026-12-25, 12-25, sat, mon..fri, 12-24..01-06; may be repeated")
	f.Var(&c.jitter, "jitter", "run later by a part of this, always the same for a job")
	f.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "tz" {
			name = "timezone"
		}
		return pflag.NormalizedName(name)
	})
	choices(cmd, "dst-gap", "shift", "skip")
	choices(cmd, "dst-overlap", "first", "second", "both")
}

// into writes what the flags say into a schedule, and looks whether that is right.
func (c *calendarFlags) into(s *jobs.Schedule) error {
	s.Cron, s.Also, s.Timezone, s.Except, s.Jitter = c.cron, c.also, c.timezone, c.except, c.jitter.d
	if c.gap != string(jobs.Shift) {
		s.Gap = jobs.Gap(c.gap)
	}
	if c.overlap != string(jobs.First) {
		s.Fold = jobs.Fold(c.overlap)
	}
	if !s.Planned() {
		if s.Timezone != "" || s.Gap != "" || s.Fold != "" {
			return errors.New("--timezone, --dst-gap and --dst-overlap say how --cron, --schedule and --except are meant, and there is none of them")
		}
		return nil
	}
	_, err := calendar.Compile("", *s)
	return marked(err)
}

// marked shows the wrong place of a cron expression below an error.
func marked(err error) error {
	var m *calendar.Mistake
	if !errors.As(err, &m) {
		return err
	}
	return fmt.Errorf("%w\n  %s", err, strings.ReplaceAll(m.Caret(), "\n", "\n  "))
}
