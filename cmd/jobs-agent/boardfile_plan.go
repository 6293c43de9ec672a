package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/boardfile"
)

// Exit codes of board plan.
const exitChanges = 2

func newBoardPlan(g *globals) *cobra.Command {
	var flags fileFlags
	cmd := &cobra.Command{
		Use:   "plan FILE",
		Short: "Say what an apply would change (exit 0: nothing, 2: something, 1: error)",
		Example: `  jobs-agent board plan nightly.yaml
  jobs-agent board plan nightly.yaml -o json | jq .creates`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, b, err := g.openFile(cmd, &flags, args[0])
			if err != nil {
				return err
			}
			defer func() { _ = b.Close() }()
			_, plan, err := look(cmd.Context(), b, file)
			if err != nil {
				return err
			}
			if err := g.givePlan(cmd, plan); err != nil {
				return err
			}
			if !plan.Empty() {
				return exitStatus(exitChanges)
			}
			return nil
		},
	}
	flags.declare(cmd)
	return asFailure(cmd)
}

func newBoardApply(g *globals) *cobra.Command {
	var flags fileFlags
	var takeOver, dry bool
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Put the jobs of a board file on the board, and remove those it no longer names",
		Long: `Only jobs that the same file has put there are removed. A job that another board
file has put there is taken over with --take-over alone; else nothing is changed
(exit 3).`,
		Example: `  jobs-agent board apply nightly.yaml
  jobs-agent board apply nightly.yaml --dry-run`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, b, err := g.openFile(cmd, &flags, args[0])
			if err != nil {
				return err
			}
			defer func() { _ = b.Close() }()
			plan, err := carry(cmd.Context(), cmd, b, file, applying{takeOver: takeOver, dry: dry})
			if err != nil {
				return err
			}
			return g.givePlan(cmd, plan)
		},
	}
	flags.declare(cmd)
	cmd.Flags().BoolVar(&takeOver, "take-over", false, "take over jobs that another board file has put there")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would change, and change nothing")
	return asFailure(cmd)
}

func (g *globals) openFile(cmd *cobra.Command, flags *fileFlags, name string) (boardfile.File, *board.Board, error) {
	file, err := flags.read(g, cmd, name)
	if err != nil {
		return file, nil, err
	}
	b, err := g.on(cmd, file)
	return file, b, err
}

// look compares a file with its board.
func look(ctx context.Context, b *board.Board, file boardfile.File) (board.Snapshot, boardfile.Plan, error) {
	s, err := b.Snapshot(ctx, file.Name)
	if err != nil {
		return s, boardfile.Plan{}, err
	}
	plan, err := boardfile.Diff(file, s.Jobs, s.Now)
	return s, plan, err
}

// applying says how to apply a file.
type applying struct{ takeOver, dry bool }

// carry applies a file. When another apply of it comes between, it looks again, so
// that the later one counts whole.
func carry(ctx context.Context, cmd *cobra.Command, b *board.Board, file boardfile.File, how applying) (boardfile.Plan, error) {
	for tries := 1; ; tries++ {
		s, plan, err := look(ctx, b, file)
		if err != nil || how.dry || plan.Empty() {
			return plan, err
		}
		if err := refuseOthers(plan, how); err != nil {
			return plan, err
		}
		changes := board.Changes{}
		for _, a := range plan.Actions {
			if a.Do == boardfile.Remove {
				changes.Removes = append(changes.Removes, a.ID)
			} else {
				changes.Puts = append(changes.Puts, a.Job)
			}
		}
		bar := newBar(cmd, "apply")
		changes.Progress = func(doing string, done, all int) {
			if doing == "applied" {
				done += all
			}
			bar.to(done, 2*all)
		}
		err = b.Apply(ctx, s, changes)
		bar.end()
		if tries == 10 || !errors.Is(err, jobs.ErrStale) {
			return plan, err
		}
	}
}

// refuseOthers refuses to take jobs away from another board file unasked.
func refuseOthers(plan boardfile.Plan, how applying) error {
	var theirs []boardfile.Action
	for _, a := range plan.TakenOver() {
		if a.From != boardfile.ByHand {
			theirs = append(theirs, a)
		}
	}
	if len(theirs) == 0 || how.takeOver {
		return nil
	}
	return fmt.Errorf("job %q and %d more: %w: board file %q has put it there; nothing has changed; --take-over makes it this file's",
		theirs[0].ID, len(theirs)-1, jobs.ErrExists, theirs[0].From)
}

func (g *globals) givePlan(cmd *cobra.Command, plan boardfile.Plan) error {
	a := answer{doc: plan}
	for _, action := range plan.Actions {
		a.names = append(a.names, action.ID)
	}
	a.text = func(p *page) {
		for _, action := range plan.Actions {
			for _, line := range action.Lines() {
				fmt.Fprintln(p, g.tinted(p, printable(line)))
			}
		}
		fmt.Fprintf(p, "%s\n", plan.Counts())
	}
	return g.give(cmd, a)
}

// tinted colours a line of a plan by its sign.
func (g *globals) tinted(p *page, line string) string {
	if !p.color || line == "" {
		return line
	}
	switch line[0] {
	case '+':
		return "\x1b[32m" + line + "\x1b[0m"
	case '-':
		return "\x1b[31m" + line + "\x1b[0m"
	case '~':
		return "\x1b[33m" + line + "\x1b[0m"
	}
	return line
}
