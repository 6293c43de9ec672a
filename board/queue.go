package board

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// Enqueue queues one run now.
func (b *Board) Enqueue(ctx context.Context, one OneOff) (jobs.RunID, error) {
	ids, err := b.EnqueueMany(ctx, []OneOff{one})
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// EnqueueMany queues runs now, by 500 of a runner type in one call: fast, but an
// error in the middle leaves the calls before it done. It answers the ids of those
// that were queued, in the order of the list. All are checked before the first is
// queued.
func (b *Board) EnqueueMany(ctx context.Context, list []OneOff) ([]jobs.RunID, error) {
	ids := make([]jobs.RunID, 0, len(list))
	batches := map[string][]scripts.Entry{}
	var order []string
	var write texts
	now := time.Now()
	for i := range list {
		one := &list[i]
		text, err := write.write(one)
		if err != nil {
			return nil, fmt.Errorf("enqueue run %d of %d: %w", i+1, len(list), err)
		}
		id := jobs.MintRunID(one.Runner, now)
		ids = append(ids, id)
		batch, known := batches[one.Runner]
		if !known {
			order = append(order, one.Runner)
		}
		batches[one.Runner] = append(batch, scripts.Entry{Run: id, Text: text})
	}
	sent := map[string]int{}
	for _, runner := range order {
		entries := batches[runner]
		for len(entries) > 0 {
			n := min(500, len(entries))
			if _, err := b.do.Jpush(ctx, "", scripts.Push{Runner: runner, Entries: entries[:n]}); err != nil {
				return queuedOf(list, ids, sent), fmt.Errorf("enqueue %s: %w", runner, err)
			}
			sent[runner] += n
			entries = entries[n:]
		}
	}
	return ids, nil
}

// queuedOf answers the ids of those that were queued: the first so many of each type.
func queuedOf(list []OneOff, ids []jobs.RunID, sent map[string]int) []jobs.RunID {
	var queued []jobs.RunID
	for i, id := range ids {
		if runner := list[i].Runner; sent[runner] > 0 {
			sent[runner]--
			queued = append(queued, id)
		}
	}
	return queued
}

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

// Trim shortens the queues of runner types (none: of all registered ones) to their
// n newest entries and answers how many were removed.
func (b *Board) Trim(ctx context.Context, n int, runners ...string) (int64, error) {
	if n < 0 {
		return 0, fmt.Errorf("trim: %w: %d entries cannot be kept", jobs.ErrInvalid, n)
	}
	if len(runners) == 0 {
		var err error
		if runners, err = b.RunnerTypes(ctx); err != nil {
			return 0, fmt.Errorf("trim: %w", err)
		}
	}
	removed, err := b.do.Jtrim(ctx, n, runners...)
	if err != nil {
		return 0, fmt.Errorf("trim: %w", err)
	}
	return removed, nil
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

// Pop takes the oldest entry of a queue for good, as clients of 2014 do: nobody
// knows of it afterwards, and if the reply is lost so is the run. Programs that
// serve runs use package worker instead.
func (b *Board) Pop(ctx context.Context, runner string) (string, bool, error) {
	rdb, err := scripts.Dial(b.address, scripts.Once)
	if err != nil {
		return "", false, err
	}
	defer func() { _ = rdb.Close() }()
	entry, ok, err := b.do.With(rdb).Jpop(ctx, runner)
	if err != nil {
		return "", false, fmt.Errorf("pop from queue %q: %w", runner, err)
	}
	return entry, ok, nil
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
