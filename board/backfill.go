package board

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// backfillAtOnce is how many runs are queued in one call.
const backfillAtOnce = 500

// NominalTimes answers the nominal times of a job in [from, to) that have passed, at
// most limit and one more, which tells that there are more. Its schedule as it stands
// is what counts; it reaches back behind its start, which is when the job was put if
// nobody said otherwise.
func (b *Board) NominalTimes(ctx context.Context, job string, from, to time.Time, limit int) ([]time.Time, error) {
	entry, err := b.Show(ctx, job)
	if err != nil {
		return nil, err
	}
	table, err := entry.timetable(false)
	if err != nil {
		return nil, fmt.Errorf("nominal times of job %q: %w", job, err)
	}
	now, err := b.Now(ctx)
	if err != nil {
		return nil, err
	}
	var times []time.Time
	for at, ok := table.first(from); ok && at.Before(to) && !at.After(now) && len(times) <= limit; at, ok = table.first(at.Add(time.Millisecond)) {
		times = append(times, at.UTC())
	}
	return times, nil
}

// Backfill queues a run of a job for each of some nominal times that have passed, in
// their order. The runs know their nominal times, and wait for each other unless the
// job allows overlap. A pause is jobs.ErrPaused, unless force is true. done is told how
// many are queued and may be nil; the runs that are queued are answered with an error,
// too.
func (b *Board) Backfill(ctx context.Context, job string, times []time.Time, force bool, done func(queued int)) ([]jobs.RunID, error) {
	runs := make([]jobs.RunID, 0, len(times))
	for len(runs) < len(times) {
		list := make([]scripts.Passed, 0, backfillAtOnce)
		for _, at := range times[len(runs):min(len(times), len(runs)+backfillAtOnce)] {
			list = append(list, scripts.Passed{Run: jobs.MintRunID(job, time.Now()), Due: at})
		}
		if _, err := b.do.Jbackfill(ctx, "", job, list, force); err != nil {
			err = fmt.Errorf("backfill job %q: %w", job, err)
			if len(runs) > 0 && !errors.Is(err, context.Canceled) {
				err = fmt.Errorf("%w; %d of %d runs are queued", err, len(runs), len(times))
			}
			return runs, err
		}
		for _, one := range list {
			runs = append(runs, one.Run)
		}
		if done != nil {
			done(len(runs))
		}
	}
	return runs, nil
}
