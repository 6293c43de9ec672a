package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/measure"
)

// loading is how many jobs are loaded in one call: the text of a million would be
// the largest thing in this process.
const loading = 100_000

func jobID(i int) string { return fmt.Sprintf("job-%07d", i) }

// textsOf answers what writes the metadata of job i of a plan, in one of the settings, as it
// stands in a dump. One is marshalled and filled in for all: a dump is not made by who loads it.
func textsOf(p plan, setting string) func(i int) string {
	start, interval := jobs.Number(1), jobs.Number(p.Interval.Seconds())
	m := jobs.Metadata{ID: "ID", Runner: nop, Payload: "PAYLOAD", Start: &start, Interval: &interval}
	if setting == "forbid" {
		retries := jobs.Number(3)
		m.Overlap, m.Retries = string(jobs.Forbid), &retries
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // it is of our own making
	}
	parts := regexp.MustCompile(`^(.*")ID("[^:]*:)1(,.*")PAYLOAD(".*)$`).FindStringSubmatch(string(text))
	return func(i int) string {
		start := strconv.FormatFloat(float64(startOf(p, i).UnixMilli())/1000, 'f', -1, 64)
		return parts[1] + jobID(i) + parts[2] + start + parts[3] + payload(i) + parts[4]
	}
}

func startOf(p plan, i int) time.Time { return p.Due.Add(time.Duration(i) * p.Apart) }

func (o *ours) Register(ctx context.Context, p plan) error {
	if o.setting == "put" {
		return measure.InParallel(50, p.N, 100, func(from, to int) error {
			for i := from; i < to; i++ {
				job := jobs.Job{ID: jobID(i), Runner: nop, Payload: payload(i), Overlap: jobs.Allow}
				job.Start, job.Interval = startOf(p, i), p.Interval
				if _, err := o.b.Put(ctx, job); err != nil {
					return err
				}
			}
			return nil
		})
	}
	text := textsOf(p, o.setting)
	for from := 0; from < p.N; from += loading {
		var dump strings.Builder
		dump.WriteString(`{"jobs":{`)
		for i := from; i < min(p.N, from+loading); i++ {
			if i > from {
				dump.WriteByte(',')
			}
			dump.WriteString(`"` + jobID(i) + `":` + text(i))
		}
		dump.WriteString(`},"runners":{}}`)
		if _, err := o.b.Load(ctx, strings.NewReader(dump.String()), board.Loading{}); err != nil {
			return err
		}
	}
	return nil
}

func (o *ours) Tick(ctx context.Context, p plan) (ticked, error) {
	var queued, started measure.Histogram
	var runs, collapsed, accounted, last atomic.Int64
	left := measure.NewCountdown(p.slots())
	node, err := measure.Start(ctx, o.b, nop, measure.Parts{Ticks: true, Concurrency: atOnce}, func(_ context.Context, a *jobs.Attempt) error {
		late := time.Since(a.Due)
		runs.Add(1)
		accounted.Add(int64(1 + a.Missed))
		i, err := numberOf(a.Job)
		if err != nil || p.slot(i, a.Due) >= p.Periods {
			return err
		}
		started.Add(late)
		queued.Add(a.Queued.Sub(a.Due))
		collapsed.Add(int64(a.Missed))
		last.Store(int64(a.Queued.Sub(p.Due))) // they come about in order
		left.One()
		return nil
	})
	if err != nil {
		return ticked{}, err
	}
	_ = left.Wait(ctx, time.Until(p.after())) // what has not come by then is what is measured
	node.StopFiring()
	done := ticked{Queued: queued.Spread(), Started: started.Spread(), Last: time.Duration(last.Load()), Collapsed: int(collapsed.Load())}
	if err := errors.Join(o.empty(ctx), node.Drain(ctx)); err != nil {
		return done, err
	}
	if _, done.Peak, err = resident(os.Getpid()); err != nil {
		return done, err
	}
	done.Runs = int(runs.Load())
	done.Lost, err = o.lost(ctx, p, accounted.Load())
	done.Counted = true
	return done, err
}

func numberOf(job string) (int, error) { return strconv.Atoi(strings.TrimPrefix(job, "job-")) }

// empty waits until all that is queued has been taken.
func (o *ours) empty(ctx context.Context) error {
	return untilIt(ctx, patience/2, func() bool {
		queues, err := o.b.Queues(ctx)
		if err != nil {
			return false
		}
		var waiting int64
		for _, q := range queues {
			waiting += q.Length
		}
		return waiting == 0
	})
}

// lost counts the nominal times that jobs have left behind them, less those that
// runs have accounted for: 0 when none was lost, and below when one ran twice.
func (o *ours) lost(ctx context.Context, p plan, accounted int64) (int, error) {
	totals, err := o.b.Totals(ctx)
	if err != nil {
		return 0, err
	}
	behind := -accounted - totals["skipped"]
	for entry, err := range o.b.Jobs(ctx) {
		if err != nil {
			return 0, err
		}
		i, err := numberOf(entry.ID)
		if err != nil {
			return 0, err
		}
		behind += int64(p.slot(i, entry.Next))
	}
	return int(behind), nil
}
