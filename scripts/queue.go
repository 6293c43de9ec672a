package scripts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
)

// Entry is a run to be queued by Jpush: its id (TYPE#X, see jobs.MintRunID) and
// its metadata as JSON text.
type Entry struct {
	Run  jobs.RunID
	Text string
}

// Push is what JPUSH and JENQUEUE queue: runs of one runner type and priority, or of one
// type and selector.
type Push struct {
	Runner   string
	Priority jobs.Priority
	Selector jobs.Selector // empty: any agent
	Entries  []Entry
	Stem     jobs.RunStem // of JPUSH alone, empty for none: the ids of all entries are its runs, in order, and not their own
	Under    []Conditions // of JENQUEUE alone: those of each
}

// Run is the id of the run at a place.
func (p *Push) Run(place int) jobs.RunID {
	if p.Stem != "" {
		return p.Stem.Run(place)
	}
	return p.Entries[place].Run
}

// Jpush queues one-off runs, all or none; under a stem at most jobs.MaxNumbered.
func (c *Commands) Jpush(ctx context.Context, now string, p Push) (int64, error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	texts := make([]string, len(p.Entries))
	for i := range texts {
		texts[i] = p.Entries[i].Text
		if strings.HasPrefix(texts[i], `{"`) {
			texts[i] = texts[i][1:] // see JPUSH
		}
	}
	if p.Stem != "" && len(texts) > jobs.MaxNumbered {
		return 0, fmt.Errorf("%w: %d runs of one stem, more than %d", jobs.ErrInvalid, len(texts), jobs.MaxNumbered)
	}
	args := make([]any, 0, 4+2*len(texts))
	args = append(args, caller.op, now)
	if len(texts) > 0 && p.Stem != "" && plain(string(p.Stem)) {
		alike := alike(texts)
		args = append(args, string(p.Stem)+"*", texts[0][:alike])
		for i := range texts { // pointers, since a string in an interface is copied
			texts[i] = texts[i][alike:]
			args = append(args, &texts[i])
		}
	} else {
		for i := range texts {
			args = append(args, string(p.Run(i)), &texts[i])
		}
	}
	return c.integer(ctx, "jpush", c.pushed(caller, p), args...)
}

// alike is how many bytes of texts, of which there is one at least, are the same at their beginning. The
// last of each is not counted: JPUSH looks at it.
func alike(texts []string) int {
	body := func(text string) string { return text[:max(0, len(text)-1)] }
	first := body(texts[0])
	for _, text := range texts[1:] {
		text = body(text)
		if strings.HasPrefix(text, first) {
			continue
		}
		n := 0
		for n < min(len(text), len(first)) && text[n] == first[n] {
			n++
		}
		first = first[:n]
	}
	return len(first)
}

func (c *Commands) pushed(caller *caller, p Push) []string {
	list, bell := c.keys.List(p.Runner, p.Priority), c.keys.Bell(p.Runner)
	if p.Selector != "" {
		list, bell = c.keys.source(jobs.Source(p.Runner, p.Selector))
	}
	return c.prefixed(c.keys.Op(caller.name), list, bell, c.keys.Runners())
}

// Conditions are what JENQUEUE takes besides a run and its metadata; what is empty is
// not asked for.
type Conditions struct {
	At        time.Time     // not taken before
	TTL       time.Duration // dropped when it was not taken so long after At
	ID        string        // under which the caller may enqueue it again
	Unique    string        // key that one run of the type can hold
	UniqueFor time.Duration // how long at most; 0: 24 h
}

// Jenqueue queues one-off runs under conditions, all or none. It answers a run for
// each: its own, or the one that holds its id or unique key.
func (c *Commands) Jenqueue(ctx context.Context, now string, p Push) ([]jobs.RunID, error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	args := make([]any, 0, 2+7*len(p.Entries))
	args = append(args, caller.op, now)
	for i, entry := range p.Entries {
		u := p.Under[i]
		at := ""
		if !u.At.IsZero() {
			at = UnixSeconds(u.At)
		}
		args = append(args, string(entry.Run), entry.Text, at, span(u.TTL), u.ID, u.Unique, span(u.UniqueFor))
	}
	reply, err := c.list(ctx, "jenqueue", c.pushed(caller, p), args...)
	if err != nil {
		return nil, err
	}
	if len(reply) != len(p.Entries) {
		return nil, fmt.Errorf("jenqueue answered %d runs for %d", len(reply), len(p.Entries))
	}
	runs := make([]jobs.RunID, len(reply))
	for i := range reply {
		runs[i] = jobs.RunID(toString(reply[i]))
	}
	return runs, nil
}

