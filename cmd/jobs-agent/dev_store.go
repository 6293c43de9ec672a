package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/jobs-agent/jobs/internal/devstore"
)

// devStore is the store that dev works on: one of its own, or the Redis that the
// user named.
type devStore struct {
	url, kind, data, banner string
	pid                     int
	takenOver               bool
	close                   func() error
}

func (g *globals) devStore(cmd *cobra.Command, flags *devFlags, log *zap.Logger) (*devStore, error) {
	url, source, err := g.named(cmd)
	if err != nil {
		return nil, err
	}
	if url != "" {
		if flags.data != "" || flags.memory {
			return nil, usage(cmd.CommandPath(), "the Redis is named already (%s): --data and --memory are for a store of its own", source)
		}
		return &devStore{url: url, kind: "the Redis named by " + source, close: func() error { return nil }}, nil
	}
	dir := flags.data
	if dir == "" && !flags.memory {
		if dir, err = devstore.DefaultDir(); err != nil {
			return nil, err
		}
	}
	store, err := devstore.Open(cmd.Context(), devstore.Options{Dir: dir, InMemory: flags.memory, Log: log})
	if err != nil {
		return nil, err
	}
	if store.Kind() == devstore.Memory {
		dir = ""
	}
	return &devStore{
		url: store.URL(), kind: store.Kind(), data: dir, banner: store.Banner(), pid: store.PID(), takenOver: store.TakenOver(),
		close: func() error {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), 10*time.Second)
			defer cancel()
			return store.Close(ctx)
		},
	}, nil
}

// dump is a file that was read.
type dump struct{ name, text string }

func readDumps(cmd *cobra.Command, files []string) ([]dump, error) {
	var dumps []dump
	for _, name := range files {
		f, err := input(cmd, name)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(f)
		_ = f.Close() // it was only read
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		dumps = append(dumps, dump{name, string(text)})
	}
	return dumps, nil
}
