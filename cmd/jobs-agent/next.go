package main

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/calendar"
)

// nextFlags say of what times are shown, and which.
type nextFlags struct {
	n        int
	from     instant
	id       string
	calendar calendarFlags
}

func newNext(g *globals) *cobra.Command {
	var f nextFlags
	cmd := &cobra.Command{
		Use:     "next JOB | next --cron EXPR [flags]",
		GroupID: groupSee,
		Short:   "Show the next nominal times of a job, or of a cron expression",
		Long: `The times are those of the job's zone; -o json is an array of times in UTC.
With --cron or --schedule no Redis is asked.`,
		Example: `  jobs-agent next backup -n 10
  jobs-agent next --cron '30 2 * * mon-fri' --tz Europe/Brussels --from 2026-10-24T00:00:00Z`,
		DisableFlagsInUseLine: true,
		Args:                  takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.n < 1 || f.n > 10_000 {
				return usage(cmd.CommandPath(), "-n %d: 1 to 10000 times can be shown", f.n)
			}
			expressions := f.calendar.cron != "" || len(f.calendar.also) > 0
			switch {
			case expressions && len(args) > 0:
				return usage(cmd.CommandPath(), "job %q has a schedule of its own: leave it out, or --cron", args[0])
			case expressions:
				return g.nextOfExpression(cmd, &f)
			case len(args) == 0:
				return usage(cmd.CommandPath(), "an argument is missing: %s", cmd.UseLine())
			case f.given(cmd) != "":
				return usage(cmd.CommandPath(), "--%s is for --cron: a job has its own", f.given(cmd))
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
				return g.nextOfJob(ctx, cmd, b, args[0], &f)
			})(cmd, args)
		},
	}
	cmd.Flags().IntVarP(&f.n, "number", "n", 5, "how `many`")
	cmd.Flags().Var(&f.from, "from", "times after this `time`: RFC 3339, Unix seconds, +90s (default now)")
	cmd.Flags().StringVar(&f.id, "id", "", "`job` for which H, ~ and --jitter of --cron are worked out")
	f.calendar.declare(cmd)
	return cmd
}

// timetable is what next shows.
type timetable struct {
	times []time.Time
	zone  *time.Location
	now   time.Time
	asked bool // for times after another one than now
}

func (g *globals) nextOfExpression(cmd *cobra.Command, f *nextFlags) error {
	now := time.Now()
	from, err := f.after(now)
	if err != nil {
		return usage(cmd.CommandPath(), "%w", err)
	}
	s := jobs.Schedule{Start: from} // of @every
	if err := f.calendar.into(&s); err != nil {
		return usage(cmd.CommandPath(), "%w", err)
	}
	rule, err := calendar.Compile(f.id, s)
	if err != nil {
		return usage(cmd.CommandPath(), "%w", err)
	}
	if g.output == "" {
		say(cmd, "%s", calendar.Words(s))
	}
	return g.giveTimes(cmd, timetable{first(f.n, planned(rule, from)), rule.Zone(), now, !f.from.none()})
}

func (g *globals) nextOfJob(ctx context.Context, cmd *cobra.Command, b *board.Board, id string, f *nextFlags) error {
	entry, err := b.Show(ctx, id)
	if err != nil {
		return err
	}
	t := timetable{zone: time.UTC, asked: !f.from.none()}
	if t.now, err = b.Now(ctx); err != nil {
		return err
	}
	from, err := f.after(t.now)
	if err != nil {
		return usage(cmd.CommandPath(), "%w", err)
	}
	all, zone, err := upcoming(entry, from)
	if err != nil {
		return fmt.Errorf("next times of job %q: %w", id, err)
	}
	t.zone = zone
	if !t.asked && !entry.Next.IsZero() && !entry.Next.After(from) {
		all = due(entry.Next, all)
	}
	t.times = first(f.n, all)
	if g.output == "" {
		tellSchedule(cmd, entry, from)
	}
	return g.giveTimes(cmd, t)
}

