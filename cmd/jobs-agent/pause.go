package main

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
)

// pausing are the flags of what pauses something.
type pausing struct {
	why   string
	until instant
	span  span
}

func (p *pausing) declare(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.why, "why", "", "the reason, `text` that others will read")
	cmd.Flags().Var(&p.until, "until", "resume by itself at this time: RFC 3339, Unix seconds, +90s")
	cmd.Flags().Var(&p.span, "for", "resume by itself after this long")
}

// pause makes what the flags say, by the clock of Redis.
func (p *pausing) pause(ctx context.Context, cmd *cobra.Command, b *board.Board, what board.Target) (board.Pause, error) {
	now, err := b.Now(ctx)
	if err != nil {
		return board.Pause{}, err
	}
	until, err := p.until.at(now)
	if err != nil {
		return board.Pause{}, err
	}
	if p.span.set && p.until.text != "" {
		return board.Pause{}, usage(cmd.CommandPath(), "--until and --for both say when the pause ends: give one")
	}
	if p.span.set {
		until = now.Add(p.span.d)
	}
	if !until.IsZero() && !until.After(now) {
		return board.Pause{}, usage(cmd.CommandPath(), "the pause would end at %s, which is not after now", clock(until))
	}
	return board.Pause{What: what, Who: whoami(), Why: p.why, Until: until}, nil
}

// whoami is who a pause is by: USER@HOST.
func whoami() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}

func newPause(g *globals) *cobra.Command {
	var flags pausing
	var all bool
	cmd := &cobra.Command{
		Use:     "pause JOB | --all",
		GroupID: groupBasic,
		Short:   "Stop a job, or all jobs of the board, from firing until it is resumed",
		Long: `A paused job is off the schedule and keeps who paused it, why and until when. What is
queued or running goes on; cancel stops it. A job that is put again stays paused, and
one that is removed is not paused any more. "queue pause" holds back what is queued.`,
		Example: `  jobs-agent pause backup --why "disk is being replaced" --for 2h
  jobs-agent pause --all --until 2026-12-01T06:00:00Z`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			what, err := jobOrAll(cmd, args, all)
			if err != nil {
				return err
			}
			return g.pausing(what, &flags)(cmd, args)
		},
	}
	flags.declare(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "all jobs of the board, those to come too")
	return cmd
}

func jobOrAll(cmd *cobra.Command, args []string, all bool) (board.Target, error) {
	switch {
	case all && len(args) > 0:
		return "", usage(cmd.CommandPath(), "--all is the whole board, and %q one job: choose", args[0])
	case all:
		return board.Whole, nil
	case len(args) == 0 || args[0] == "":
		return "", usage(cmd.CommandPath(), "name a job, or give --all for all jobs of the board")
	}
	return board.JobOf(args[0]), nil
}

type pauseDoc struct {
	What  string `json:"what"` // job, queue, board or agent
	Name  string `json:"name"`
	New   bool   `json:"new"` // false: it was paused already
	Who   string `json:"who"`
	Why   string `json:"why"`
	Until moment `json:"until"`
}

func (g *globals) pausing(what board.Target, flags *pausing) func(*cobra.Command, []string) error {
	return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
		p, err := flags.pause(ctx, cmd, b, what)
		if err != nil {
			return err
		}
		fresh, err := b.Pause(ctx, p)
		if err != nil {
			return err
		}
		if !fresh {
			say(cmd, "The %s was paused already; the reason and the end are now yours.", what)
		}
		return g.give(cmd, answer{
			doc:   pauseDoc{What: what.Kind(), Name: what.Name(), New: fresh, Who: p.Who, Why: p.Why, Until: moment(p.Until)},
			names: []string{what.Name()},
		})
	})
}

