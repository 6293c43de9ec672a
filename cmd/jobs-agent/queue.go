package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
)

func newPop(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "pop TYPE",
		GroupID: groupQueues,
		Short:   "Take the oldest entry off a queue for good",
		Long: `Prints the entry, which is the metadata of its job as JSON; exit 1 when the queue
is empty. Nobody executes the run any more, and nobody knows how it ended: programs
that serve runs use respond or an agent.`,
		Example: "  jobs-agent pop mail",
		Args:    takes(1, 1),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
			entry, ok, err := b.Pop(ctx, args[0])
			if err != nil {
				return err
			}
			if !ok {
				say(cmd, "The queue %s is empty.", args[0])
				return exitStatus(exitFailed)
			}
			return write(cmd, []byte(entry+"\n"))
		}),
	}
}

func newTrim(g *globals) *cobra.Command {
	var dry, yes bool
	cmd := &cobra.Command{
		Use:     "trim N [TYPE...]",
		GroupID: groupQueues,
		Short:   "Shorten queues to their N newest entries",
		Long:    "Of each priority N are kept. Without a TYPE it concerns all registered runner types.",
		Example: `  jobs-agent trim 1000
  jobs-agent trim 0 mail --dry-run`,
		Args: takes(1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[0])
			if err != nil || n < 0 {
				return usage(cmd.CommandPath(), "%q is not a number of entries to keep", args[0])
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
				return g.trim(ctx, cmd, b, trimming{keep: n, types: args[1:], dry: dry, yes: yes})
			})(cmd, args)
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only tell how many entries would go")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

type trimming struct {
	keep     int
	types    []string
	dry, yes bool
}

func (g *globals) trim(ctx context.Context, cmd *cobra.Command, b *board.Board, t trimming) error {
	var removed int64
	var err error
	if t.dry || !t.yes && terminal(cmd.InOrStdin()) {
		if removed, err = surplus(ctx, b, t); err != nil {
			return err
		}
	}
	if !t.dry {
		if removed > 0 && !confirmed(cmd, fmt.Sprintf("Drop %d queued runs?", removed)) {
			return errors.New("trim: nothing was dropped")
		}
		if removed, err = b.Trim(ctx, t.keep, t.types...); err != nil {
			return err
		}
	}
	return g.give(cmd, answer{doc: struct {
		Removed int64 `json:"removed"`
		DryRun  bool  `json:"dry_run"`
	}{removed, t.dry}, text: func(p *page) { fmt.Fprintln(p, removed) }})
}

// surplus counts what a trim would drop.
func surplus(ctx context.Context, b *board.Board, t trimming) (int64, error) {
	queues, err := b.Queues(ctx)
	if err != nil {
		return 0, err
	}
	var n int64
	for _, q := range queues {
		if len(t.types) == 0 || slices.Contains(t.types, q.Runner) {
			for _, length := range []int64{q.High, q.Length - q.High - q.Low, q.Low} {
				n += max(0, length-int64(t.keep))
			}
		}
	}
	return n, nil
}

// confirmed asks a person at a terminal.
func confirmed(cmd *cobra.Command, question string) bool {
	fmt.Fprintf(cmd.ErrOrStderr(), "%s [y/N] ", question)
	line, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n') // no answer is no
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(line)), "y")
}

func newRegister(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "register TYPE COMMAND",
		GroupID: groupQueues,
		Short:   "Enter a runner type in the registry of the board",
		Long: `The registry names the queues, for tools and clients of 2014. No agent executes
the command: a host names its own runners, with --runner.`,
		Example: "  jobs-agent register mail /usr/local/bin/send-mail",
		Args:    takes(2, 2),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
			fresh, err := b.Register(ctx, args[0], args[1])
			if err != nil {
				return err
			}
			return g.give(cmd, answer{doc: struct {
				Runner string `json:"runner"`
				New    bool   `json:"new"`
			}{args[0], fresh}, names: []string{args[0]}})
		}),
	}
}
