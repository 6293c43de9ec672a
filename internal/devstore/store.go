package devstore

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"go.uber.org/zap"
)

// Memory is the Kind of a store that lives in this process only.
const Memory = "memory"

// Options say how a store is opened. The zero value is what `jobs-agent dev` uses.
type Options struct {
	// Dir is the data directory; DefaultDir when empty.
	Dir string
	// Server is the server program. When empty it is redis-server or
	// valkey-server, whichever is found in PATH first, and memory without either.
	Server string
	// InMemory asks for a store in memory even where a server is installed.
	InMemory bool
	// Runtime is the folder of the record that Find reads; when empty it is the
	// user's runtime folder.
	Runtime string
	// Log may be nil.
	Log *zap.Logger
}

// Store is an open store. It is closed by the one who opened it.
type Store struct {
	engine engine
	record *record
	dir    string
}

// engine is what serves the data.
type engine interface {
	url() string
	kind() string
	pid() int
	close(ctx context.Context) error
}

// Open opens the store in the data directory, or one in memory. It returns once
// the store answers, which takes as long as loading the data does. Only one
// process at a time may have a directory open; it is named in the error.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Dir == "" {
		dir, err := DefaultDir()
		if err != nil {
			return nil, fmt.Errorf("open the dev store: %w", err)
		}
		o.Dir = dir
	}
	if o.Runtime == "" {
		folder, err := ownRuntimeFolder()
		if err != nil {
			return nil, fmt.Errorf("open the dev store: %w", err)
		}
		o.Runtime = folder
	}
	if o.Server == "" {
		o.Server = findServer()
	}
	s := &Store{dir: o.Dir}
	var err error
	if o.InMemory || o.Server == "" {
		s.engine, err = startMemory()
	} else {
		s.engine, err = openServer(ctx, o)
	}
	if err != nil {
		return nil, fmt.Errorf("open the dev store in %s: %w", o.Dir, err)
	}
	s.record, err = writeRecord(o.Runtime, Found{URL: s.URL(), PID: os.Getpid(), Kind: s.Kind()})
	if err != nil {
		_ = s.engine.close(ctx) // the first error is the one to tell
		return nil, fmt.Errorf("open the dev store in %s: %w", o.Dir, err)
	}
	return s, nil
}

// URL answers the store's address in the form that redis.ParseURL reads. That of
// a store in memory holds its password.
func (s *Store) URL() string { return s.engine.url() }

// Kind answers Memory or the name of the server program.
func (s *Store) Kind() string { return s.engine.kind() }

// PID answers the process that holds the data: the server, or this process.
func (s *Store) PID() int { return s.engine.pid() }

// TakenOver tells whether the server is one that an earlier, killed dev process
// left behind.
func (s *Store) TakenOver() bool {
	server, ok := s.engine.(*server)
	return ok && server.child == nil
}

// Banner answers what the user should know about this kind of store, or nothing.
func (s *Store) Banner() string {
	if s.Kind() != Memory {
		return ""
	}
	text := "The store is in memory: jobs, runs and output are gone when this program ends.\n" +
		"Install redis-server or valkey-server, and dev keeps them in " + s.dir + "."
	if _, err := os.Stat(filepath.Join(s.dir, "appendonlydir")); err == nil {
		text += "\nThat folder holds an earlier store, which is neither read nor changed now."
	}
	return text
}

// Close ends the store in order. After it, what a server held is on disk.
func (s *Store) Close(ctx context.Context) error {
	s.record.remove()
	if err := s.engine.close(ctx); err != nil {
		return fmt.Errorf("close the dev store in %s: %w", s.dir, err)
	}
	return nil
}
