package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/runners"
)

// checkPrograms tells what an agent on this host ends when a run ends.
func checkPrograms() board.Finding {
	f := board.Finding{Check: "programs", Level: board.OK, Found: "timeouts, cancels and the death of an agent end all that a program has started (the supervisor is subreaper)"}
	if !runners.EndsDescendants {
		f.Level, f.Found = board.Warning, "timeouts and cancels end the process group of a program"
		f.Why = "what it has started in a session of its own goes on, and so does everything when an agent is killed"
		f.Fix = "run agents on Linux"
	}
	return f
}

// checkLimits tells whether runs can have limits of their own. It is never a fault: an
// agent that is to keep such a limit and cannot does not start.
func checkLimits() board.Finding {
	f := board.Finding{Check: "limits", Level: board.OK, Found: "an agent started here can limit memory and cpu of each run (cgroup v2)"}
	if err := runners.CanLimitRuns(); err != nil {
		f.Found = "an agent started here cannot limit memory and cpu of each run: " + err.Error()
	}
	return f
}

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
			findings = append(findings, checkPrograms(), checkLimits())
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