// Holding tells whether a run may hold a unique key or an id.
func (c *Commands) Holding(ctx context.Context) (bool, error) {
	pipe := c.rdb.Pipeline()
	last := pipe.HGet(ctx, c.keys.Board()+":alive", "unique")
	clock := pipe.Time(ctx)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return false, fmt.Errorf("look for unique keys: %w", Translate(err))
	}
	return unix(toFloat(last.Val())).After(clock.Val()), nil
}

// span is a duration as the commands read it, "" for none.
func span(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return seconds(d.Seconds())
}

// Jrun queues a run of a job now. jobs.ErrActive says that another run is in the
// way; force overrules it.
func (c *Commands) Jrun(ctx context.Context, now, job string, run jobs.RunID, force bool) error {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	over := "0"
	if force {
		over = "1"
	}
	_, err := c.call(ctx, "jrun", c.prefixed(c.keys.Op(caller.name)), caller.op, now, job, string(run), over)
	return err
}

// Passed is a nominal time that has passed, and the run that Jbackfill is to make of it.
type Passed struct {
	Run jobs.RunID
	Due time.Time
}

// Jbackfill queues runs of a job for nominal times that have passed, all or none.
// jobs.ErrPaused says that the job or the board is paused; force overrules it.
func (c *Commands) Jbackfill(ctx context.Context, now, job string, list []Passed, force bool) (int64, error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	args := make([]any, 0, 4+2*len(list))
	args = append(args, caller.op, now, job, flag(force))
	for _, one := range list {
		args = append(args, string(one.Run), UnixSeconds(one.Due))
	}
	return c.integer(ctx, "jbackfill", c.prefixed(c.keys.Op(caller.name)), args...)
}

func flag(set bool) string {
	if set {
		return "1"
	}
	return "0"
}

// Jcancel stops a run, or what a job has queued until now. It tells whether
// something that was delayed or waited for a retry ended at once.
func (c *Commands) Jcancel(ctx context.Context, now, target string) (bool, error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	n, err := c.integer(ctx, "jcancel", c.prefixed(c.keys.Op(caller.name)), caller.op, now, target)
	return n > 0, err
}

// Overdue answers how long ago the earliest nominal time of the board was, by the
// clock of Redis; less than nothing when it is still to come or there is none.
func (c *Commands) Overdue(ctx context.Context) (time.Duration, error) {
	pipe := c.rdb.Pipeline()
	first := pipe.ZRangeWithScores(ctx, c.keys.Schedule(), 0, 0)
	clock := pipe.Time(ctx)
	if _, err := pipe.Exec(ctx); err != nil {
		return 0, fmt.Errorf("look for what is overdue: %w", Translate(err))
	}
	if len(first.Val()) == 0 {
		return -1, nil
	}
	return clock.Val().Sub(unix(first.Val()[0].Score)), nil
}

// Jfire queues what is due of the named runner types, at most limit runs. term is
// the ticker's, "" for none. Call it again at once while More is true.
func (c *Commands) Jfire(ctx context.Context, now string, limit int, term string, runners []string) (jobs.Fired, error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	keys := c.prefixed(c.keys.Op(caller.name))
	for _, runner := range runners {
		keys = append(keys, c.keys.Queue(runner), c.keys.Bell(runner))
	}
	reply, err := c.list(ctx, "jfire", keys, caller.op, now, limit, term)
	if err != nil {
		return jobs.Fired{}, err
	}
	if len(reply) < 4 {
		return jobs.Fired{}, fmt.Errorf("jfire answered %v, expected at least four values", reply)
	}
	fired := jobs.Fired{
		Queued: toInt(reply[0]), Next: precise(toFloat(reply[1])),
		Now: precise(toFloat(reply[2])), More: toInt(reply[3])&1 == 1,
		Unplanned: toInt(reply[3])&2 == 2,
	}
	for _, runner := range reply[4:] {
		fired.Unserved = append(fired.Unserved, toString(runner))
	}
	return fired, nil
}
