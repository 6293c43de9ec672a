package board

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
	"github.com/jobs-agent/jobs/scripts"
)

// Put creates a job or replaces the one of that id, and answers its next nominal
// time (zero: it has ended already). An unchanged schedule is not moved, and a run
// that is due is not lost.
func (b *Board) Put(ctx context.Context, job jobs.Job) (time.Time, error) {
	d, err := b.define(ctx, job)
	if err == nil {
		err = b.do.Jset(ctx, d)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("put job %q: %w", job.ID, err)
	}
	return b.next(ctx, job.ID)
}

// Create puts a job unless its id is taken, which is jobs.ErrExists.
func (b *Board) Create(ctx context.Context, job jobs.Job) (time.Time, error) {
	d, err := b.define(ctx, job)
	if err != nil {
		return time.Time{}, fmt.Errorf("create job %q: %w", job.ID, err)
	}
	created, err := b.do.Jsetnx(ctx, d)
	if err != nil {
		return time.Time{}, fmt.Errorf("create job %q: %w", job.ID, err)
	}
	if !created {
		return time.Time{}, fmt.Errorf("create job %q: %w; put replaces it", job.ID, jobs.ErrExists)
	}
	return b.next(ctx, job.ID)
}

func (b *Board) define(ctx context.Context, job jobs.Job) (scripts.Definition, error) {
	var d scripts.Definition
	if err := job.Validate(); err != nil {
		return d, err
	}
	if err := b.plan(ctx, &job); err != nil {
		return d, err
	}
	if err := b.resolveStop(ctx, &job); err != nil {
		return d, err
	}
	fields, err := job.Policies()
	if err != nil {
		return d, err
	}
	d = scripts.Definition{ID: job.ID, Runner: job.Runner, Payload: job.Payload, Fields: fields}
	if job.Interval > 0 {
		d.Interval = number(job.Interval.Seconds())
	}
	if !job.Start.IsZero() {
		d.Start = scripts.UnixSeconds(job.Start)
	}
	if !job.Stop.IsZero() {
		d.Stop = scripts.UnixSeconds(job.Stop)
	}
	if job.Lambda != 0 {
		d.Lambda = number(job.Lambda)
	}
	if job.Step > 0 {
		d.Step = number(job.Step.Seconds())
	}
	return d, nil
}

// resolveStop turns duration and repeat into a stop, counted from the start, which
// is now if none was given.
func (b *Board) resolveStop(ctx context.Context, job *jobs.Job) error {
	s := &job.Schedule
	if s.Duration == 0 && s.Repeat == 0 {
		return nil
	}
	if s.Start.IsZero() {
		now, err := b.Now(ctx)
		if err != nil {
			return err
		}
		s.Start = now
	}
	if s.Duration > 0 {
		s.Stop = calendar.Earlier(s.Stop, s.Start.Add(s.Duration))
	}
	if s.Planned() && s.Repeat > 0 {
		rule, err := calendar.Compile(job.ID, *s)
		if err != nil {
			return err
		}
		if last, ok := rule.Nth(s.Start, s.Repeat); ok {
			s.Stop = calendar.Earlier(s.Stop, last)
		}
		return nil
	}
	if s.Repeat == 1 {
		// The start is its only time. As a stop it would have passed by the time the
		// job is written, if it is now, and the job would be dropped without a run.
		s.Interval, s.Lambda, s.Step = 0, 0, 0
	}
	if s.Repeat > 1 {
		if last, ok := calendar.Nth(*s, s.Start, s.Repeat); ok {
			s.Stop = calendar.Earlier(s.Stop, last)
		}
	}
	return nil
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// Remove takes a job off the board and tells whether it was there. Its queued and
// running runs go on; Cancel stops them.
func (b *Board) Remove(ctx context.Context, id string) (bool, error) {
	was, err := b.do.Jdel(ctx, id)
	if err != nil {
		return false, fmt.Errorf("remove job %q: %w", id, err)
	}
	return was, nil
}

// Run queues a run of a job now, besides its schedule. With `overlap: forbid` an
// active run is jobs.ErrActive, unless force is true.
func (b *Board) Run(ctx context.Context, job string, force bool) (jobs.RunID, error) {
	run := jobs.MintRunID(job, time.Now())
	if err := b.do.Jrun(ctx, "", job, run, force); err != nil {
		return "", fmt.Errorf("run job %q: %w", job, err)
	}
	return run, nil
}

// Cancel stops a run, or all runs of a job queued until now: one that is
// delayed or waits for a retry at once (then it answers true), a queued one when it is taken, a running
// one within a renew period. Later runs of the job are not touched.
func (b *Board) Cancel(ctx context.Context, target string) (bool, error) {
	ended, err := b.do.Jcancel(ctx, "", target)
	if err != nil {
		return false, fmt.Errorf("cancel %q: %w", target, err)
	}
	return ended, nil
}
