package main

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
)

// countDoc is what count answers.
type countDoc struct {
	board.Count
	Unserved map[string]int64 `json:"unserved"` // runner type that no live agent serves -> runs that wait for one
}

func newCount(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "count",
		GroupID: groupSee,
		Short:   "Count jobs, queued and running runs",
		Example: `  jobs-agent count
  jobs-agent count -o json | jq .queued`,
		Args: takes(0, 0),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
			count, err := b.Count(ctx)
			if err != nil {
				return err
			}
			served, err := b.Served(ctx, board.SilentAfter)
			if err != nil {
				return err
			}
			doc := countDoc{count, map[string]int64{}}
			for runner, n := range count.Queued {
				if n > 0 && served[runner] == 0 {
					doc.Unserved[runner] = n
				}
			}
			return g.give(cmd, answer{doc: doc, text: func(p *page) {
				t := newTable(p, "WHAT", "COUNT")
				for _, row := range []struct {
					name string
					n    int64
				}{
					{"jobs", count.Jobs},
					{"scheduled", count.Scheduled},
					{"runners", count.Runners},
					{"running", count.Running},
					{"retrying", count.Retrying},
					{"delayed", count.Delayed},
					{"dead", count.Dead},
				} {
					t.add(row.name, strconv.FormatInt(row.n, 10))
				}
				for _, runner := range slices.Sorted(maps.Keys(count.Queued)) {
					t.add("queued "+runner, strconv.FormatInt(count.Queued[runner], 10))
				}
				for _, runner := range slices.Sorted(maps.Keys(doc.Unserved)) {
					t.add("unserved "+runner, strconv.FormatInt(doc.Unserved[runner], 10))
				}
				t.flush()
			}})
		}),
	}
}
