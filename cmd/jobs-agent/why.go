package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/calendar"
)

func newWhy(g *globals) *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use:     "why JOB",
		GroupID: groupSee,
		Short:   "Tell in one line what became of a nominal time",
		Long: `Of the latest nominal time before now, or of the one at --at. A time without seconds
means that minute. The outcome is a state of the run that it got (scheduled, blocked, queued,
running, retrying, succeeded, failed, dead, cancelled), or skipped, missed or collapsed if it
made none of its own; docs/states.md tells what they mean. The exit code is 1 when nothing is
known of it.`,
		Example: `  jobs-agent why backup
  jobs-agent why backup --at 2026-11-28T02:30Z
  jobs-agent why backup -o json | jq -r .reason`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, _, err := pointInTime(at, time.Now()); err != nil {
				return usage(cmd.CommandPath(), "--at: %w", err)
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
				now, err := b.Now(ctx)
				if err != nil {
					return err
				}
				when, within, err := pointInTime(at, now)
				if err != nil {
					return err
				}
				account, err := b.Why(ctx, args[0], when, within)
				if err != nil {
					return err
				}
				if err := g.give(cmd, whyAnswer(account)); err != nil {
					return err
				}
				if account.Outcome == board.Unknown {
					return exitStatus(exitFailed)
				}
				return nil
			})(cmd, args)
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "the nominal `time` that is meant: RFC 3339 or Unix seconds (default the latest)")
	return cmd
}

// whyDoc is what became of a nominal time, as why writes it.
type whyDoc struct {
	Job         string  `json:"job"`
	ScheduledAt moment  `json:"scheduled_at"`
	Outcome     string  `json:"outcome"`
	Reason      string  `json:"reason"`
	Run         *string `json:"run"`
	By          *string `json:"by"` // the agent, the run that was in the way, or who paused
}

func whyAnswer(a board.Account) answer {
	doc := whyDoc{a.Job, moment(a.Due), string(a.Outcome), a.Reason, known(string(a.Run)), known(a.By)}
	return answer{doc: doc, names: []string{string(a.Outcome)}, text: func(p *page) {
		line := printable(a.Job)
		if !a.Due.IsZero() {
			line += " at " + clock(a.Due)
		}
		line += ": " + string(a.Outcome)
		if a.Run != "" {
			line += " (" + printable(string(a.Run)) + ")"
		}
		line += ": " + printable(a.Reason)
		if a.By != "" && a.By != string(a.Run) && !strings.Contains(a.Reason, a.By) {
			line += ", by " + printable(a.By)
		}
		fmt.Fprintln(p, line)
	}}
}

var (
	toTheMinute = regexp.MustCompile(`^\d{4}-\d\d-\d\d[T ]\d\d:\d\d([Zz+-]|$)`)
	hasFraction = regexp.MustCompile(`\d\.\d`)
)

// pointInTime reads a time as people write it or as tables show it, and how exact that
// is: the time that is meant lies less than so much behind it.
func pointInTime(text string, now time.Time) (at time.Time, within time.Duration, err error) {
	if text == "" {
		return time.Time{}, 0, nil
	}
	if len(text) > 10 && text[10] == ' ' {
		text = text[:10] + "T" + text[11:] // as tables show it
	}
	at, err = calendar.ParseTime(text, now)
	switch {
	case err != nil:
		return time.Time{}, 0, err
	case toTheMinute.MatchString(text):
		return at, time.Minute, nil
	case hasFraction.MatchString(text):
		return at, time.Millisecond, nil
	}
	return at, time.Second, nil
}
