package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

func newEnqueue(g *globals) *cobra.Command {
	var attempt attemptFlags
	var lines string
	cmd := &cobra.Command{
		Use:     "enqueue TYPE PAYLOAD | enqueue TYPE --lines FILE",
		GroupID: groupQueues,
		Short:   "Queue a run without a job",
		Long: `TYPE is a runner type; - as PAYLOAD is standard input, @FILE a file. With --lines
each line of a file (- is standard input) is the payload of one run.`,
		Example: `  jobs-agent enqueue shell 'make report' --timeout 10m --retries 3
  find . -name '*.jpg' | jobs-agent enqueue thumbnail --lines -`,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := attempt.check(cmd); err != nil {
				return err
			}
			if lines != "" {
				return g.enqueueLines(cmd, args, lines, &attempt)
			}
			if err := takes(2, 2)(cmd, args); err != nil {
				return err
			}
			text, err := payload(cmd, args[1])
			if err != nil {
				return err
			}
			one := attempt.oneOff(cmd, args[0], text)
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
				id, err := b.Enqueue(ctx, one)
				if err != nil {
					return err
				}
				g.warnUnserved(cmd, b, one.Runner)
				return g.giveQueued(cmd, id)
			})(cmd, args)
		},
	}
	attempt.declare(cmd)
	cmd.Flags().StringVar(&lines, "lines", "", "`file` with one payload a line")
	return cmd
}

// enqueueLines queues a run a line. All lines are read and checked first, so that a
// bad one leaves nothing half done.
func (g *globals) enqueueLines(cmd *cobra.Command, args []string, name string, attempt *attemptFlags) error {
	if err := takes(1, 1)(cmd, args); err != nil {
		return err
	}
	from, err := input(cmd, name)
	if err != nil {
		return err
	}
	list, err := readLines(from, func(text string) board.OneOff { return attempt.oneOff(cmd, args[0], text) })
	if err := errors.Join(err, from.Close()); err != nil {
		return fmt.Errorf("read %s: %w; nothing was queued", name, err)
	}
	return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
		bar := newBar(cmd, "enqueue")
		ids := make([]string, 0, len(list))
		var failed error
		for done := 0; done < len(list) && failed == nil; done += batch {
			var part []jobs.RunID
			part, failed = b.EnqueueMany(ctx, list[done:min(done+batch, len(list))])
			for _, id := range part {
				ids = append(ids, string(id))
			}
			bar.to(len(ids), len(list))
		}
		bar.end()
		if failed != nil {
			return fmt.Errorf("%w; %d of %d runs are queued", failed, len(ids), len(list))
		}
		if g.output == "" {
			say(cmd, "Queued %d runs.", len(ids))
		}
		return g.give(cmd, answer{doc: struct {
			Queued int      `json:"queued"`
			Runs   []string `json:"runs"`
		}{len(ids), ids}, names: ids})
	})(cmd, args)
}

// batch is how many runs are queued between two looks at the bar.
const batch = 5000

func readLines(from io.Reader, make func(text string) board.OneOff) ([]board.OneOff, error) {
	var list []board.OneOff
	r := bufio.NewReader(from)
	for {
		line, err := r.ReadString('\n')
		if line != "" {
			text := strings.TrimSuffix(line, "\n")
			if err := jobs.ValidatePayload(text); err != nil {
				return nil, fmt.Errorf("line %d: %w", len(list)+1, err)
			}
			list = append(list, make(text))
		}
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
