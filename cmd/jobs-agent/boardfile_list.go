package main

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
)

type boardFileDoc struct {
	Name       string `json:"name"`
	Jobs       int    `json:"jobs"`
	Generation int64  `json:"generation"` // how often an apply of it was decided
	Applied    moment `json:"applied"`    // the last time
}

func (g *globals) listFiles(ctx context.Context, cmd *cobra.Command, b *board.Board) error {
	files, err := b.BoardFiles(ctx)
	if err != nil {
		return err
	}
	docs := map[string]*boardFileDoc{}
	for name, f := range files {
		docs[name] = &boardFileDoc{Name: name, Generation: f.Generation, Applied: moment(f.Applied)}
	}
	others := 0
	for entry, err := range b.Jobs(ctx) {
		if err != nil {
			return err
		}
		name := entry.Job.BoardFile
		switch {
		case name == "":
			others++
			continue
		case docs[name] == nil: // it was copied here with its jobs
			docs[name] = &boardFileDoc{Name: name}
		}
		docs[name].Jobs++
	}
	list := make([]boardFileDoc, 0, len(docs))
	names := slices.Sorted(maps.Keys(docs))
	for _, name := range names {
		list = append(list, *docs[name])
	}
	return g.give(cmd, answer{doc: list, names: names, text: func(p *page) {
		if len(list) == 0 {
			say(cmd, "No board file was applied yet.")
		} else {
			t := newTable(p, "BOARD FILE", "JOBS", "GENERATION", "APPLIED")
			for _, d := range list {
				t.add(d.Name, strconv.Itoa(d.Jobs), strconv.FormatInt(d.Generation, 10), clock(time.Time(d.Applied)))
			}
			t.flush()
		}
		if others > 0 {
			say(cmd, "%s on the board are of no file.", count(others, "job"))
		}
	}})
}
