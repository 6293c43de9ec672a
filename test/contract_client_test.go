package test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/scripts"
)

// contractClient talks to a board as the clients of 2014 do: it reads the hash
// `commands` once and from then on knows only EVALSHA, key names and plain
// Redis commands. The tests of the wire contract use nothing else.
type contractClient struct {
	rdb   *redis.Client
	board string
	shas  map[string]string
}

// noReply is what contractClient.call answers for a nil reply.
type noReply struct{}

// onBothStores runs f against a real redis-server and the embedded store, each
// with the command set installed.
func onBothStores(t *testing.T, f func(t *testing.T, c *contractClient)) {
	t.Helper()
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		f(t, connect2014(t, rdb))
	})
}

// connect2014 installs the commands and then connects as a client of 2014.
func connect2014(t *testing.T, rdb *redis.Client) *contractClient {
	t.Helper()
	if err := scripts.Install(t.Context(), rdb); err != nil {
		t.Fatalf("install: %v", err)
	}
	// A loaded machine must not turn a slow embedded store into a failure.
	rdb = rdb.WithTimeout(time.Minute)
	shas, err := rdb.HGetAll(t.Context(), "commands").Result()
	if err != nil {
		t.Fatalf("HGETALL commands: %v", err)
	}
	return &contractClient{rdb: rdb, board: "jobs", shas: shas}
}

// reset empties the database and puts the hash `commands` back, so that the
// rows of a table may share one server.
func (c *contractClient) reset(t *testing.T) {
	t.Helper()
	if _, err := c.rdb.Pipelined(t.Context(), func(p redis.Pipeliner) error {
		p.FlushDB(t.Context())
		p.HSet(t.Context(), "commands", c.shas)
		return nil
	}); err != nil {
		t.Fatalf("empty the database: %v", err)
	}
}

// call answers int64, string or []any as Redis replied, noReply{} for nil and
// an error for an error reply.
func (c *contractClient) call(name string, keys []string, args ...any) any {
	sha, ok := c.shas[name]
	if !ok {
		return fmt.Errorf("the hash commands has no %q", name)
	}
	reply, err := c.rdb.EvalSha(context.Background(), sha, keys, args...).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return noReply{}
	case err != nil:
		return err
	}
	return reply
}

func (c *contractClient) schedule() string { return c.board + ":schedule" }
func (c *contractClient) registry() string { return c.board + ":runners" }

func (c *contractClient) queue(runner string) string { return c.board + ":queue:" + runner }

func (c *contractClient) queues(runners ...string) []string {
	keys := make([]string, len(runners))
	for i, runner := range runners {
		keys[i] = c.queue(runner)
	}
	return keys
}

// keysOf answers the keys a client of 2014 sends with a command; those that
// take queues get the queues of the runners.
func (c *contractClient) keysOf(name string, runners ...string) []string {
	queues := c.queues(runners...)
	switch name {
	case "jset", "jsetnx":
		return []string{c.board, c.schedule(), c.registry()}
	case "jget":
		return []string{c.board}
	case "jdel", "jnext":
		return []string{c.board, c.schedule()}
	case "jtick":
		return append([]string{c.board, c.schedule()}, queues...)
	case "jregister":
		return []string{c.registry()}
	case "jcount":
		return append([]string{c.board, c.schedule(), c.registry()}, queues...)
	}
	return queues // jpop, jtrim
}

// do calls a command on its ordinary keys.
func (c *contractClient) do(name string, args ...any) any {
	return c.call(name, c.keysOf(name), args...)
}
