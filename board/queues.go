package board

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// Queue is a queue as it stands.
type Queue struct {
	Runner string
	Length int64 // of all priorities and selectors
	High   int64 // of these
	Low    int64
	Oldest time.Time // when the entry that is served next was queued; zero: unknown
	Paused *Pause
	For    []Awaited // the lists that are for some agents only, if runs wait there
}

// Awaited is a list of runs for some agents only.
type Awaited struct {
	Runner   string
	Selector jobs.Selector // as people write it; agent=NAME for a run of hosts all
	Length   int64
	Agents   int // that live, serve the runner type and match
}

// Queues answers the queues of all registered runner types, by type.
func (b *Board) Queues(ctx context.Context) ([]Queue, error) {
	types, err := b.RunnerTypes(ctx)
	if err != nil {
		return nil, err
	}
	pauses, err := b.Pauses(ctx)
	if err != nil {
		return nil, err
	}
	agents, now, err := b.present(ctx)
	if err != nil {
		return nil, err
	}
	queues := make([]Queue, 0, len(types))
	for _, runner := range types {
		q := Queue{Runner: runner}
		if err := b.measure(ctx, &q, func(list scripts.List) int { return matching(agents, now, list) }); err != nil {
			return nil, fmt.Errorf("look at queue %q: %w", runner, scripts.Translate(err))
		}
		if i := slices.IndexFunc(pauses, func(p Pause) bool { return p.What == QueueOf(runner) }); i >= 0 {
			q.Paused = &pauses[i]
		}
		queues = append(queues, q)
	}
	return queues, nil
}

// measure counts what waits in a queue and looks since when.
func (b *Board) measure(ctx context.Context, q *Queue, matching func(scripts.List) int) error {
	lists, err := b.do.Lists(ctx, q.Runner)
	if err != nil {
		return err
	}
	sizes, ends := make([]*redis.IntCmd, len(lists)), make([]*redis.StringSliceCmd, len(lists))
	if _, err := b.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, list := range lists {
			sizes[i], ends[i] = p.LLen(ctx, list.Key), p.LRange(ctx, list.Key, -1, -1)
		}
		return nil
	}); err != nil {
		return err
	}
	for i, list := range lists {
		q.Length += sizes[i].Val()
		if list.Selector != "" && sizes[i].Val() > 0 {
			q.For = append(q.For, Awaited{Runner: list.Runner, Selector: readable(list.Selector), Length: sizes[i].Val(), Agents: matching(list)})
		}
		for _, entry := range ends[i].Val() {
			run, _ := scripts.ParseQueued(entry)
			if q.Oldest.IsZero() || !run.Queued.IsZero() && run.Queued.Before(q.Oldest) {
				q.Oldest = run.Queued
			}
		}
	}
	q.High, q.Low = sizes[0].Val(), sizes[2].Val()
	return nil
}

// Waiting answers the runs of a queue that are served next, at most limit, without
// taking them: those of high priority first, then normal, then low ones, although of
// ten that are taken one is low and one normal, and then those for some agents only. An entry that somebody pushed by hand
// has no id yet.
func (b *Board) Waiting(ctx context.Context, runner string, limit int) ([]jobs.Run, error) {
	runs := make([]jobs.Run, 0, min(limit, scanned))
	lists, err := b.do.Lists(ctx, runner)
	if err != nil {
		return nil, fmt.Errorf("look at queue %q: %w", runner, err)
	}
	for _, list := range lists {
		if len(runs) == limit {
			break
		}
		entries, err := b.rdb.LRange(ctx, list.Key, int64(len(runs)-limit), -1).Result()
		if err != nil {
			return nil, fmt.Errorf("look at queue %q: %w", runner, scripts.Translate(err))
		}
		slices.Reverse(entries)
		for _, entry := range entries {
			run, ok := scripts.ParseQueued(entry)
			if !ok {
				run = jobs.Run{Runner: runner, State: jobs.Queued}
			}
			runs = append(runs, run)
		}
	}
	return runs, nil
}
