package scripts

import (
	"context"
	"fmt"
	"time"

	"github.com/jobs-agent/jobs"
)

// Pause is what JPAUSE keeps: What is job:ID, queue:TYPE, board or agent:NAME.
type Pause struct {
	What  string
	Who   string
	Why   string
	Until time.Time // zero: until it is resumed
}

// Jpause pauses something and tells whether it was not paused before.
func (c *Commands) Jpause(ctx context.Context, now string, p Pause) (bool, error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	until := ""
	if !p.Until.IsZero() {
		until = seconds(float64(p.Until.UnixMilli()) / 1000)
	}
	n, err := c.integer(ctx, "jpause", c.prefixed(c.keys.Op(caller.name)), caller.op, now, p.What, p.Who, p.Why, until)
	return n == 1, err
}

// Jresume ends a pause. It tells whether there was one and, of a job, the next
// nominal time, zero when none is left. With catchUp the nominal times within the
// pause count as late instead of passed over.
func (c *Commands) Jresume(ctx context.Context, now, what string, catchUp bool) (was bool, next time.Time, err error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	catch := "0"
	if catchUp {
		catch = "1"
	}
	reply, err := c.list(ctx, "jresume", c.prefixed(c.keys.Op(caller.name)), caller.op, now, what, catch)
	if err != nil {
		return false, time.Time{}, err
	}
	if len(reply) < 2 {
		return false, time.Time{}, fmt.Errorf("jresume answered %v, expected two values", reply)
	}
	return toInt(reply[0]) == 1, unix(toFloat(reply[1])), nil
}

// Jreplay queues a dead run once more under a new id. jobs.ErrNoRun says that it is
// not among the dead, jobs.ErrActive that another run is in the way; force overrules
// that.
func (c *Commands) Jreplay(ctx context.Context, now string, dead, run jobs.RunID, force bool) error {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	over := "0"
	if force {
		over = "1"
	}
	_, err := c.call(ctx, "jreplay", c.prefixed(c.keys.Op(caller.name)), caller.op, now, string(dead), string(run), over)
	return err
}

// Jbury removes dead runs and answers how many there were.
func (c *Commands) Jbury(ctx context.Context, runs ...jobs.RunID) (int64, error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	args := make([]any, 0, 1+len(runs))
	args = append(args, caller.op)
	for _, run := range runs {
		args = append(args, string(run))
	}
	return c.integer(ctx, "jbury", c.prefixed(c.keys.Op(caller.name)), args...)
}
