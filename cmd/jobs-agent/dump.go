package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/boardfile"
)

func newDump(g *globals) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "dump",
		GroupID: groupBoards,
		Short:   "Write the whole board, as load reads it",
		Example: `  jobs-agent dump > board.json
  jobs-agent dump --board old | jobs-agent load - --board new`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			form, err := g.dumpForm(cmd, format, asJSON)
			if err != nil {
				return err
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
				if form == asJSON {
					return b.Dump(ctx, cmd.OutOrStdout())
				}
				var text bytes.Buffer
				if err := b.Dump(ctx, &text); err != nil {
					return err
				}
				yaml, err := boardfile.FromJSON(text.Bytes())
				if err != nil {
					return fmt.Errorf("dump: %w", err)
				}
				return write(cmd, yaml)
			})(cmd, args)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "", "`form`: json (default) or yaml")
	return cmd
}

func newLoad(g *globals) *cobra.Command {
	var fromNow bool
	cmd := &cobra.Command{
		Use:     "load FILE",
		GroupID: groupBoards,
		Short:   "Put the jobs of a dump on the board",
		Long: `FILE is a dump in JSON; - is standard input. Jobs of the same ids are replaced,
others stay. The whole file is checked before the first job is loaded.

A job of an old dump is long due, and runs at once; with --from-now it first runs
at the next time of its grid.`,
		Example: `  jobs-agent load board.json
  jobs-agent load --from-now board-2014.json`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			from, err := input(cmd, args[0])
			if err != nil {
				return err
			}
			defer func() { _ = from.Close() }()
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
				bar := newBar(cmd, "load")
				loaded, err := b.Load(ctx, from, board.Loading{FromNow: fromNow, Progress: bar.to})
				bar.end()
				if err != nil {
					return err
				}
				return g.giveLoaded(cmd, loaded)
			})(cmd, args)
		},
	}
	cmd.Flags().BoolVar(&fromNow, "from-now", false, "let jobs that were not scheduled begin after now")
	return cmd
}

func (g *globals) giveLoaded(cmd *cobra.Command, loaded board.Loaded) error {
	if g.output == "" {
		say(cmd, "Loaded %d jobs and %d new runner types.", loaded.Jobs, loaded.Runners)
		if loaded.Ended > 0 {
			say(cmd, "%d jobs were left out: their stop has passed, or comes before their next time.", loaded.Ended)
		}
		if loaded.Passed > 0 {
			say(cmd, "%d jobs were unreadable when the dump was written and were passed over.", loaded.Passed)
		}
	}
	return g.give(cmd, answer{doc: struct {
		Jobs    int `json:"jobs"`
		Runners int `json:"runners"`
		Passed  int `json:"passed"`
		Ended   int `json:"ended"`
	}{loaded.Jobs, loaded.Runners, loaded.Passed, loaded.Ended}})
}

// input opens a file, or standard input for -.
func input(cmd *cobra.Command, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, usage(cmd.CommandPath(), "%w", err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(usage(cmd.CommandPath(), "%s is a folder, not a file", name), f.Close())
	}
	return f, nil
}
