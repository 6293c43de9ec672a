package main

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
)

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
			return g.give(cmd, answer{doc: count, text: func(p *page) {
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
				t.flush()
			}})
		}),
	}
}
