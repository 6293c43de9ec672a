package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
)

func newRemove(g *globals) *cobra.Command {
	var cancel bool
	cmd := &cobra.Command{
		Use:     "remove JOB",
		Aliases: []string{"rm"},
		GroupID: groupBasic,
		Short:   "Take a job off the board",
		Long: `Queued and running runs of the job go on, unless --cancel stops them. It is no
error when the board has no such job.`,
		Example: `  jobs-agent remove backup
  jobs-agent remove backup --cancel`,
		Args: takes(1, 1),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
			was, err := b.Remove(ctx, args[0])
			if err != nil {
				return err
			}
			if cancel {
				if _, err := b.Cancel(ctx, args[0]); err != nil {
					return err
				}
			}
			if !was {
				say(cmd, "There was no job %q on board %s.", args[0], b.Name())
			}
			return g.give(cmd, answer{
				doc: struct {
					ID      string `json:"id"`
					Removed bool   `json:"removed"`
				}{args[0], was},
				names: []string{args[0]},
			})
		}),
	}
	cmd.Flags().BoolVar(&cancel, "cancel", false, "stop its queued and running runs too")
	return cmd
}
