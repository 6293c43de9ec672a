package main

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/calendar"
)

func newNext(g *globals) *cobra.Command {
	var n int
	cmd := &cobra.Command{
		Use:     "next JOB",
		GroupID: groupSee,
		Short:   "Show the next nominal times of a job",
		Example: `  jobs-agent next backup -n 10`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if n < 1 || n > 10_000 {
				return usage(cmd.CommandPath(), "-n %d: 1 to 10000 times can be shown", n)
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
				entry, err := b.Show(ctx, args[0])
				if err != nil {
					return err
				}
				now, err := b.Now(ctx)
				if err != nil {
					return err
				}
				return g.giveTimes(cmd, entry, n, now)
			})(cmd, args)
		},
	}
	cmd.Flags().IntVarP(&n, "number", "n", 5, "how `many`")
	return cmd
}

func (g *globals) giveTimes(cmd *cobra.Command, entry board.Entry, n int, now time.Time) error {
	doc := struct {
		ID       string   `json:"id"`
		Schedule string   `json:"schedule"`
		Zone     string   `json:"zone"`
		Next     []moment `json:"next"`
	}{entry.ID, inWords(entry.Job.Schedule), "UTC", []moment{}}
	var times []time.Time
	if !entry.Next.IsZero() {
		for at := range upcoming(entry, now) {
			if len(times) == n {
				break
			}
			times, doc.Next = append(times, at), append(doc.Next, moment(at))
		}
	}
	a := answer{doc: doc, text: func(p *page) {
		for _, at := range times {
			fmt.Fprintf(p, "%s  %s\n", clock(at), distance(at.Sub(now)))
		}
	}}
	for _, at := range times {
		a.names = append(a.names, calendar.FormatTime(at))
	}
	if g.output == "" {
		say(cmd, "%s runs %s", entry.ID, doc.Schedule)
		if entry.Quarantine != "" {
			say(cmd, "It is quarantined: %s", entry.Quarantine)
		} else if len(times) == 0 {
			say(cmd, "It is not scheduled: jobs-agent put it again, or wait for an agent to take it up.")
		}
	}
	return g.give(cmd, a)
}

// upcoming are the nominal times that will be queued: one that is due already, and
// then those after now, since what passed meanwhile collapses into it.
func upcoming(entry board.Entry, now time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		next := entry.Next
		if !next.After(now) {
			if !yield(next) {
				return
			}
			var more bool
			if next, more = calendar.After(entry.Job.Schedule, next, now); !more {
				return
			}
		}
		for at := range calendar.Times(entry.Job.Schedule, next) {
			if !yield(at) {
				return
			}
		}
	}
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
