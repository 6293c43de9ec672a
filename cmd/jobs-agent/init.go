package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/scripts"
)

func newInit(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "init",
		GroupID: groupAdmin,
		Short:   "Load the commands into Redis and print their names and SHAs",
		Long: `Agents do this when they start, and every program of ours loads what is missing.
Clients of 2014 read the hash "commands", which this writes, when they connect.`,
		Example: "  jobs-agent init --redis redis://db1:6379",
		Args:    takes(0, 0),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
			if err := b.Install(ctx); err != nil {
				return err
			}
			return g.giveCommands(cmd)
		}),
	}
}

func (g *globals) giveCommands(cmd *cobra.Command) error {
	sources, err := scripts.Sources()
	if err != nil {
		return err
	}
	type command struct {
		Name string `json:"name"`
		SHA  string `json:"sha"`
	}
	var a answer
	var docs []command
	for _, s := range sources {
		docs = append(docs, command{s.Name, s.SHA})
		a.names = append(a.names, s.Name)
	}
	a.doc = docs
	a.text = func(p *page) {
		t := newTable(p, "COMMAND", "SHA")
		for _, d := range docs {
			t.add(d.Name, d.SHA)
		}
		t.flush()
	}
	return g.give(cmd, a)
}
