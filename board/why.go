package board

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
	"github.com/jobs-agent/jobs/scripts"
)

// Outcomes of a nominal time besides the states of the run that it got.
const (
	Skipped    jobs.State = "skipped"
	TimeMissed jobs.State = "missed"
	Collapsed  jobs.State = "collapsed"
	Unknown    jobs.State = "unknown"
)

// Account is what became of a nominal time.
type Account struct {
	Job     string
	Due     time.Time // the nominal time; the one asked for, if that is none; zero if there never was one
	Outcome jobs.State
	Reason  string     // in words, without a full stop
	Run     jobs.RunID // that it got, or collapsed into
	By      string     // who or what decided: the agent, the run that was in the way, who paused
}

// Why tells what became of a nominal time of a job: of the first from at on and before
// at + within, or, if at is zero, of the latest before now. The outcome Unknown says
// that nothing is known of it, and why. A job of which nothing at all is known is
// jobs.ErrNoJob.
func (b *Board) Why(ctx context.Context, job string, at time.Time, within time.Duration) (Account, error) {
	a, err := b.why(ctx, job, at, within)
	if err != nil {
		return Account{}, fmt.Errorf("why %q: %w", job, scripts.Translate(err))
	}
	return a, nil
}

func (b *Board) why(ctx context.Context, job string, at time.Time, within time.Duration) (Account, error) {
	q := inquest{b: b, ctx: ctx, job: job}
	if err := q.gather(); err != nil {
		return Account{}, err
	}
	if err := q.settleOn(at, max(within, time.Millisecond)); err != nil {
		return Account{}, err
	}
	asks := []func() (Account, bool, error){q.ofRuns, q.ofLedger, q.ofSchedule}
	if q.due.IsZero() {
		asks = asks[2:]
	}
	for _, ask := range asks {
		if a, ok, err := ask(); ok || err != nil {
			a.Job, a.Due = job, q.due
			return a, err
		}
	}
	return Account{Job: job, Due: q.due, Outcome: Unknown, Reason: q.ignorance()}, nil
}

// inquest looks for what became of one nominal time.
type inquest struct {
	b     *Board
	ctx   context.Context //nolint:containedctx // an inquest is one call
	job   string
	now   time.Time
	entry Entry
	gone  bool // the job is not on the board
	table timetable
	bad   error // why it has no timetable
	runs  []jobs.Run
	due   time.Time

	trimmed Line // of its queue, since it was due
}

func (q *inquest) gather() error {
	var err error
	if q.now, err = q.b.Now(q.ctx); err != nil {
		return err
	}
	q.entry, err = q.b.Show(q.ctx, q.job)
	switch {
	case errors.Is(err, jobs.ErrNoJob):
		q.gone, q.bad = true, fmt.Errorf("%w on board %s", jobs.ErrNoJob, q.b.Name())
	case err != nil:
		return err
	default:
		q.table, q.bad = q.entry.timetable(true)
	}
	q.runs, err = q.b.runsOf(q.ctx, q.job, q.entry.Job.Runner)
	return err
}

// settleOn finds the nominal time that is meant.
func (q *inquest) settleOn(at time.Time, within time.Duration) error {
	if at.IsZero() {
		if q.bad == nil {
			q.due, _ = q.table.last(q.now)
		}
		for _, run := range q.runs {
			if run.Due.After(q.due) && !run.Due.After(q.now) {
				q.due = run.Due
			}
		}
		if len(q.entry.Job.After) > 0 {
			if err := q.skippedLater(); err != nil {
				return err
			}
		}
		if q.due.IsZero() {
			q.due = q.entry.Next
		}
		if q.due.IsZero() && q.gone {
			return q.bad
		}
		return nil
	}
	q.due = at
	meant := func(t time.Time) bool { return !t.Before(at.Add(-time.Millisecond)) && t.Before(at.Add(within)) }
	var best time.Time
	take := func(t time.Time) {
		if meant(t) && (best.IsZero() || t.Before(best)) {
			best = t
		}
	}
	for _, run := range q.runs {
		take(run.Due)
	}
	if q.bad == nil {
		if next, ok := q.table.first(at); ok {
			take(next)
		}
	}
	if !best.IsZero() {
		q.due = best
		return nil
	}
	for line, err := range q.b.Ledger(q.ctx, at.Add(-5*time.Second), false) {
		if err != nil {
			return err
		}
		if due, ok := line.Due(); ok && line.Job() == q.job {
			take(due)
		}
	}
	if !best.IsZero() {
		q.due = best
	} else if q.gone && len(q.runs) == 0 {
		return q.bad
	}
	return nil
}

// same tells whether a time is the one that is asked about.
func (q *inquest) same(t time.Time) bool { return t.Sub(q.due).Abs() <= time.Millisecond }

// ofRuns looks whether it got a run, or is one that collapsed into another's.
func (q *inquest) ofRuns() (Account, bool, error) {
	for _, run := range q.runs { // the scheduled one before a backfilled one
		if q.same(run.Due) && !backfilled(run) {
			a, err := q.ofRun(run)
			return a, true, err
		}
	}
	for _, run := range q.runs {
		if q.same(run.Due) {
			a, err := q.ofRun(run)
			a.Reason = "backfilled; " + a.Reason
			return a, true, err
		}
	}
	for _, run := range q.runs {
		if run.Missed > 0 && q.nominal() && run.Due.Before(q.due) && !q.due.After(run.Queued) && q.behind(run.Due) <= run.Missed {
			reason := fmt.Sprintf("one run for this and %d more that had passed, the first of them at %s (misfire run-once)", run.Missed, when(run.Due))
			return Account{Outcome: Collapsed, Reason: reason, Run: jobs.RunID(run.ID), By: run.ID}, true, nil
		}
	}
	return Account{}, false, nil
}

