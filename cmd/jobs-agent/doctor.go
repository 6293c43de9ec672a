package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
)

func newDoctor(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "doctor",
		GroupID: groupAdmin,
		Short:   "Look for what would cost runs (exit 1 on a problem)",
		Example: "  jobs-agent doctor -o json",
		Args:    takes(0, 0),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
			findings, broken := b.Check(ctx)
			if broken != nil && len(findings) == 0 {
				return broken
			}
			a := answer{doc: findings, text: func(p *page) {
				t := newTable(p, "CHECK", "LEVEL", "FOUND", "WHY IT MATTERS", "WHAT TO DO")
				for _, f := range findings {
					t.add(f.Check, string(f.Level), f.Found, f.Why, f.Fix)
				}
				t.flush()
			}}
			problems := 0
			for _, f := range findings {
				if f.Level == board.Problem {
					problems++
					a.names = append(a.names, f.Check)
				}
			}
			if err := g.give(cmd, a); err != nil {
				return err
			}
			if broken != nil {
				return broken
			}
			if problems > 0 {
				return exitStatus(exitFailed)
			}
			return nil
		}),
	}
}
