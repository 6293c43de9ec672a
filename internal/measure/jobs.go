package measure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// Load is how fast jobs are put on a board from a dump.
type Load struct {
	N     int     `json:"n"`
	Rate  float64 `json:"rate"`
	Raw   float64 `json:"raw"`    // HSET and ZADD of the same bytes, pipelined
	Floor float64 `json:"to_raw"` // Rate of Raw
	Bytes float64 `json:"bytes"`  // of Redis' memory, a job on the board
}

// Periodic is what becomes of jobs that are all due at the same instant, periods
// times.
type Periodic struct {
	N         int     `json:"n"`
	Every     float64 `json:"every"` // seconds
	Periods   int     `json:"periods"`
	Queued    Spread  `json:"queued"`    // due to queued
	Started   Spread  `json:"started"`   // due to start
	Collapsed int64   `json:"collapsed"` // nominal times that ran together with a later one
	Missing   int64   `json:"missing"`   // that did neither; nothing may be
	Floor     float64 `json:"to_lpush"`  // jobs queued a second, of the floor's LPUSH
}

const (
	every   = 5 * time.Second
	periods = 2
	// lead is how long before the first time the jobs are loaded, besides what the
	// loading takes.
	lead = 2 * time.Second
)

// load puts the jobs that tick fires, so late that nothing is due until then.
func (m *bench) load(ctx context.Context, r *Report) error {
	n, due := m.plan.Jobs, time.Now().Add(24*time.Hour)
	texts := make([]string, n)
	for i := range texts {
		texts[i] = text(i, due)
	}
	hash, schedule := m.key("jobs"), m.key("schedule")
	took, err := m.raw(ctx, n, func(pipe redis.Pipeliner, i int) {
		pipe.HSet(ctx, hash, id(i), texts[i])
		pipe.ZAdd(ctx, schedule, redis.Z{Score: float64(due.Unix()), Member: id(i)})
	})
	if err != nil {
		return fmt.Errorf("measure HSET and ZADD: %w", err)
	}
	if err := m.redis().Del(ctx, hash, schedule).Err(); err != nil {
		return err
	}
	empty, err := m.memory(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	if err := m.put(ctx, texts); err != nil {
		return err
	}
	loaded := time.Since(start)
	full, err := m.memory(ctx)
	r.Load = Load{
		N: n, Rate: rate(n, loaded), Raw: rate(n, took), Floor: rate(n, loaded) / rate(n, took),
		Bytes: float64(full-empty) / float64(n),
	}
	return err
}

// put loads the jobs as a dump says them.
func (m *bench) put(ctx context.Context, texts []string) error {
	var dump strings.Builder
	dump.WriteString(`{"jobs":{`)
	for i, text := range texts {
		if i > 0 {
			dump.WriteByte(',')
		}
		fmt.Fprintf(&dump, "%q:%s", id(i), text)
	}
	dump.WriteString(`},"runners":{}}`)
	loaded, err := m.board.Load(ctx, strings.NewReader(dump.String()), board.Loading{
		Progress: func(done, all int) { m.progress("load", done, all) },
	})
	if err == nil && loaded.Jobs != len(texts) {
		err = fmt.Errorf("%d of %d jobs were loaded", loaded.Jobs, len(texts))
	}
	return err
}

func id(i int) string { return fmt.Sprintf("job-%07d", i) }

func text(i int, due time.Time) string {
	start, interval := jobs.Number(due.Unix()), jobs.Number(every.Seconds())
	b, err := json.Marshal(jobs.Metadata{ID: id(i), Start: &start, Runner: runner, Interval: &interval, Payload: jobs.Verbatim(payload(i))})
	if err != nil {
		panic(err) // it is of our own making
	}
	return string(b)
}

func (m *bench) tick(ctx context.Context, r *Report) error {
	n := m.plan.Jobs
	due := time.Now().Add(lead + 3*time.Duration(float64(n)/r.Load.Rate*float64(time.Second))).Truncate(time.Second)
	texts := make([]string, n)
	for i := range texts {
		texts[i] = text(i, due)
	}
	if err := m.put(ctx, texts); err != nil {
		return err
	}
	if time.Until(due) < 0 {
		return fmt.Errorf("measure periodic jobs: loading %d took until they were due: try fewer", n)
	}
	var queued, started Histogram
	var accounted, collapsed atomic.Int64
	left := NewCountdown(n * periods)
	node, err := Start(ctx, m.board, runner, Parts{Ticks: true, Concurrency: concurrency}, func(_ context.Context, a *jobs.Attempt) error {
		late, period := time.Since(a.Due), int(a.Due.Sub(due)/every)
		ours, earlier := 0, min(a.Missed, periods-period+a.Missed) // of the periods that are looked at
		if period < periods {
			queued.Add(a.Queued.Sub(a.Due))
			started.Add(late)
			ours = 1
		}
		if earlier > 0 {
			collapsed.Add(int64(earlier))
			ours += earlier
		}
		if done := accounted.Add(int64(ours)); done%1000 == 0 {
			m.progress("periodic", int(done), n*periods)
		}
		for range ours {
			left.One()
		}
		return nil
	})
	if err != nil {
		return err
	}
	_ = left.Wait(ctx, time.Until(due.Add((periods+1)*every))) // what has not come is what is measured
	if err := errors.Join(node.Drain(ctx), ctx.Err()); err != nil {
		return fmt.Errorf("measure periodic jobs: %w", err)
	}
	q := queued.Spread()
	r.Periodic = Periodic{
		N: n, Every: every.Seconds(), Periods: periods, Queued: q, Started: started.Spread(),
		Collapsed: collapsed.Load(), Missing: int64(n*periods) - accounted.Load(), Floor: firing(n, q) / m.floor.Lpush,
	}
	return nil
}

// firing answers how many of n jobs due at once were queued in a second. Redis writes
// down when a run was queued in whole milliseconds, so the last may have come up to
// one later than it says.
func firing(n int, queued Spread) float64 {
	if queued.N == 0 {
		return 0
	}
	return float64(n) / ((queued.Max + 1) / 1000)
}
