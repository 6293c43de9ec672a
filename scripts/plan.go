package scripts

import (
	"context"
	"fmt"

	"github.com/jobs-agent/jobs"
)

// Wanted answers schedules that need more times planned, at most limit, those that
// lie furthest back first. Their lines are empty.
func (c *Commands) Wanted(ctx context.Context, limit int) ([]jobs.Plan, error) {
	list, err := c.rdb.ZRangeWithScores(ctx, c.keys.Want(), 0, int64(limit)-1).Result()
	if err != nil {
		return nil, fmt.Errorf("read the schedules to plan: %w", Translate(err))
	}
	plans := make([]jobs.Plan, 0, len(list))
	for _, z := range list {
		spec, _ := z.Member.(string)
		plans = append(plans, jobs.Plan{Spec: spec, From: unix(z.Score)})
	}
	return plans, nil
}

// Planned answers plans that are kept, a page behind the cursor; the first and the
// last cursor are 0.
func (c *Commands) Planned(ctx context.Context, cursor uint64) ([]jobs.Plan, uint64, error) {
	fields, next, err := c.rdb.HScan(ctx, c.keys.Plan(), cursor, "", 100).Result()
	if err != nil {
		return nil, 0, fmt.Errorf("read the plans: %w", Translate(err))
	}
	plans := make([]jobs.Plan, 0, len(fields)/2)
	for i := 0; i+1 < len(fields); i += 2 {
		plans = append(plans, jobs.Plan{Spec: fields[i], Line: fields[i+1]})
	}
	return plans, next, nil
}

// Jplan keeps the lines of schedules; one with an empty line is forgotten when its
// times have passed.
func (c *Commands) Jplan(ctx context.Context, now string, plans []jobs.Plan) error {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	args := make([]any, 0, 2+2*len(plans))
	args = append(args, caller.op, now)
	for _, plan := range plans {
		args = append(args, plan.Spec, plan.Line)
	}
	_, err := c.integer(ctx, "jplan", c.prefixed(c.keys.Op(caller.name)), args...)
	return err
}

// Jboot queues the jobs that run at the start of a host, unless that was done for
// this boot of it, and answers how many.
func (c *Commands) Jboot(ctx context.Context, now, boot string) (int64, error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	return c.integer(ctx, "jboot", c.prefixed(c.keys.Op(caller.name), c.keys.Boots()), caller.op, now, boot)
}
