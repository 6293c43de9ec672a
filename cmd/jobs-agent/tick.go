package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
)

func newTick(g *globals) *cobra.Command {
	trim := -1
	cmd := &cobra.Command{
		Use:     "tick",
		GroupID: groupAdmin,
		Short:   "Tick as the program of 2014 did, once a second",
		Long: `Agents elect a ticker among them, so this is needed only where none runs. Any
number of tickers may run: a nominal time is queued once. It knows intervals, and
neither misfire nor overlap.`,
		Example: "  jobs-agent tick --trim 1000",
		Args:    takes(0, 0),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
			if err := b.Install(ctx); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "Starting the job clock.")
			beat := time.NewTicker(time.Second)
			defer beat.Stop()
			told := &told{cmd: cmd}
			for {
				line, err := tickOnce(ctx, b, trim)
				if ctx.Err() != nil {
					return nil
				}
				told.of("tick", g.located(err))
				if err == nil {
					err = write(cmd, []byte(line))
					if err != nil {
						return err
					}
				}
				select {
				case <-ctx.Done():
					return nil
				case <-beat.C:
				}
			}
		}),
	}
	cmd.Flags().IntVarP(&trim, "trim", "t", -1, "shorten the queues to `N` entries before each tick (environment: JOBS_QUEUE_TRIM)")
	return cmd
}

// tickOnce is one second of the clock; it answers the line that tells of it.
func tickOnce(ctx context.Context, b *board.Board, trim int) (string, error) {
	types, err := b.RunnerTypes(ctx)
	if err != nil {
		return "", err
	}
	now, err := b.Now(ctx)
	if err != nil {
		return "", err
	}
	var trimmed int64
	if trim >= 0 && len(types) > 0 {
		if trimmed, err = b.Trim(ctx, trim, types...); err != nil {
			return "", err
		}
	}
	var queued int64
	for full := true; full; {
		n, err := b.Leases().Jtick(ctx, "", tickLimit, types...)
		if err != nil {
			return "", errors.Join(fmt.Errorf("tick: %d runs are queued", queued), err)
		}
		queued += n
		full = n >= tickLimit
	}
	return fmt.Sprintf("[%s] Queued %d jobs onto %d queues. Trimmed %d jobs from the queue.\n",
		now.Format(time.DateTime), queued, len(types), trimmed), nil
}

// tickLimit bounds one call, so that Redis answers others in between.
const tickLimit = 1000
