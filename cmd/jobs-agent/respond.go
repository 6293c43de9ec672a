package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/runners"
	"github.com/jobs-agent/jobs/worker"
)

func newRespond(g *globals) *cobra.Command {
	var concurrency int
	cmd := &cobra.Command{
		Use:     "respond TYPE COMMAND",
		GroupID: groupCluster,
		Short:   "Serve one runner type in the foreground",
		Long: `COMMAND is a command line. It gets the run as JSON on standard input, or, where the
line says {payload}, the payload in its place, quoted. Its exit code decides whether
the run succeeded.`,
		Example: `  jobs-agent respond mail /usr/local/bin/send-mail
  jobs-agent respond greet 'echo hello {payload}'`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if concurrency < 1 {
				return usage(cmd.CommandPath(), "--concurrency %d: 1 or more are possible", concurrency)
			}
			if err := jobs.ValidateRunner(args[0]); err != nil {
				return usage(cmd.CommandPath(), "%w", err)
			}
			return respond(g, cmd, args, concurrency)
		},
	}
	cmd.Flags().IntVar(&concurrency, "concurrency", 1, "so `many` runs at once")
	return cmd
}

func respond(g *globals, cmd *cobra.Command, args []string, concurrency int) (err error) {
	supervisor, err := runners.StartSupervisor()
	if err != nil {
		return fmt.Errorf("respond: %w", err)
	}
	defer func() { err = errors.Join(err, supervisor.Close()) }()
	kind, runner, err := runners.New(args[0]+"="+args[1], runners.Config{Supervisor: supervisor})
	if err != nil {
		return usage(cmd.CommandPath(), "%w", err)
	}
	return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
		bell, err := b.Bell()
		if err != nil {
			return err
		}
		told := &told{cmd: cmd}
		w, err := worker.New(b.Leases(), bell, worker.Config{
			Concurrency: concurrency, Report: told.of,
			Runners: map[string]jobs.Runner{kind: shown{runner, cmd}},
		})
		if err != nil {
			return errors.Join(err, bell.Close())
		}
		fmt.Fprintf(cmd.OutOrStdout(), "Responding to %s jobs.\n", kind)
		return w.Run(ctx)
	})(cmd, args)
}

// shown is a runner whose work is also seen in the foreground.
type shown struct {
	jobs.Runner
	cmd *cobra.Command
}

// Run implements jobs.Runner.
func (s shown) Run(ctx context.Context, a *jobs.Attempt) error {
	a.Output = io.MultiWriter(a.Output, s.cmd.OutOrStdout())
	err := s.Runner.Run(ctx, a)
	if err != nil {
		say(s.cmd, "%s: %v", a.Run, err)
	} else {
		say(s.cmd, "%s: succeeded", a.Run)
	}
	return err
}
