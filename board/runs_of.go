package board

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// runsOf answers all runs of a job that are known, wherever they are, newest nominal
// time first. Queues are looked through whole, but for what lies behind 200,000.
func (b *Board) runsOf(ctx context.Context, job, runner string) ([]jobs.Run, error) {
	found := map[string]jobs.Run{}
	add := func(runs []jobs.Run) {
		for _, run := range runs {
			if run.Job == job {
				found[run.ID] = run
			}
		}
	}
	// In the order in which runs move, as Runs does.
	if runner != "" {
		lists, err := b.do.Lists(ctx, runner)
		if err != nil {
			return nil, err
		}
		for _, list := range lists {
			runs, err := b.queuedOf(ctx, list.Key)
			if err != nil {
				return nil, err
			}
			add(runs)
		}
	}
	parked, err := b.parkedOf(ctx, job)
	if err != nil {
		return nil, err
	}
	add(parked)
	running, err := b.running(ctx, RunFilter{})
	if err != nil {
		return nil, err
	}
	add(running)
	ended, err := b.ended(ctx, RunFilter{Job: job})
	if err != nil && !errors.Is(scripts.Translate(err), jobs.ErrWrongType) {
		return nil, err
	}
	add(ended)
	runs := make([]jobs.Run, 0, len(found))
	for _, run := range found {
		runs = append(runs, run)
	}
	slices.SortFunc(runs, func(a, b jobs.Run) int { return cmpOr(b.Due.Compare(a.Due), strings.Compare(b.ID, a.ID)) })
	return runs, nil
}

func (b *Board) queuedOf(ctx context.Context, list string) ([]jobs.Run, error) {
	var runs []jobs.Run
	for from := int64(0); from < 200*scanned; from += scanned {
		entries, err := b.rdb.LRange(ctx, list, from, from+scanned-1).Result()
		if errors.Is(scripts.Translate(err), jobs.ErrWrongType) {
			return runs, nil // something else bears the name; Check tells
		}
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if run, ok := scripts.ParseQueued(entry); ok {
				runs = append(runs, run)
			}
		}
		if len(entries) < scanned {
			break
		}
	}
	return runs, nil
}

// parkedOf are the runs of a job that wait for a time, for another run, or for
// somebody to look at them.
func (b *Board) parkedOf(ctx context.Context, job string) ([]jobs.Run, error) {
	var runs []jobs.Run
	for cursor := uint64(0); ; {
		fields, next, err := b.rdb.HScan(ctx, b.do.Keys().Parked(), cursor, glob(job)+"[@#]*", scanned).Result()
		if err != nil {
			return nil, err
		}
		for i := 0; i+1 < len(fields); i += 2 {
			run, ok := scripts.ParseQueued(fields[i+1])
			if !ok {
				continue
			}
			run.State = jobs.Retrying
			if b.rdb.ZScore(ctx, b.do.Keys().Dead(), fields[i]).Err() == nil {
				run.State = jobs.Dead
			}
			runs = append(runs, run)
		}
		if cursor = next; cursor == 0 {
			return runs, nil
		}
	}
}

// glob makes a text stand for itself in a pattern of Redis.
func glob(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`).Replace(text)
}
