package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/boardfile"
)

// sorted is how many jobs are sorted; more are written as they come.
const sorted = 10_000

func newList(g *globals) *cobra.Command {
	var runner string
	var missed missing
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		GroupID: groupBasic,
		Short:   "List the jobs of the board",
		Long: `Up to 10,000 jobs are sorted by id; more are written as they come, since a
million jobs is normal.`,
		Example: `  jobs-agent list
  jobs-agent list --runner shell -o name
  jobs-agent list --missed --since 2d
  jobs-agent list -o json | jq '.[] | select(.state != "scheduled")'`,
		Args: takes(0, 0),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
			if (missed.asked && runner != "") || (missed.since.set && !missed.asked) {
				return usage(cmd.CommandPath(), "--since goes with --missed, and --runner without it")
			}
			if missed.asked {
				return g.listMissed(ctx, cmd, b, &missed)
			}
			now, err := b.Now(ctx)
			if err != nil {
				return err
			}
			out := bufio.NewWriterSize(cmd.OutOrStdout(), 1<<16)
			l := newLister(g, cmd, out, now)
			if l.served, err = b.Served(ctx, board.SilentAfter); err != nil {
				return err
			}
			if l.agents, err = b.Agents(ctx); err != nil {
				return err
			}
			if err := l.list(ctx, cmd, b, runner); err != nil {
				return err
			}
			if err := out.Flush(); err != nil {
				return fmt.Errorf("write the list: %w", err)
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&runner, "runner", "", "only jobs of this runner `type`")
	missed.declare(cmd)
	return cmd
}

// lister writes jobs one by one in one of the forms.
type lister struct {
	form  string
	out   *bufio.Writer
	table *table
	now   time.Time
	count int

	served   map[string]int // by how many live agents
	unserved map[string]int // jobs whose type none does
	agents   []board.Agent
}

func newLister(g *globals, cmd *cobra.Command, out *bufio.Writer, now time.Time) *lister {
	p := &page{Writer: out, wide: g.output == asWide, color: g.colored(cmd.OutOrStdout())}
	l := &lister{form: g.output, out: out, now: now, unserved: map[string]int{}}
	head := []string{"ID", "RUNNER", "SCHEDULE", "NEXT", "STATE"}
	if p.wide {
		head = append(head, "OVERLAP", "PRIORITY", "RETRIES", "AFTER", "HOSTS", "REASON", "PAYLOAD")
	}
	l.table = newTable(p, head...)
	return l
}

func (l *lister) list(ctx context.Context, cmd *cobra.Command, b *board.Board, runner string) error {
	var first []board.Entry
	for entry, err := range b.Jobs(ctx) {
		if err != nil {
			return err
		}
		switch {
		case runner != "" && entry.Job.Runner != runner:
		case len(first) < sorted:
			first = append(first, entry)
		default:
			if l.count == 0 {
				say(cmd, "More than %d jobs: they are not sorted.", sorted)
				if err := l.write(first); err != nil {
					return err
				}
			}
			if err := l.write([]board.Entry{entry}); err != nil {
				return err
			}
		}
	}
	if l.count == 0 {
		slices.SortFunc(first, func(a, b board.Entry) int { return cmp.Compare(a.ID, b.ID) })
		// A walk may answer a job twice.
		first = slices.CompactFunc(first, func(a, b board.Entry) bool { return a.ID == b.ID })
		if err := l.write(first); err != nil {
			return err
		}
	}
	return l.end(cmd)
}

func (l *lister) write(entries []board.Entry) error {
	for _, entry := range entries {
		if err := l.one(entry); err != nil {
			return err
		}
		l.count++
	}
	if l.count > 0 && (l.form == "" || l.form == asTable || l.form == asWide) {
		l.table.flush()
	}
	return nil
}

func (l *lister) one(entry board.Entry) error {
	doc := aboutJob(entry, l.now)
	if l.served[doc.Runner] == 0 && doc.Runner != "" {
		l.unserved[doc.Runner]++
		if doc.Reason == "" {
			doc.Reason = "no live agent serves " + doc.Runner
		}
	}
	doc.matched(entry.Job.Hosts, l.agents, l.now)
	switch l.form {
	case asName:
		fmt.Fprintln(l.out, entry.ID)
	case asJSON:
		text, err := json.Marshal(doc)
		if err != nil {
			return err
		}
		fmt.Fprintf(l.out, "%s%s", map[bool]string{true: "[\n", false: ",\n"}[l.count == 0], text)
	case asYAML:
		text, err := boardfile.Marshal([]jobDoc{doc})
		if err != nil {
			return err
		}
		fmt.Fprintf(l.out, "%s", text)
	default:
		row := []string{entry.ID, doc.Runner, doc.Schedule, clock(time.Time(doc.Next)), doc.State}
		l.table.add(append(row, string(entry.Job.Overlap), doc.Priority, fmt.Sprint(entry.Job.Retries), orDash(strings.Join(entry.Job.After, " ")), doc.Hosts, short(doc.Reason, 80), short(entry.Job.Payload, 60))[:len(l.table.head)]...)
	}
	return nil
}

func (l *lister) end(cmd *cobra.Command) error {
	for _, runner := range slices.Sorted(maps.Keys(l.unserved)) {
		if l.form != "" && l.form != asTable && l.form != asWide {
			break // there it is the reason, or not asked for
		}
		say(cmd, "No live agent serves %s, which %d of these jobs need.", runner, l.unserved[runner])
	}
	switch {
	case l.form == asJSON && l.count == 0:
		fmt.Fprint(l.out, "[]\n")
	case l.form == asJSON:
		fmt.Fprint(l.out, "\n]\n")
	case l.form == asYAML && l.count == 0:
		fmt.Fprint(l.out, "[]\n")
	case l.count == 0:
		say(cmd, "The board has no jobs.")
	}
	return nil
}
