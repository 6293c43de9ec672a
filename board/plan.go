package board

import (
	"context"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// plan checks a schedule that has to be planned ahead and keeps its next times, so
// that the job is placed by the put that follows. Without it the ticker would do so
// at its next look.
func (b *Board) plan(ctx context.Context, job *jobs.Job) error {
	if !job.Planned() {
		return nil
	}
	if _, err := calendar.Compile(job.ID, job.Schedule); err != nil {
		return err
	}
	now, err := b.Now(ctx)
	if err != nil {
		return err
	}
	if job.Start.IsZero() {
		if job.Start, err = b.sameStart(ctx, job, now); err != nil {
			return err
		}
	}
	spec := calendar.Spec(job.ID, job.Schedule)
	if spec == "" { // it runs at the start of a host alone
		return nil
	}
	from := now
	if job.Start.After(now) {
		from = job.Start
	}
	line, err := calendar.Plan(spec, from.Add(-time.Millisecond), now)
	if err != nil {
		return err
	}
	return b.do.Jplan(ctx, "", []jobs.Plan{{Spec: spec, Line: string(line)}})
}

// sameStart is the start of the job as it stands on the board with the same schedule,
// else now: a grid that counts from the start must not move at each put.
func (b *Board) sameStart(ctx context.Context, job *jobs.Job, now time.Time) (time.Time, error) {
	text, ok, err := b.do.Jget(ctx, job.ID)
	if err != nil || !ok {
		return now, err
	}
	old, err := jobs.ParseJob([]byte(text))
	if err != nil {
		return now, nil //nolint:nilerr // what cannot be read is replaced
	}
	then := job.Schedule
	then.Start = old.Start
	if old.Start.IsZero() || calendar.Spec(job.ID, then) != calendar.Spec(job.ID, old.Schedule) {
		return now, nil
	}
	return old.Start, nil
}
