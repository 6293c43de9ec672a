// Package board is the Go client library: what a person or a program does to a
// board. Every change is one command of package scripts. Serving runs is the
// matter of package worker, for which Leases and Bell give what it needs.
package board

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// Board is a connection to one board. Safe for concurrent use.
type Board struct {
	address string
	rdb     redis.UniversalClient
	do      *scripts.Commands
}

// Open connects to the board of that name ("" is jobs) in the Redis at address,
// see scripts.Dial for the forms: standalone, TLS, Sentinel and Cluster. It fails
// within three seconds with jobs.ErrUnreachable when Redis does not answer.
func Open(ctx context.Context, address, name string) (*Board, error) {
	if name == "" {
		name = "jobs"
	}
	if strings.Contains(address, "+cluster://") && !hashTagged(name) {
		return nil, fmt.Errorf("open board %q: %w: on Redis Cluster all keys of a board must share a slot: name it with braces, {%s}",
			name, jobs.ErrInvalid, name)
	}
	rdb, err := scripts.Dial(address, scripts.Data)
	if err != nil {
		return nil, err
	}
	b := &Board{address: address, rdb: rdb}
	if b.do, err = scripts.New(rdb, name); err == nil {
		err = b.ping(ctx)
	}
	if err != nil {
		_ = rdb.Close() // nothing was sent
		return nil, err
	}
	return b, nil
}

func hashTagged(name string) bool {
	_, inner, ok := strings.Cut(name, "{")
	return ok && strings.Index(inner, "}") > 0
}

func (b *Board) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	err := scripts.Translate(b.rdb.Ping(ctx).Err())
	if err == nil || errors.Is(err, jobs.ErrNotWritable) { // it has answered, and may be read
		return nil
	}
	return fmt.Errorf("connect to redis at %s: %w", scripts.Masked(b.address), err)
}

// Close ends the connection.
func (b *Board) Close() error { return b.rdb.Close() }

// Name is the board's name.
func (b *Board) Name() string { return b.do.Keys().Board() }

// Install loads the commands into Redis. Nothing needs to call it: a command that
// Redis does not know is loaded on the way. It serves clients of 2014, which read
// the hash `commands` when they connect.
func (b *Board) Install(ctx context.Context) error { return b.do.Install(ctx) }

// Leases is what a worker.Worker takes, renews and ends runs with.
func (b *Board) Leases() *scripts.Commands { return b.do }

// Bell opens a connection on which a worker waits for its doorbells. Close it
// after the worker has stopped.
func (b *Board) Bell() (*Bell, error) {
	rdb, err := scripts.Dial(b.address, scripts.Blocking)
	if err != nil {
		return nil, err
	}
	return &Bell{Commands: b.do.With(rdb), rdb: rdb}, nil
}

// Bell waits for doorbells.
type Bell struct {
	*scripts.Commands
	rdb redis.UniversalClient
}

// Close ends a wait under way.
func (b *Bell) Close() error { return b.rdb.Close() }

// Now is Redis' clock, the one clock of the cluster.
func (b *Board) Now(ctx context.Context) (time.Time, error) {
	now, err := b.rdb.Time(ctx).Result()
	if err != nil {
		return time.Time{}, fmt.Errorf("ask redis for the time: %w", scripts.Translate(err))
	}
	return now.UTC(), nil
}