func newResume(g *globals) *cobra.Command {
	var all, catchUp bool
	cmd := &cobra.Command{
		Use:     "resume JOB | --all",
		GroupID: groupBasic,
		Short:   "End the pause of a job or of the board",
		Long: `The job goes on at its next nominal time after now. Nominal times within the pause are
passed over, with a line in the ledger; with --catch-up they count as late, and the
job's misfire policy decides. A job that runs once runs now if its time has come.`,
		Example: `  jobs-agent resume backup
  jobs-agent resume backup --catch-up
  jobs-agent resume --all`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			what, err := jobOrAll(cmd, args, all)
			if err != nil {
				return err
			}
			return g.resuming(what, catchUp)(cmd, args)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "the whole board; jobs paused by themselves stay paused")
	cmd.Flags().BoolVar(&catchUp, "catch-up", false, "what was due in the pause is late, not passed over")
	return cmd
}

func (g *globals) resuming(what board.Target, catchUp bool) func(*cobra.Command, []string) error {
	return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
		if what.Kind() == "job" {
			if _, err := b.Show(ctx, what.Name()); err != nil {
				return fmt.Errorf("resume %s: %w", what, err)
			}
		}
		was, next, err := b.Resume(ctx, what, catchUp)
		if err != nil {
			return err
		}
		if !was {
			say(cmd, "The %s was not paused.", what)
		}
		return g.give(cmd, answer{doc: struct {
			What    string `json:"what"`
			Name    string `json:"name"`
			Resumed bool   `json:"resumed"`
			Next    moment `json:"next"`
		}{what.Kind(), what.Name(), was, moment(next)}, names: []string{what.Name()}, text: func(p *page) {
			if !next.IsZero() {
				fmt.Fprintf(p, "next at %s\n", clock(next))
			}
		}})
	})
}

func newDrain(g *globals) *cobra.Command {
	var flags pausing
	var undo, noWait bool
	cmd := &cobra.Command{
		Use:     "drain AGENT",
		GroupID: groupCluster,
		Short:   "Make an agent take nothing more, and wait until it is empty",
		Long: `The agent lets its attempts end within its --drain time, gives back the rest without
counting an attempt, and lives on, also when it is started again under its name, until
"drain AGENT --undo". It hears of it within a second. To stop an agent for good, a
SIGTERM drains it as well.`,
		Example: `  jobs-agent drain web-3 --why "new kernel"
  jobs-agent drain web-3 --undo`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if undo {
				return g.resuming(board.AgentOf(args[0]), false)(cmd, args)
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
				if _, err := findAgent(ctx, b, args[0]); err != nil {
					return err
				}
				if err := g.pausing(board.AgentOf(args[0]), &flags)(cmd, args); err != nil || noWait {
					return err
				}
				return drained(ctx, cmd, b, args[0])
			})(cmd, args)
		},
	}
	flags.declare(cmd)
	cmd.Flags().BoolVar(&undo, "undo", false, "let it take runs again")
	cmd.Flags().BoolVar(&noWait, "no-wait", false, "do not wait until it is empty")
	return cmd
}

// drained waits until an agent has told of nothing running after it must have heard
// of its pause, or is silent.
func drained(ctx context.Context, cmd *cobra.Command, b *board.Board, name string) error {
	look := time.NewTicker(500 * time.Millisecond)
	defer look.Stop()
	told, begun := -1, time.Now()
	for {
		agent, err := findAgent(ctx, b, name)
		if err != nil {
			return err
		}
		now, err := b.Now(ctx)
		switch {
		case err != nil:
			return err
		case !agent.Alive(now):
			say(cmd, "%s is silent since %s: what it holds is given back when its lease ends.", name, clock(agent.Seen))
			return exitStatus(exitFailed)
		case agent.Running == 0 && time.Since(begun) > 2*time.Second+500*time.Millisecond:
			say(cmd, "%s is drained.", name)
			return nil
		case agent.Running != told:
			told = agent.Running
			say(cmd, "%s: %d running", name, told)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("drain %s: interrupted; it goes on draining, --undo ends that", name)
		}
	}
}

func findAgent(ctx context.Context, b *board.Board, name string) (board.Agent, error) {
	agents, err := b.Agents(ctx)
	if err != nil {
		return board.Agent{}, err
	}
	for _, agent := range agents {
		if agent.Name == name {
			return agent, nil
		}
	}
	return board.Agent{}, fmt.Errorf("agent %q: no agent of that name was seen in the last hour; `jobs-agent agents` lists them", name)
}
