package main

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
)

func newQueue(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "queue",
		Aliases: []string{"queues"},
		GroupID: groupQueues,
		Short:   "List, show, pause and trim queues; look after dead runs",
		Example: `  jobs-agent queue list
  jobs-agent queue pause mail --why "the relay is down"
  jobs-agent queue dead list`,
		Args: knownVerb,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	trim := newTrim(g)
	trim.GroupID = ""
	trim.Example = "  jobs-agent queue trim 1000 mail --dry-run"
	cmd.AddCommand(newQueueList(g), newQueueShow(g), newQueuePause(g), newQueueResume(g), trim, newQueueDead(g))
	return cmd
}

type queueDoc struct {
	Runner string `json:"runner"`
	Length int64  `json:"length"`
	High   int64  `json:"high"` // of these
	Low    int64  `json:"low"`
	Oldest moment `json:"oldest"`
	Agents int    `json:"agents"` // that live and serve it
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"`

	Selectors []selectorDoc `json:"selectors,omitempty"` // the runs for some hosts only
}

type selectorDoc struct {
	Selector string `json:"selector"`
	Length   int64  `json:"length"`
	Agents   int    `json:"agents"` // that live, serve the type and match
}

func newQueueList(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the queues, how long they are and who serves them",
		Example: "  jobs-agent queue list -o wide",
		Args:    takes(0, 0),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
			docs, err := queueDocs(ctx, b)
			if err != nil {
				return err
			}
			a := answer{doc: docs}
			for _, d := range docs {
				a.names = append(a.names, d.Runner)
			}
			a.text = func(p *page) {
				if len(docs) == 0 {
					say(cmd, "No runner type is registered yet: put a job, or start an agent.")
					return
				}
				queueTable(p, docs)
			}
			return g.give(cmd, a)
		}),
	}
}

// queueDocs describes the queues. The state is open, paused, or unserved when
// nobody alive serves the type.
func queueDocs(ctx context.Context, b *board.Board) ([]queueDoc, error) {
	queues, err := b.Queues(ctx)
	if err != nil {
		return nil, err
	}
	agents, err := b.Agents(ctx)
	if err != nil {
		return nil, err
	}
	now, err := b.Now(ctx)
	if err != nil {
		return nil, err
	}
	docs := make([]queueDoc, 0, len(queues))
	for _, q := range queues {
		doc := queueDoc{Runner: q.Runner, Length: q.Length, High: q.High, Low: q.Low, Oldest: moment(q.Oldest), State: "open"}
		for _, agent := range agents {
			if agent.Alive(now) && slices.Contains(agent.Runners, q.Runner) {
				doc.Agents++
			}
		}
		unmatched := ""
		for _, list := range q.For {
			doc.Selectors = append(doc.Selectors, selectorDoc{string(list.Selector), list.Length, list.Agents})
			if list.Agents == 0 && unmatched == "" {
				unmatched = string(list.Selector)
			}
		}
		switch {
		case q.Paused != nil:
			doc.State, doc.Reason = "paused", q.Paused.Reason()
		case doc.Agents == 0:
			doc.State, doc.Reason = "unserved", "no live agent serves this type"
		case unmatched != "":
			doc.Reason = "no live agent matches " + unmatched
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

func queueTable(p *page, docs []queueDoc) {
	head := []string{"QUEUE", "LENGTH", "OLDEST", "AGENTS", "STATE"}
	if p.wide {
		head = append(head, "REASON", "HIGH", "LOW")
	}
	t := newTable(p, head...)
	for _, d := range docs {
		row := []string{d.Runner, strconv.FormatInt(d.Length, 10), clock(time.Time(d.Oldest)), strconv.Itoa(d.Agents), d.State, orDash(d.Reason), strconv.FormatInt(d.High, 10), strconv.FormatInt(d.Low, 10)}
		t.add(row[:len(head)]...)
	}
	t.flush()
}

func newQueueShow(g *globals) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:     "show TYPE",
		Aliases: []string{"peek"},
		Short:   "Show the runs of a queue that are served next, without taking them",
		Example: "  jobs-agent queue show mail -n 5",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 || limit > 10_000 {
				return usage(cmd.CommandPath(), "--limit %d: 1 to 10000 are possible", limit)
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
				if err := knownQueue(ctx, b, args[0]); err != nil {
					return err
				}
				runs, err := b.Waiting(ctx, args[0], limit)
				if err != nil {
					return err
				}
				return g.giveRuns(cmd, runs)
			})(cmd, args)
		},
	}
	cmd.Flags().IntVarP(&limit, "limit", "n", 20, "at most so `many`")
	return cmd
}

func newQueuePause(g *globals) *cobra.Command {
	var flags pausing
	cmd := &cobra.Command{
		Use:   "pause TYPE",
		Short: "Hold back what is queued for a runner type",
		Long: `Jobs fire on and their runs wait. Agents take nothing from the queue until it is
resumed; programs that pop it by themselves do not know of pauses.`,
		Example: `  jobs-agent queue pause mail --why "the relay is down" --for 30m`,
		Args:    takes(1, 1),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
			if err := knownQueue(ctx, b, args[0]); err != nil {
				return err
			}
			return g.pausing(board.QueueOf(args[0]), &flags)(cmd, args)
		}),
	}
	flags.declare(cmd)
	return cmd
}

func newQueueResume(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "resume TYPE",
		Short:   "Let agents take from a queue again",
		Example: "  jobs-agent queue resume mail",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.resuming(board.QueueOf(args[0]), false)(cmd, args)
		},
	}
}

// knownQueue refuses a type that the registry does not know: a slip of the finger
// would pause nothing.
func knownQueue(ctx context.Context, b *board.Board, runner string) error {
	types, err := b.RunnerTypes(ctx)
	if err != nil || slices.Contains(types, runner) {
		return err
	}
	return unknownQueue(runner, types)
}
