package scripts

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
)

// Exchange ends attempts and takes new ones in one round trip. A nil take or an
// empty ack is left out. Safe to repeat with the same operation numbers.
func (c *Commands) Exchange(ctx context.Context, acks jobs.Acks, take *jobs.Take) (jobs.Exchanged, error) {
	for tries := 0; ; tries++ {
		done, err := c.exchange(ctx, acks, take)
		if redis.HasErrorPrefix(err, "NOSCRIPT") && tries == 0 {
			if err := c.reload(ctx); err != nil {
				return jobs.Exchanged{}, err
			}
			continue
		}
		return done, Translate(err)
	}
}

func (c *Commands) exchange(ctx context.Context, acks jobs.Acks, take *jobs.Take) (jobs.Exchanged, error) {
	var acked, taken *redis.StringSliceCmd
	pipe := c.rdb.Pipeline()
	if len(acks.Ends) > 0 {
		args := ackArgsPool.Get().(*ackArgs)
		defer args.done()
		args.of(acks, c.evalsha(args.args, "jackmany", c.keys.Held(acks.Lane)))
		acked = piped(ctx, pipe, args.args)
	}
	if take != nil {
		keys := make([]string, 0, 1+2*len(take.Runners))
		keys = append(keys, c.keys.Held(take.Lane))
		for _, runner := range take.Runners {
			list, bell := c.keys.source(runner)
			keys = append(keys, list, bell)
		}
		args := c.evalsha(make([]any, 0, 3+len(c.prefix)+len(keys)+5), "jtake", keys...)
		taken = piped(ctx, pipe, append(args, take.Lane, take.Op, take.Want, "", seconds(take.Lease.Seconds())))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return jobs.Exchanged{}, err
	}
	var done jobs.Exchanged
	if acked != nil {
		done.Refused = acked.Val()
	}
	if taken != nil {
		list, alike := taken.Val(), headers{}
		done.Taken = make([]*jobs.Attempt, 0, len(list)/2)
		for i := 0; i+1 < len(list); i += 2 {
			if text := list[i+1]; text != "" {
				done.Taken = append(done.Taken, parseEntry(list[i], text, alike))
			}
		}
	}
	return done, nil
}

// evalsha begins the arguments of a call that leaves few to the garbage collector. EvalSha
// would copy those that follow.
func (c *Commands) evalsha(into []any, name string, keys ...string) []any {
	into = append(into, "evalsha", c.shas[name], len(c.prefix)+len(keys))
	into = append(into, c.boxed...)
	for _, key := range keys {
		into = append(into, key)
	}
	return into
}

// piped adds such a call, which answers a list of strings.
func piped(ctx context.Context, pipe redis.Pipeliner, args []any) *redis.StringSliceCmd {
	cmd := redis.NewStringSliceCmd(ctx, args...)
	cmd.SetFirstKeyPos(3)
	_ = pipe.Process(ctx, cmd) // Exec tells
	return cmd
}

// Jrenew keeps the lease of a lane. jobs.ErrStale says that the lane has lost its lease
// and all that it held.
func (c *Commands) Jrenew(ctx context.Context, r jobs.Renew) (jobs.Renewed, error) {
	from := 0.0
	if !r.Since.IsZero() {
		from = float64(r.Since.UnixMilli()) / 1000
	}
	args := []any{r.Lane, "", seconds(r.Lease.Seconds()), r.Holds, seconds(from)}
	if len(r.Strange) > 0 {
		args = append(args, jobs.MaxLost)
		for _, token := range r.Strange {
			args = append(args, token)
		}
	}
	reply, err := c.list(ctx, "jrenew", c.prefixed(c.keys.Held(r.Lane)), args...)
	if err != nil {
		return jobs.Renewed{}, err
	}
	if len(reply) < 2 || len(reply) < 2+2*int(toInt(reply[1])) {
		return jobs.Renewed{}, fmt.Errorf("jrenew answered %v, expected two counts and what they count", reply)
	}
	marks := reply[2 : 2+2*toInt(reply[1])]
	renewed := jobs.Renewed{Differs: toInt(reply[0]) == 1, Cancelled: make(map[string]time.Time, len(marks)/2)}
	for i := 0; i < len(marks); i += 2 {
		renewed.Cancelled[toString(marks[i])] = unix(toFloat(marks[i+1]))
	}
	for _, token := range reply[2+len(marks):] {
		renewed.Tokens = append(renewed.Tokens, toString(token))
	}
	return renewed, nil
}

// Jleave ends the lease of a lane and tells whether it held nothing more.
func (c *Commands) Jleave(ctx context.Context, lane string) (bool, error) {
	n, err := c.integer(ctx, "jleave", c.prefixed(c.keys.Held(lane)), lane)
	return n == 1, err
}

// Jreap gives back what dead lanes held and queues due retries, at most limit runs.
func (c *Commands) Jreap(ctx context.Context, lease time.Duration, limit int) (jobs.Reaped, error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	reply, err := c.list(ctx, "jreap", c.prefixed(c.keys.Op(caller.name)), caller.op, "", seconds(lease.Seconds()), limit, jobs.MaxLost)
	if err != nil {
		return jobs.Reaped{}, err
	}
	if len(reply) != 3 {
		return jobs.Reaped{}, fmt.Errorf("jreap answered %v, expected three numbers", reply)
	}
	return jobs.Reaped{Lost: toInt(reply[0]), Retried: toInt(reply[1]), More: toInt(reply[2]) == 1}, nil
}
