package board

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// Register enters a runner type in the registry, so that its queue is counted and
// tools see it. Nothing executes the command: hosts name their own runners.
func (b *Board) Register(ctx context.Context, runner, command string) (bool, error) {
	if err := jobs.ValidateRunner(runner); err != nil {
		return false, fmt.Errorf("register runner: %w", err)
	}
	fresh, err := b.do.Jregister(ctx, runner, command)
	if err != nil {
		return false, fmt.Errorf("register runner %q: %w", runner, err)
	}
	return fresh, nil
}

// RegisterNew enters a runner type unless it is registered, with the command line of
// 2014, and tells whether it did.
func (b *Board) RegisterNew(ctx context.Context, runner string) (bool, error) {
	fresh, err := b.do.JregisterNew(ctx, runner, "jobs-"+runner+"-runner")
	if err != nil {
		return false, fmt.Errorf("register runner %q: %w", runner, err)
	}
	return fresh, nil
}

// looked is how many entries one call trims while runs may hold a unique key or an id:
// then it looks at each.
const looked = 1000

// Trim shortens the queues of runner types (none: of all registered ones) to their
// n newest entries of each priority and selector and answers how many were removed.
func (b *Board) Trim(ctx context.Context, n int, runners ...string) (int64, error) {
	if n < 0 {
		return 0, fmt.Errorf("trim: %w: %d entries cannot be kept", jobs.ErrInvalid, n)
	}
	count, err := b.Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("trim: %w", err)
	}
	if len(runners) == 0 {
		runners = slices.Sorted(maps.Keys(count.Queued))
	}
	var longest, removed int64
	for _, length := range count.Queued {
		longest = max(longest, length)
	}
	lists, err := b.do.Lists(ctx, runners...)
	if err != nil {
		return 0, fmt.Errorf("trim: %w", err)
	}
	holding, err := b.do.Holding(ctx)
	if err != nil {
		return 0, fmt.Errorf("trim: %w", err)
	}
	for keep := longest; ; {
		keep -= looked
		if keep < int64(n) || !holding {
			keep = int64(n)
		}
		done, err := b.do.Jtrim(ctx, int(keep), lists)
		removed += done
		if err != nil {
			return removed, fmt.Errorf("trim: %w", err)
		}
		if keep == int64(n) {
			return removed, nil
		}
	}
}

// Skip moves a job on that is due, without a run, and answers its next nominal
// time; zero and true when the job has ended by it. A job that is not due stays as
// it is. An unknown one is jobs.ErrNoJob.
func (b *Board) Skip(ctx context.Context, id string) (next time.Time, ended bool, err error) {
	n, err := b.do.Jnext(ctx, "", id)
	if errors.Is(err, redis.Nil) {
		return time.Time{}, false, fmt.Errorf("move job %q on: %w on board %s", id, jobs.ErrNoJob, b.Name())
	}
	if err != nil {
		return time.Time{}, false, fmt.Errorf("move job %q on: %w", id, err)
	}
	if n == -1 {
		return time.Time{}, true, nil
	}
	next, err = b.next(ctx, id)
	return next, false, err
}

// Pop takes the oldest entry of a queue for good, of high priority if such wait, else
// of normal, else of low. As clients of 2014 do it: nobody
// knows of it afterwards, and if the reply is lost so is the run. Programs that
// serve runs use package worker instead.
func (b *Board) Pop(ctx context.Context, runner string) (string, bool, error) {
	rdb, err := scripts.Dial(b.address, scripts.Once)
	if err != nil {
		return "", false, err
	}
	defer func() { _ = rdb.Close() }()
	for _, priority := range []jobs.Priority{jobs.High, jobs.Normal, jobs.Low} {
		entry, ok, err := b.do.With(rdb).Jpop(ctx, runner, priority)
		if err != nil {
			return "", false, fmt.Errorf("pop from queue %q: %w", runner, err)
		}
		if ok {
			return entry, true, nil
		}
	}
	return "", false, nil
}

// Listen pops the entries of a queue as they come, until ctx ends or handle returns
// an error. The warning of Pop holds.
func (b *Board) Listen(ctx context.Context, runner string, handle func(entry string) error) error {
	poll := time.NewTicker(250 * time.Millisecond)
	defer poll.Stop()
	for {
		entry, ok, err := b.Pop(ctx, runner)
		if err != nil {
			return err
		}
		if ok {
			if err := handle(entry); err != nil {
				return err
			}
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-poll.C:
		}
	}
}
