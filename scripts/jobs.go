package scripts

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
)

// Definition is what JSET and JSETNX take. Empty strings mean absent.
type Definition struct {
	Now      string // Unix seconds; "" is Redis' own clock
	ID       string
	Runner   string
	Payload  string
	Interval string // seconds
	Start    string
	Stop     string
	Lambda   string
	Step     string
	Fields   string // text of a JSON object with the other fields, or ""
}

func (d Definition) args() []any {
	return []any{d.Now, d.ID, d.Runner, d.Payload, d.Interval, d.Start, d.Stop, d.Lambda, d.Step, d.Fields}
}

// Jset creates or replaces a job.
func (c *Commands) Jset(ctx context.Context, d Definition) error {
	_, err := c.put(ctx, "jset", d)
	return err
}

// Jsetnx creates a job and tells whether it did: false when the id is taken.
func (c *Commands) Jsetnx(ctx context.Context, d Definition) (bool, error) {
	n, err := c.put(ctx, "jsetnx", d)
	return n == 1, err
}

// put remembers its answer: sent again after the job has run and left, it would
// make the job a second time.
func (c *Commands) put(ctx context.Context, name string, d Definition) (int64, error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	keys := []string{c.keys.Board(), c.keys.Schedule(), c.keys.Runners(), c.keys.Op(caller.name)}
	return c.integer(ctx, name, keys, append(d.args(), caller.op)...)
}

// Jget answers the metadata of a job as it stands, and false for an unknown id.
func (c *Commands) Jget(ctx context.Context, id string) (string, bool, error) {
	reply, err := c.call(ctx, "jget", []string{c.keys.Board()}, id)
	if errors.Is(err, redis.Nil) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	text, ok := reply.(string)
	return text, ok, nil
}

// Jdel takes a job off the board and tells whether it was there.
func (c *Commands) Jdel(ctx context.Context, id string) (bool, error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	n, err := c.integer(ctx, "jdel", []string{c.keys.Board(), c.keys.Schedule(), c.keys.Op(caller.name)}, id, caller.op)
	return n == 1, err
}

// Jnext moves a due job on; see docs/commands.md. It answers the next nominal
// time in whole seconds, -1 when the job has ended.
func (c *Commands) Jnext(ctx context.Context, now, id string) (int64, error) {
	return c.integer(ctx, "jnext", []string{c.keys.Board(), c.keys.Schedule()}, now, id)
}

// Jtick queues what is due as 2014 did, at most limit runs.
func (c *Commands) Jtick(ctx context.Context, now string, limit int, runners ...string) (int64, error) {
	keys := []string{c.keys.Board(), c.keys.Schedule()}
	for _, runner := range runners {
		keys = append(keys, c.keys.Queue(runner))
	}
	return c.integer(ctx, "jtick", keys, now, limit)
}

// Jpop takes the oldest entry of a priority of a queue for good. A lost reply loses it, so call
// it only over a client that never repeats commands.
func (c *Commands) Jpop(ctx context.Context, runner string, priority jobs.Priority) (string, bool, error) {
	reply, err := c.call(ctx, "jpop", []string{c.keys.List(runner, priority)})
	if errors.Is(err, redis.Nil) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	text, ok := reply.(string)
	return text, ok, nil
}

// Jregister enters a runner type in the registry and tells whether it is new.
func (c *Commands) Jregister(ctx context.Context, runner, command string) (bool, error) {
	n, err := c.integer(ctx, "jregister", []string{c.keys.Runners()}, runner, command)
	return n == 1, err
}

// Jtrim shortens lists to their n newest entries and answers how many were removed.
func (c *Commands) Jtrim(ctx context.Context, n int, lists []List) (int64, error) {
	return c.integer(ctx, "jtrim", names(lists), n)
}

// Jcount answers the sizes of the board and of some lists as JSON text.
func (c *Commands) Jcount(ctx context.Context, lists []List) (string, error) {
	reply, err := c.call(ctx, "jcount", c.counted(lists))
	if err != nil {
		return "", err
	}
	text, ok := reply.(string)
	if !ok {
		return "", fmt.Errorf("jcount answered %v, expected text", reply)
	}
	return text, nil
}

func (c *Commands) counted(lists []List) []string {
	return append([]string{c.keys.Board(), c.keys.Schedule(), c.keys.Runners()}, names(lists)...)
}

// Census answers the totals of the board and what Jcount answers, of one moment.
func (c *Commands) Census(ctx context.Context, lists []List) (totals map[string]int64, count string, err error) {
	var stats *redis.MapStringStringCmd
	var sizes *redis.Cmd
	for tries := 0; ; tries++ {
		_, err = c.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
			stats = p.HGetAll(ctx, c.keys.Stats())
			sizes = p.EvalSha(ctx, c.shas["jcount"], c.counted(lists))
			return nil
		})
		if !redis.HasErrorPrefix(err, "NOSCRIPT") || tries > 0 {
			break
		}
		if err := c.reload(ctx); err != nil {
			return nil, "", err
		}
	}
	if err != nil {
		return nil, "", fmt.Errorf("count: %w", Translate(err))
	}
	totals = make(map[string]int64, len(stats.Val()))
	for name, text := range stats.Val() {
		totals[name], _ = strconv.ParseInt(text, 10, 64)
	}
	return totals, toString(sizes.Val()), nil
}

// Metadata is a job as text, for Jload.
type Metadata struct{ ID, Text string }

// Jload puts jobs on the board with their metadata as it is, all or none. With
// fromNow, jobs that are not scheduled yet start after now on their grid.
func (c *Commands) Jload(ctx context.Context, now string, fromNow bool, list []Metadata) (int64, error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	late := "0"
	if fromNow {
		late = "1"
	}
	args := make([]any, 0, 3+2*len(list))
	args = append(args, caller.op, now, late)
	for _, job := range list {
		args = append(args, job.ID, job.Text)
	}
	return c.integer(ctx, "jload", c.prefixed(c.keys.Op(caller.name), c.keys.Runners()), args...)
}

// RunnerTypes answers the registered runner types, unsorted.
func (c *Commands) RunnerTypes(ctx context.Context) ([]string, error) {
	types, err := c.rdb.HKeys(ctx, c.keys.Runners()).Result()
	if err != nil {
		return nil, fmt.Errorf("read the registry of runners: %w", Translate(err))
	}
	return types, nil
}

// JregisterNew enters a runner type unless it is registered, and tells whether it
// did.
func (c *Commands) JregisterNew(ctx context.Context, runner, command string) (bool, error) {
	n, err := c.integer(ctx, "jregister", []string{c.keys.Runners()}, runner, command, 1)
	return n == 1, err
}
