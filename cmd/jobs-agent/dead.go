package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// unknownQueue says which queues there are.
func unknownQueue(runner string, types []string) error {
	known := "none is"
	if len(types) > 0 {
		known = strings.Join(types, ", ") + " are"
	}
	return fmt.Errorf("queue %q: %w: no such runner type is registered; %s", runner, jobs.ErrInvalid, known)
}

func newQueueDead(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead",
		Short: "List, show, retry and remove dead runs",
		Long: `A run is dead when its retries are spent, or when its lease was lost three times.
Dead runs are kept for 30 days.`,
		Example: `  jobs-agent queue dead list
  jobs-agent queue dead retry 'mail#019b2f4e6a10c0ffee1234'`,
		Args: knownVerb,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDeadList(g), newDeadShow(g), newDeadRetry(g), newDeadRemove(g))
	return cmd
}

type deadDoc struct {
	runDoc
	Died  moment `json:"died"`
	Entry string `json:"entry,omitempty"`
}

func newDeadList(g *globals) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:     "list [JOB]",
		Aliases: []string{"ls"},
		Short:   "List dead runs, the newest first",
		Long:    "The dead of one-offs stand under their runner type.",
		Example: "  jobs-agent queue dead list backup -o wide",
		Args:    takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 {
				return usage(cmd.CommandPath(), "--limit %d: 1 or more are possible", limit)
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
				dead, err := b.Dead(ctx, strings.Join(args, ""), limit)
				if err != nil {
					return err
				}
				docs, runs := make([]deadDoc, 0, len(dead)), make([]jobs.Run, 0, len(dead))
				a := answer{}
				for _, d := range dead {
					docs, runs, a.names = append(docs, deadDoc{runDoc: aboutRun(d.Run), Died: moment(d.Died)}), append(runs, d.Run), append(a.names, d.Run.ID)
				}
				a.doc = docs
				a.text = func(p *page) {
					if len(runs) == 0 {
						say(cmd, "There are no dead runs.")
						return
					}
					runTable(p, runs)
				}
				return g.give(cmd, a)
			})(cmd, args)
		},
	}
	cmd.Flags().IntVarP(&limit, "limit", "n", 100, "at most so `many`")
	return cmd
}

func newDeadShow(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "show RUN",
		Short:   "Show a dead run, why it died and what it would have done",
		Example: "  jobs-agent queue dead show 'mail#019b2f4e6a10c0ffee1234' -o json",
		Args:    takes(1, 1),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
			d, err := b.ShowDead(ctx, jobs.RunID(args[0]))
			if err != nil {
				return err
			}
			return g.give(cmd, answer{
				doc: deadDoc{runDoc: aboutRun(d.Run), Died: moment(d.Died), Entry: d.Text}, names: []string{d.Run.ID},
				text: func(p *page) {
					t := newTable(p, "WHAT", "VALUE")
					for _, row := range [][2]string{
						{"run", d.Run.ID},
						{"runner", d.Run.Runner},
						{"died", clock(d.Died)},
						{"attempts", strconv.Itoa(d.Run.Attempt)},
						{"lost", strconv.Itoa(d.Run.Lost)},
						{"exit", exitText(d.Run)},
						{"agent", orDash(d.Run.Agent)},
						{"reason", orDash(d.Run.Reason)},
						{"entry", short(d.Text, 1000)},
					} {
						t.add(row[0], row[1])
					}
					t.flush()
				},
			})
		}),
	}
}

// chosen are the flags and arguments that name dead runs.
type chosen struct {
	job string
	all bool
}

func (c *chosen) declare(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.job, "job", "", "all dead runs of this `job`, or of this runner type's one-offs")
	cmd.Flags().BoolVar(&c.all, "all", false, "all dead runs of the board")
}

// runs answers the runs that are meant.
func (c *chosen) runs(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) ([]jobs.RunID, error) {
	ways := 0
	for _, given := range []bool{len(args) > 0, c.job != "", c.all} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return nil, usage(cmd.CommandPath(), "name runs, or give --job JOB or --all")
	}
	ids := make([]jobs.RunID, 0, len(args))
	for _, arg := range args {
		ids = append(ids, jobs.RunID(arg))
	}
	if len(args) > 0 {
		return ids, nil
	}
	dead, err := b.Dead(ctx, c.job, 100_000)
	for _, d := range dead {
		ids = append(ids, jobs.RunID(d.Run.ID))
	}
	return ids, err
}

func newDeadRetry(g *globals) *cobra.Command {
	var which chosen
	var force bool
	cmd := &cobra.Command{
		Use:   "retry RUN... | --job JOB | --all",
		Short: "Queue dead runs once more, each as a new run",
		Long: `Prints the ids of the new runs, which bear the old ones as replay_of. While another
run of a job with overlap forbid is active it is refused (exit 3).`,
		Example: `  jobs-agent queue dead retry 'mail#019b2f4e6a10c0ffee1234'
  jobs-agent queue dead retry --job mail`,
		Args: takes(0, -1),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
			ids, err := which.runs(ctx, cmd, b, args)
			if err != nil {
				return err
			}
			type replayDoc struct {
				Run      string `json:"run"`
				ReplayOf string `json:"replay_of"`
			}
			docs, a := make([]replayDoc, 0, len(ids)), answer{}
			var failed error
			for _, id := range ids {
				run, err := b.Replay(ctx, id, force)
				if err != nil {
					failed = errors.Join(failed, err)
					if errors.Is(err, jobs.ErrUnreachable) {
						break
					}
					continue
				}
				docs, a.names = append(docs, replayDoc{string(run), string(id)}), append(a.names, string(run))
			}
			a.doc = docs
			a.text = func(p *page) {
				for _, name := range a.names {
					fmt.Fprintln(p, name)
				}
			}
			return errors.Join(g.give(cmd, a), failed)
		}),
	}
	which.declare(cmd)
	cmd.Flags().BoolVar(&force, "force", false, "also beside an active run")
	return cmd
}

func newDeadRemove(g *globals) *cobra.Command {
	var which chosen
	var dry, yes bool
	cmd := &cobra.Command{
		Use:     "remove RUN... | --job JOB | --all",
		Aliases: []string{"rm"},
		Short:   "Remove dead runs; their records stay in the history",
		Example: "  jobs-agent queue dead remove --job mail --dry-run",
		Args:    takes(0, -1),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
			ids, err := which.runs(ctx, cmd, b, args)
			if err != nil {
				return err
			}
			removed := int64(len(ids))
			if !dry && len(args) == 0 && removed > 0 && !yes && terminal(cmd.InOrStdin()) && !confirmed(cmd, fmt.Sprintf("Remove %d dead runs?", removed)) {
				return errors.New("remove dead runs: nothing was removed")
			}
			if !dry {
				if removed, err = b.Bury(ctx, ids...); err != nil {
					return err
				}
			}
			return g.give(cmd, answer{doc: struct {
				Removed int64 `json:"removed"`
				DryRun  bool  `json:"dry_run"`
			}{removed, dry}, text: func(p *page) { fmt.Fprintln(p, removed) }})
		}),
	}
	which.declare(cmd)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only tell how many would go")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}
