package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

func newRun(g *globals) *cobra.Command {
	var force, wait bool
	cmd := &cobra.Command{
		Use:     "run JOB",
		GroupID: groupBasic,
		Short:   "Queue a run of a job now, besides its schedule",
		Long: `Prints the id of the run. While another run of a job with overlap forbid is
active it is refused (exit 3). With --wait the exit code is that of the job.`,
		Example: `  jobs-agent run backup
  jobs-agent run backup --wait || echo "exit code $?"`,
		Args: takes(1, 1),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
			id, err := b.Run(ctx, args[0], force)
			if err != nil {
				return err
			}
			if wait {
				return g.await(ctx, cmd, b, id)
			}
			return g.giveQueued(cmd, id)
		}),
	}
	cmd.Flags().BoolVar(&force, "force", false, "run beside an active run")
	cmd.Flags().BoolVar(&wait, "wait", false, "wait for its end and exit with its code")
	return cmd
}

// giveQueued tells the id of a run that was queued.
func (g *globals) giveQueued(cmd *cobra.Command, id jobs.RunID) error {
	return g.give(cmd, answer{
		doc: struct {
			Run string `json:"run"`
		}{string(id)},
		names: []string{string(id)},
		text:  func(p *page) { fmt.Fprintln(p, id) },
	})
}

// await waits for the end of a run and makes its exit code the program's.
func (g *globals) await(ctx context.Context, cmd *cobra.Command, b *board.Board, id jobs.RunID) error {
	say(cmd, "waiting for %s", id)
	run, err := ended(ctx, b, id)
	if err != nil {
		return err
	}
	err = g.give(cmd, answer{doc: aboutRun(run), names: []string{run.ID}, text: func(p *page) { runTable(p, []jobs.Run{run}) }})
	if err != nil {
		return err
	}
	switch {
	case run.State == jobs.Succeeded:
		return nil
	case run.ExitCode != nil && *run.ExitCode != 0:
		return exitStatus(*run.ExitCode)
	}
	say(cmd, "%s: %s", run.State, orDash(run.Reason))
	return exitStatus(exitFailed)
}

// ended looks at a run until it has ended. A run that is on its way from one place to
// the next can be overlooked, so only one that stays away is lost.
func ended(ctx context.Context, b *board.Board, id jobs.RunID) (jobs.Run, error) {
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for away := 0; ; {
		run, err := b.FindRun(ctx, id)
		switch {
		case err == nil && run.State.Ended():
			return run, nil
		case err == nil:
			away = 0
		case !errors.Is(err, jobs.ErrNoRun) || away == 20:
			return run, err
		default:
			away++
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return run, fmt.Errorf("wait for run %s: interrupted; it goes on, `jobs-agent cancel '%s'` stops it", id, id)
		}
	}
}