// tellSchedule says when a job runs, and why it does not.
func tellSchedule(cmd *cobra.Command, entry board.Entry, from time.Time) {
	say(cmd, "%s runs %s", entry.ID, inWords(entry.Job))
	if plan := decayPlan(entry.Job.Schedule, from); plan != "" {
		say(cmd, "That is %s", plan)
	}
	switch {
	case entry.Quarantine != "":
		say(cmd, "It is quarantined: %s", entry.Quarantine)
	case entry.Paused != nil:
		say(cmd, "It is paused: %s", entry.Paused.Reason())
	case entry.Next.IsZero() && !entry.Job.Planned():
		say(cmd, "It is not scheduled: jobs-agent put it again, or wait for an agent to take it up.")
	}
}

// after is the time after which times are asked for.
func (f *nextFlags) after(now time.Time) (time.Time, error) {
	if f.from.none() {
		return now, nil
	}
	return f.from.at(now)
}

// given is a flag that only goes with --cron.
func (f *nextFlags) given(cmd *cobra.Command) string {
	for _, name := range []string{"timezone", "dst-gap", "dst-overlap", "except", "jitter", "id"} {
		if cmd.Flags().Changed(name) {
			return name
		}
	}
	return ""
}

// giveTimes writes times: for people in their zone, for programs in UTC.
func (g *globals) giveTimes(cmd *cobra.Command, t timetable) error {
	doc := make([]moment, 0, len(t.times))
	a := answer{text: func(p *page) {
		for _, at := range t.times {
			away := distance(at.Sub(t.now))
			if t.asked && at.Before(t.now) {
				away = strings.TrimPrefix(distance(t.now.Sub(at)), "in ") + " ago"
			}
			fmt.Fprintf(p, "%s  %s\n", clockIn(at, t.zone), away)
		}
	}}
	for _, at := range t.times {
		doc, a.names = append(doc, moment(at)), append(a.names, calendar.FormatTime(at))
	}
	a.doc = doc
	if len(t.times) == 0 && g.output == "" {
		say(cmd, "There is no further time.")
	}
	return g.give(cmd, a)
}

func first(n int, all iter.Seq[time.Time]) (times []time.Time) {
	for at := range all {
		if times = append(times, at); len(times) == n {
			break
		}
	}
	return times
}

// planned are the times of a rule after a time.
func planned(rule *calendar.Rule, at time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		for next, ok := rule.Next(at); ok && yield(next); next, ok = rule.Next(next) {
		}
	}
}

// due puts a time in front that waits to be queued. What passed after it collapses
// into it.
func due(next time.Time, then iter.Seq[time.Time]) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		if yield(next) {
			then(yield)
		}
	}
}

// upcoming are the nominal times of a job after a time, and the zone in which they
// are meant.
func upcoming(entry board.Entry, at time.Time) (iter.Seq[time.Time], *time.Location, error) {
	s, next := entry.Job.Schedule, entry.Next
	switch {
	case entry.Quarantine != "":
	case s.Planned():
		rule, err := calendar.Compile(entry.ID, s)
		if err != nil {
			return nil, nil, marked(err)
		}
		return planned(rule, at), rule.Zone(), nil
	case next.After(at):
		return calendar.Times(s, next), time.UTC, nil
	case !next.IsZero():
		if after, more := calendar.After(s, next, at); more {
			return calendar.Times(s, after), time.UTC, nil
		}
	}
	return func(func(time.Time) bool) {}, time.UTC, nil
}

// distance says how far away a time is.
func distance(d time.Duration) string {
	if d <= 0 {
		return "due"
	}
	if d >= time.Minute {
		d = d.Round(time.Second)
	} else {
		d = d.Round(100 * time.Millisecond)
	}
	return "in " + calendar.FormatDuration(d)
}
