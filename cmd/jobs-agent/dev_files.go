package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/agent"
	"github.com/jobs-agent/jobs/board"
)

// isBoardFile tells a board file from a dump: by its ending, else by its beginning.
func isBoardFile(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml":
		return true
	case ".json":
		return false
	}
	text, err := os.ReadFile(name)
	return err == nil && !strings.HasPrefix(strings.TrimLeft(string(text), " \t\r\n\ufeff"), "{")
}

// apart divides the files of dev into board files and dumps.
func apart(files []string) (boards, dumps []string) {
	for _, name := range files {
		if name != "-" && isBoardFile(name) {
			boards = append(boards, name)
		} else {
			dumps = append(dumps, name)
		}
	}
	return boards, dumps
}

// lookEach is how often dev looks whether a board file has changed.
const lookEach = 500 * time.Millisecond

// followed is a board file that dev applies whenever it changes.
type followed struct {
	name string
	seen string // what was tried last: its hash, or why it could not be read
}

// changed reads the file and tells whether it is another than the last time. Files are
// small, so it is read whole: an editor may leave size and time as they were.
func (w *followed) changed() (text []byte, changed bool, err error) {
	text, err = os.ReadFile(w.name)
	now := ""
	if err != nil {
		now = err.Error()
	} else {
		sum := sha256.Sum256(text)
		now = string(sum[:])
	}
	changed = now != w.seen
	w.seen = now
	return text, changed, err
}

// follow applies board files, and again when they change, until the context ends. A
// file with an error in it changes nothing: the jobs that it put before go on.
func (g *globals) follow(ctx context.Context, cmd *cobra.Command, cfg agent.Config, files []string) {
	list := make([]followed, len(files))
	for i, name := range files {
		list[i].name = name
	}
	each := time.NewTicker(lookEach)
	defer each.Stop()
	for ctx.Err() == nil {
		for i := range list {
			text, changed, err := list[i].changed()
			if !changed {
				continue
			}
			if err == nil {
				err = g.applyDev(ctx, cmd, cfg, list[i].name, text)
			}
			if err != nil && ctx.Err() == nil {
				say(cmd, "%v\n%s was not applied; it is when it changes.", err, list[i].name)
			}
		}
		select {
		case <-ctx.Done():
		case <-each.C:
		}
	}
}

func (g *globals) applyDev(ctx context.Context, cmd *cobra.Command, cfg agent.Config, name string, text []byte) error {
	var flags fileFlags
	file, err := flags.parse(g, cmd, name, text)
	if err != nil {
		return err
	}
	b, err := board.Open(ctx, cfg.Redis, cfg.Board)
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	plan, err := carry(ctx, cmd, b, file, applying{})
	if err != nil {
		return fmt.Errorf("apply %s: %w", name, err)
	}
	say(cmd, "Applied %s: %s.", name, plan.Counts())
	return nil
}
