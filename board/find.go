package board

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// FindRun answers one run, wherever it is, also behind a long queue; one that is not
// known (any more) is jobs.ErrNoRun.
func (b *Board) FindRun(ctx context.Context, id jobs.RunID) (jobs.Run, error) {
	// A run may move while it is looked for, so not finding it once proves little.
	for range 3 {
		for _, look := range []func(context.Context, jobs.RunID) (jobs.Run, bool, error){
			b.findEnded, b.findQueued, b.findParked, b.findRunning, b.findEnded,
		} {
			run, ok, err := look(ctx, id)
			if err != nil {
				return jobs.Run{}, fmt.Errorf("find run %s: %w", id, scripts.Translate(err))
			}
			if ok {
				return run, nil
			}
		}
	}
	return jobs.Run{}, fmt.Errorf("find run %s: %w: it is unknown, or history has forgotten it", id, jobs.ErrNoRun)
}

func (b *Board) findEnded(ctx context.Context, id jobs.RunID) (jobs.Run, bool, error) {
	records, err := b.rdb.LRange(ctx, b.do.Keys().Runs(id.Job()), 0, -1).Result()
	run, ok := pick(parseRecords(records), id)
	return run, ok, err
}

func (b *Board) findParked(ctx context.Context, id jobs.RunID) (jobs.Run, bool, error) {
	entry, err := b.rdb.HGet(ctx, b.do.Keys().Parked(), string(id)).Result()
	if errors.Is(err, redis.Nil) {
		return jobs.Run{}, false, nil
	}
	if err != nil {
		return jobs.Run{}, false, err
	}
	run, ok := scripts.ParseQueued(entry)
	// Dead runs are parked longer than history keeps their records.
	for state, key := range map[jobs.State]string{jobs.Dead: b.do.Keys().Dead(), jobs.Scheduled: b.do.Keys().Delayed()} {
		score, err := b.rdb.ZScore(ctx, key, string(id)).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return run, ok, err
		}
		if err == nil {
			run.State = state
			if state == jobs.Scheduled {
				run.Due = moment(score)
			}
			return run, ok, nil
		}
	}
	run.State = jobs.Retrying
	return run, ok, nil
}

func (b *Board) findRunning(ctx context.Context, id jobs.RunID) (jobs.Run, bool, error) {
	runs, err := b.running(ctx, RunFilter{})
	run, ok := pick(runs, id)
	return run, ok, err
}

// findQueued looks through the whole queue of the run's type: for a job of the
// board that of its metadata, for a one-off the type in its name, else all.
func (b *Board) findQueued(ctx context.Context, id jobs.RunID) (jobs.Run, bool, error) {
	types, err := b.RunnerTypes(ctx)
	if err != nil {
		return jobs.Run{}, false, err
	}
	if entry, err := b.Show(ctx, id.Job()); err == nil && entry.Job.Runner != "" {
		types = append([]string{entry.Job.Runner}, types...)
	}
	lists, err := b.do.Lists(ctx, types...)
	if err != nil {
		return jobs.Run{}, false, err
	}
	for _, list := range lists {
		for from := int64(0); ; from += scanned {
			entries, err := b.rdb.LRange(ctx, list.Key, from, from+scanned-1).Result()
			if errors.Is(scripts.Translate(err), jobs.ErrWrongType) {
				break // something else bears the name; Check tells
			}
			if err != nil {
				return jobs.Run{}, false, err
			}
			for _, entry := range entries {
				if !strings.Contains(entry[:min(len(entry), 2*len(id)+16)], tail(id)) {
					continue
				}
				if run, ok := scripts.ParseQueued(entry); ok && run.ID == string(id) {
					return run, true, nil
				}
			}
			if len(entries) < scanned {
				break
			}
		}
	}
	return jobs.Run{}, false, nil
}

// tail is what is unlike in the ids of one job's runs, and needs no escapes.
func tail(id jobs.RunID) string { return string(id[len(id.Job()):]) }

func pick(runs []jobs.Run, id jobs.RunID) (jobs.Run, bool) {
	for _, run := range runs {
		if run.ID == string(id) {
			return run, true
		}
	}
	return jobs.Run{}, false
}

// Output answers what was kept of a run's output, and false when there is none.
func (b *Board) Output(ctx context.Context, id jobs.RunID) (string, bool, error) {
	text, err := b.rdb.HGet(ctx, b.do.Keys().Output(id.Job()), string(id)).Result()
	if errors.Is(err, redis.Nil) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read the output of run %s: %w", id, scripts.Translate(err))
	}
	return text, true, nil
}