// nominal tells whether the time may be a nominal time. Of a decaying schedule nobody
// knows any more, since it counts from what was late.
func (q *inquest) nominal() bool {
	return q.bad != nil || decays(q.table.s) || q.table.is(q.due)
}

// behind is how many nominal times lie behind one, up to the one that is asked about,
// as far as the schedule can tell.
func (q *inquest) behind(first time.Time) int {
	n := 0
	for q.bad == nil && n < 10_000 {
		next, ok := q.table.first(first.Add(2 * time.Millisecond))
		if !ok || next.After(q.due.Add(time.Millisecond)) {
			break
		}
		first = next
		n++
	}
	return n
}

// backfilled tells whether a run was queued by hand for a nominal time.
func backfilled(run jobs.Run) bool {
	_, scheduled := jobs.RunID(run.ID).Due()
	return !scheduled
}

func (q *inquest) ofRun(run jobs.Run) (Account, error) {
	a := Account{Outcome: run.State, Run: jobs.RunID(run.ID), By: run.Agent}
	switch run.State {
	case jobs.Queued:
		reason, err := q.waits(run)
		if err != nil {
			return a, err
		}
		a.Reason = reason
	case jobs.Running:
		a.Reason = fmt.Sprintf("attempt %d runs since %s", run.Attempt, when(run.Started))
	case jobs.Retrying, jobs.Blocked:
		if err := q.ofParked(run, &a); err != nil {
			return a, err
		}
	case jobs.Succeeded:
		a.Reason = "ended at " + when(run.Finished)
	default:
		a.Reason = run.Reason
		if a.Reason == "" && run.ExitCode != nil {
			a.Reason = fmt.Sprintf("exit code %d", *run.ExitCode)
		}
		if a.Reason == "" {
			a.Reason = "ended at " + when(run.Finished)
		}
	}
	if late := run.Queued.Sub(run.Due); late > time.Second && !run.Queued.IsZero() && !backfilled(run) {
		why, err := q.nobodyTicked(run.Queued)
		if err != nil {
			return a, err
		}
		a.Reason += "; queued " + rounded(late) + " late" + why
	}
	return a, nil
}

// nobodyTicked says since when somebody ticks, if that is what made it late.
func (q *inquest) nobodyTicked(until time.Time) (string, error) {
	leader, err := q.b.Leader(q.ctx)
	if err != nil || leader.Since.IsZero() || !leader.Since.After(q.due) || leader.Since.After(until.Add(time.Second)) {
		return "", err
	}
	return fmt.Sprintf(": no ticker until %s, when %s was elected", when(leader.Since), leader.Agent), nil
}

// waits says why a queued run is still queued.
func (q *inquest) waits(run jobs.Run) (string, error) {
	pauses, err := q.b.Pauses(q.ctx)
	if err != nil {
		return "", err
	}
	for _, p := range pauses {
		if p.What == QueueOf(run.Runner) {
			return "its queue is " + p.Reason(), nil
		}
	}
	agents, err := q.b.Agents(q.ctx)
	if err != nil {
		return "", err
	}
	serving, hosts := 0, run.Hosts
	for _, agent := range agents {
		if agent.Alive(q.now) && agent.Paused == nil && agent.Matches(run.Runner, hosts) {
			serving++
		}
	}
	_, some := hosts.Selector()
	switch {
	case serving == 0 && some:
		return fmt.Sprintf("no agent that serves %s matches %s", run.Runner, hosts), nil
	case serving == 0:
		return "no agent serves " + run.Runner, nil
	case some:
		return fmt.Sprintf("it waits to be taken, %d of the agents serve %s and match %s", serving, run.Runner, hosts), nil
	}
	return fmt.Sprintf("it waits to be taken, %d of the agents serve %s", serving, run.Runner), nil
}

// ofParked says what a run waits for that is neither queued nor running.
func (q *inquest) ofParked(run jobs.Run, a *Account) error {
	waiting, err := q.b.rdb.HGet(q.ctx, q.b.do.Keys().Waiting(), q.job).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	if waiting == run.ID {
		a.Outcome, a.Reason = jobs.Blocked, "it waits until the run before it has ended (overlap "+string(q.entry.Job.Overlap)+")"
		for _, other := range q.runs {
			if other.State == jobs.Running {
				a.By = other.ID
			}
		}
		return nil
	}
	at, err := q.b.rdb.ZScore(q.ctx, q.b.do.Keys().Retry(), run.ID).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	a.Reason = fmt.Sprintf("attempt %d failed or was held back, the next is queued at %s", max(1, run.Attempt), when(moment(at)))
	return nil
}

func when(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999Z") }

// rounded writes a duration as exactly as a person wants it.
func rounded(d time.Duration) string {
	switch {
	case d >= time.Minute:
		d = d.Round(time.Second)
	case d >= time.Second:
		d = d.Round(100 * time.Millisecond)
	default:
		d = d.Round(time.Millisecond)
	}
	return calendar.FormatDuration(d)
}
