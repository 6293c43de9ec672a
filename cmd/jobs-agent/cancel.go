package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

func newCancel(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "cancel RUN|JOB",
		GroupID: groupBasic,
		Short:   "Stop a run, or all runs of a job that were queued until now",
		Long: `A queued run ends when it is taken, a running program within a renew period (1.2 s)
and its grace. The job stays on the board.`,
		Example: `  jobs-agent cancel backup
  jobs-agent cancel 'backup#019b2f4e6a10c0ffee1234'`,
		Args: takes(1, 1),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
			state, err := cancellable(ctx, b, args[0])
			if err != nil {
				return err
			}
			if state.Ended() {
				say(cmd, "run %s has ended already: %s", args[0], state)
				return exitStatus(exitRefused)
			}
			ended, err := b.Cancel(ctx, args[0])
			if err != nil {
				return err
			}
			return g.give(cmd, answer{doc: struct {
				Target string `json:"target"`
				Ended  bool   `json:"ended"` // false: it is under way
			}{args[0], ended}, names: []string{args[0]}})
		}),
	}
}

// cancellable looks whether there is something of that name to cancel, since Redis
// would note a slip of the finger for later. It answers the state of a run, and
// nothing for a job.
func cancellable(ctx context.Context, b *board.Board, target string) (jobs.State, error) {
	_, err := b.Show(ctx, target)
	if err == nil || !errors.Is(err, jobs.ErrNoJob) {
		return "", err
	}
	if jobs.RunID(target).Job() != "" {
		run, err := b.FindRun(ctx, jobs.RunID(target))
		if err == nil || !errors.Is(err, jobs.ErrNoRun) {
			return run.State, err
		}
	}
	// The job may have left the board while its runs go on.
	runs, err := b.Runs(ctx, board.RunFilter{Job: target})
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(runs, func(r jobs.Run) bool { return !r.State.Ended() }) {
		return "", nil
	}
	return "", fmt.Errorf("cancel %q: %w, and no run of it that has not ended", target, jobs.ErrNoJob)
}
