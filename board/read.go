package board

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// Entry is a job as it stands on the board.
type Entry struct {
	ID   string
	Text string    // the metadata, byte for byte
	Job  jobs.Job  // what Text says; only ID is set when it cannot be read
	Next time.Time // zero: not scheduled
	// Quarantine is why the job cannot be scheduled; empty: it can.
	Quarantine string
	// Paused is the pause of the job, nil when it has none. Next then is the time at
	// which it ends by itself, if it does.
	Paused *Pause
}

// Show answers one job; an unknown id is jobs.ErrNoJob.
func (b *Board) Show(ctx context.Context, id string) (Entry, error) {
	text, ok, err := b.do.Jget(ctx, id)
	if err != nil {
		return Entry{}, fmt.Errorf("show job %q: %w", id, err)
	}
	if !ok {
		return Entry{}, fmt.Errorf("show job %q: %w on board %s", id, jobs.ErrNoJob, b.Name())
	}
	page, err := b.entries(ctx, []string{id, text})
	if err != nil {
		return Entry{}, fmt.Errorf("show job %q: %w", id, err)
	}
	return page[0], nil
}

// Jobs walks over the board in pages, in no order: a million jobs is normal. A job
// that is put or removed meanwhile may be missed or seen; one that stays is seen,
// and during a resize of the hash perhaps twice.
func (b *Board) Jobs(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var cursor uint64
		for {
			fields, next, err := b.rdb.HScan(ctx, b.do.Keys().Board(), cursor, "", 500).Result()
			var page []Entry
			if err == nil {
				page, err = b.entries(ctx, fields)
			}
			if err != nil {
				yield(Entry{}, fmt.Errorf("list jobs: %w", scripts.Translate(err)))
				return
			}
			for _, entry := range page {
				if !yield(entry, nil) {
					return
				}
			}
			if cursor = next; cursor == 0 {
				return
			}
		}
	}
}

// entries completes pairs of id and text with what else is known of the jobs.
func (b *Board) entries(ctx context.Context, pairs []string) ([]Entry, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	list := make([]Entry, 0, len(pairs)/2)
	var scores []*redis.FloatCmd
	var reasons, pauses *redis.SliceCmd
	_, err := b.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		ids, names := make([]string, 0, len(pairs)/2), make([]string, 0, len(pairs)/2)
		for i := 0; i < len(pairs); i += 2 {
			ids, names = append(ids, pairs[i]), append(names, string(JobOf(pairs[i])))
			list = append(list, Entry{ID: pairs[i], Text: pairs[i+1]})
			scores = append(scores, p.ZScore(ctx, b.do.Keys().Schedule(), pairs[i]))
		}
		reasons = p.HMGet(ctx, b.do.Keys().Quarantine(), ids...)
		pauses = p.HMGet(ctx, b.do.Keys().Paused(), names...)
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, err
	}
	for i := range list {
		e := &list[i]
		if score, err := scores[i].Result(); err == nil {
			e.Next = fromSeconds(score)
		}
		e.Quarantine, _ = reasons.Val()[i].(string)
		if text, ok := pauses.Val()[i].(string); ok {
			pause := parsePause(JobOf(e.ID), text)
			e.Paused = &pause
		}
		var err error
		if e.Job, err = jobs.ParseJob([]byte(e.Text)); err != nil {
			e.Job = jobs.Job{}
		}
		e.Job.ID = e.ID
	}
	return list, nil
}

func fromSeconds(s float64) time.Time {
	if math.IsNaN(s) || math.IsInf(s, 0) || s < 0 || s > 2.5e11 {
		return time.Time{}
	}
	return time.UnixMilli(int64(math.Round(s * 1000))).UTC()
}

// next is the next nominal time of a job, zero when it is not scheduled.
func (b *Board) next(ctx context.Context, id string) (time.Time, error) {
	score, err := b.rdb.ZScore(ctx, b.do.Keys().Schedule(), id).Result()
	if errors.Is(err, redis.Nil) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read the next time of job %q: %w", id, scripts.Translate(err))
	}
	return fromSeconds(score), nil
}

// Count is the sizes of a board.
type Count struct {
	Jobs      int64            `json:"jobs"`
	Scheduled int64            `json:"scheduled"`
	Runners   int64            `json:"runners"`
	Queued    map[string]int64 `json:"queued"` // runner type -> length, of all priorities and selectors
	Running   int64            `json:"running"`
	Retrying  int64            `json:"retrying"`
	Dead      int64            `json:"dead"`
	Delayed   int64            `json:"delayed"`
}

// Count answers the sizes of the board, with the queues of all registered types.
func (b *Board) Count(ctx context.Context) (Count, error) {
	types, err := b.RunnerTypes(ctx)
	if err != nil {
		return Count{}, fmt.Errorf("count: %w", err)
	}
	lists, err := b.do.Lists(ctx, types...)
	if err != nil {
		return Count{}, fmt.Errorf("count: %w", err)
	}
	text, err := b.do.Jcount(ctx, lists)
	if err != nil {
		return Count{}, fmt.Errorf("count: %w", err)
	}
	var count Count
	if err := json.Unmarshal([]byte(text), &count); err != nil {
		return Count{}, fmt.Errorf("count: read the answer: %w", err)
	}
	named := make(map[string]int64, len(types))
	for _, list := range lists {
		named[list.Runner] += count.Queued[list.Key]
	}
	count.Queued = named
	return count, nil
}

// Runners answers the registry: runner type -> command line.
func (b *Board) Runners(ctx context.Context) (map[string]string, error) {
	registry, err := b.rdb.HGetAll(ctx, b.do.Keys().Runners()).Result()
	if err != nil {
		return nil, fmt.Errorf("read the registry of runners: %w", scripts.Translate(err))
	}
	return registry, nil
}

// RunnerTypes answers the registered runner types, sorted.
func (b *Board) RunnerTypes(ctx context.Context) ([]string, error) {
	types, err := b.do.RunnerTypes(ctx)
	slices.Sort(types)
	return types, err
}

// Totals answers the board's totals: what became of runs since it exists, by the
// names of the key table's row B:stats.
func (b *Board) Totals(ctx context.Context) (map[string]int64, error) {
	fields, err := b.rdb.HGetAll(ctx, b.do.Keys().Stats()).Result()
	if err != nil {
		return nil, fmt.Errorf("read the totals: %w", scripts.Translate(err))
	}
	totals := make(map[string]int64, len(fields))
	for name, text := range fields {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && name != "output_bytes" {
			totals[name] = n
		}
	}
	return totals, nil
}
