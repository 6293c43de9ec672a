package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/calendar"
)

// mostBackfilled is how many runs are made without a limit that says otherwise.
const mostBackfilled = 10_000

type backfilling struct {
	from, to        string
	limit           int
	dry, yes, force bool
}

func newBackfill(g *globals) *cobra.Command {
	var f backfilling
	cmd := &cobra.Command{
		Use:     "backfill JOB --from TIME [--to TIME]",
		GroupID: groupBasic,
		Short:   "Queue a run for each nominal time in a range that has passed",
		Long: `The nominal times are those of the job's schedule as it stands, from --from on and before
--to, whether they made a run at their time or not. The runs get them as
JOBS_SCHEDULED_AT, and wait for each other unless the job has overlap allow.`,
		Example: `  jobs-agent backfill report --from 2026-11-01T00:00:00Z --to 2026-11-08T00:00:00Z --dry-run
  jobs-agent backfill report --from 2026-11-01T00:00:00Z --limit 3`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.from == "" {
				return usage(cmd.CommandPath(), "--from is missing: the first time that is meant")
			}
			if cmd.Flags().Changed("limit") && f.limit < 1 {
				return usage(cmd.CommandPath(), "--limit %d: 1 or more are possible", f.limit)
			}
			for name, text := range map[string]string{"from": f.from, "to": f.to} {
				if _, _, err := pointInTime(text, time.Now()); err != nil {
					return usage(cmd.CommandPath(), "--%s: %w", name, err)
				}
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
				return g.backfill(ctx, cmd, b, args[0], &f)
			})(cmd, args)
		},
	}
	cmd.Flags().StringVar(&f.from, "from", "", "the first `time` that is meant: RFC 3339 or Unix seconds")
	cmd.Flags().StringVar(&f.to, "to", "", "the `time` before which they end (default now)")
	cmd.Flags().IntVar(&f.limit, "limit", 0, "at most so `many`, the oldest; more than 10000 need it")
	cmd.Flags().BoolVar(&f.dry, "dry-run", false, "only tell the nominal times")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&f.force, "force", false, "also while the job or the board is paused")
	return cmd
}

func (g *globals) backfill(ctx context.Context, cmd *cobra.Command, b *board.Board, job string, f *backfilling) error {
	times, err := f.times(ctx, cmd, b, job)
	if err != nil {
		return err
	}
	if f.dry || len(times) == 0 {
		if len(times) == 0 {
			say(cmd, "%s has no nominal time in that range that has passed.", job)
		}
		return g.giveBackfilled(cmd, times, nil)
	}
	question := fmt.Sprintf("Queue %d runs of %s, for %s to %s?", len(times), job, clock(times[0]), clock(times[len(times)-1]))
	if !f.yes && terminal(cmd.InOrStdin()) && !confirmed(cmd, question) {
		return errors.New("backfill: nothing was queued")
	}
	bar := newBar(cmd, "backfill")
	runs, err := b.Backfill(ctx, job, times, f.force, func(n int) { bar.to(n, len(times)) })
	bar.end()
	if len(runs) > 0 || err == nil {
		err = errors.Join(g.giveBackfilled(cmd, times[:len(runs)], runs), err)
	}
	return err
}

// times are the nominal times that are meant.
func (f *backfilling) times(ctx context.Context, cmd *cobra.Command, b *board.Board, job string) ([]time.Time, error) {
	now, err := b.Now(ctx)
	if err != nil {
		return nil, err
	}
	from, _, err := pointInTime(f.from, now)
	if err != nil {
		return nil, err
	}
	to := now
	if f.to != "" {
		if to, _, err = pointInTime(f.to, now); err != nil {
			return nil, err
		}
	}
	if !from.Before(to) {
		return nil, usage(cmd.CommandPath(), "--from %s is not before --to %s", clock(from), clock(to))
	}
	limit := f.limit
	if limit == 0 {
		limit = mostBackfilled
	}
	times, err := b.NominalTimes(ctx, job, from, to, limit)
	if err != nil || len(times) <= limit {
		return times, err
	}
	if f.limit == 0 {
		return nil, usage(cmd.CommandPath(), "%s has more than %d nominal times in that range: narrow it, or say how many with --limit", job, limit)
	}
	say(cmd, "There are more; the oldest %d are taken, up to %s.", limit, clock(times[limit-1]))
	return times[:limit], nil
}

// giveBackfilled tells the nominal times, and the runs that they got.
func (g *globals) giveBackfilled(cmd *cobra.Command, times []time.Time, runs []jobs.RunID) error {
	type backfilled struct {
		ScheduledAt moment  `json:"scheduled_at"`
		Run         *string `json:"run"`
	}
	docs, names := make([]backfilled, 0, len(times)), make([]string, 0, len(times))
	for i, at := range times {
		doc, name := backfilled{ScheduledAt: moment(at)}, calendar.FormatTime(at)
		if i < len(runs) {
			doc.Run, name = known(string(runs[i])), string(runs[i])
		}
		docs, names = append(docs, doc), append(names, name)
	}
	return g.give(cmd, answer{doc: docs, names: names, text: func(p *page) {
		if len(times) == 0 {
			return
		}
		t := newTable(p, "DUE", "RUN")
		for i, at := range times {
			run := "-"
			if i < len(runs) {
				run = string(runs[i])
			}
			t.add(clock(at), run)
		}
		t.flush()
	}})
}
