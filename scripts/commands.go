package scripts

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
)

// Commands calls the command set on one board. Safe for concurrent use. After a
// restart of Redis, which forgets scripts, it loads them again by itself.
type Commands struct {
	rdb     redis.UniversalClient
	keys    Keys
	prefix  []string // of the keys of each command
	boxed   []any    // the same, as arguments
	sources []Source
	shas    map[string]string
	callers *callers
	loader  *loader
}

// loader lets one caller load the commands while others wait for it.
type loader struct {
	mu    sync.Mutex
	times atomic.Int64 // that they were loaded
}

// New binds the command set to a board. It does not talk to Redis: Install loads
// the commands, and so does the first call that finds them missing.
func New(rdb redis.UniversalClient, board string) (*Commands, error) {
	keys, err := For(board)
	if err != nil {
		return nil, err
	}
	sources, err := Sources()
	if err != nil {
		return nil, err
	}
	shas := make(map[string]string, len(sources))
	for _, s := range sources {
		shas[s.Name] = s.SHA
	}
	c := &Commands{rdb: rdb, keys: keys, prefix: keys.Prefix(), sources: sources, shas: shas, callers: newCallers(), loader: &loader{}}
	for _, key := range c.prefix {
		c.boxed = append(c.boxed, key)
	}
	return c, nil
}

// With answers the same commands over another client, for instance one with
// shorter timeouts.
func (c *Commands) With(rdb redis.UniversalClient) *Commands {
	other := *c
	other.rdb = rdb
	return &other
}

// Keys names the keys of the board.
func (c *Commands) Keys() Keys { return c.keys }

// Redis is the client, for reading.
func (c *Commands) Redis() redis.UniversalClient { return c.rdb }

// Install loads the commands, see the function Install.
func (c *Commands) Install(ctx context.Context) error { return install(ctx, c.rdb, c.sources) }

// reload loads the commands into a Redis that has forgotten them. One that takes no
// writes has them then, without the hash; the call says what it makes of that.
func (c *Commands) reload(ctx context.Context) error {
	before := c.loader.times.Load()
	c.loader.mu.Lock()
	defer c.loader.mu.Unlock()
	if c.loader.times.Load() != before {
		return nil // somebody has, meanwhile
	}
	if err := c.Install(ctx); err != nil && !errors.Is(err, jobs.ErrNotWritable) {
		return err
	}
	c.loader.times.Add(1)
	return nil
}

// call runs one command, loading all of them when Redis has forgotten it.
func (c *Commands) call(ctx context.Context, name string, keys []string, args ...any) (any, error) {
	reply, err := c.rdb.EvalSha(ctx, c.shas[name], keys, args...).Result()
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		if err := c.reload(ctx); err != nil {
			return nil, err
		}
		reply, err = c.rdb.EvalSha(ctx, c.shas[name], keys, args...).Result()
	}
	if err != nil {
		return nil, Translate(err)
	}
	return reply, nil
}

func (c *Commands) integer(ctx context.Context, name string, keys []string, args ...any) (int64, error) {
	reply, err := c.call(ctx, name, keys, args...)
	if err != nil {
		return 0, err
	}
	n, ok := reply.(int64)
	if !ok {
		return 0, fmt.Errorf("%s answered %v, expected a number", name, reply)
	}
	return n, nil
}

func (c *Commands) list(ctx context.Context, name string, keys []string, args ...any) ([]any, error) {
	reply, err := c.call(ctx, name, keys, args...)
	if err != nil {
		return nil, err
	}
	list, ok := reply.([]any)
	if !ok {
		return nil, fmt.Errorf("%s answered %v, expected a list", name, reply)
	}
	return list, nil
}

// prefixed is the common prefix with further keys behind it.
func (c *Commands) prefixed(more ...string) []string {
	return slices.Concat(c.prefix, more)
}

// callers lends out names under which calls are remembered in Redis, so that one
// sent again after a lost reply gets its first answer. A name has one call under
// way at a time.
type callers struct {
	mu   sync.Mutex
	idle []*caller
}

type caller struct {
	name string
	op   int64
}

func newCallers() *callers { return &callers{} }

// borrow lends a caller with its next operation number. Give it back with done.
func (p *callers) borrow() *caller {
	p.mu.Lock()
	defer p.mu.Unlock()
	var c *caller
	if n := len(p.idle); n > 0 {
		c = p.idle[n-1]
		p.idle = p.idle[:n-1]
	} else {
		var random [9]byte
		if _, err := rand.Read(random[:]); err != nil {
			panic(err) // crypto/rand never fails on supported systems
		}
		c = &caller{name: hex.EncodeToString(random[:])}
	}
	c.op++
	return c
}

func (p *callers) done(c *caller) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
}

// seconds writes a time or duration as the commands read it.
func seconds(s float64) string { return strconv.FormatFloat(s, 'f', -1, 64) }
