package board

import (
	"fmt"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// ofLedger looks for the line that tells why it made no run.
func (q *inquest) ofLedger() (Account, bool, error) {
	var found *Line
	var filled Line
	for line, err := range q.b.Ledger(q.ctx, q.due.Add(-5*time.Second), false) {
		if err != nil {
			return Account{}, false, err
		}
		switch {
		case line.Outcome == "trimmed" && line.Name == q.entry.Job.Runner && q.trimmed.At.IsZero():
			q.trimmed = line
		case line.Outcome == "backfilled" && q.means(line):
			filled = line
		case (line.Outcome == "missed" || line.Outcome == "skipped" || line.Outcome == "collapsed") && q.means(line):
			if due, _ := line.Due(); found == nil || q.same(due) {
				found = &line
			}
		}
	}
	if filled.Run == "" && found == nil {
		return Account{}, false, nil
	}
	var a Account
	if found != nil {
		a = q.ofLine(*found)
	}
	if filled.Run != "" {
		if found == nil {
			a = Account{Outcome: Unknown, Reason: "its record is no longer kept"}
		}
		a.Run = filled.Run
		a.Reason += "; backfilled at " + when(filled.At) + " as " + string(filled.Run)
	}
	return a, true, nil
}

// means tells whether a line stands for the nominal time that is asked about.
func (q *inquest) means(line Line) bool {
	due, ok := line.Due()
	switch {
	case !ok || line.Job() != q.job || due.After(q.due.Add(time.Millisecond)):
		return false
	case q.same(due):
		return true
	case !q.nominal():
		return false
	case !line.Before.IsZero():
		return q.due.Before(line.Before.Add(-time.Millisecond))
	}
	return line.times() > 1 && !q.due.After(line.At) && q.behind(due) < line.times()
}

func (q *inquest) ofLine(line Line) Account {
	a := Account{Outcome: jobs.State(line.Outcome), Reason: line.Reason, By: line.By}
	due, _ := line.Due()
	switch line.Outcome {
	case "skipped":
		if line.Reason == "overlap" {
			a.Reason = "another run of the job was active (overlap forbid)"
		}
	case "collapsed":
		a.Reason, a.Run = "another run of the job was active or newer (overlap)", jobs.RunID(line.By)
	case "missed":
		if !line.Ticker.IsZero() {
			a.Reason += "; no ticker until " + when(line.Ticker)
		}
		if line.Count > 1 {
			a.Reason += fmt.Sprintf("; one of %d from %s on", line.Count, when(due))
		}
		return a
	}
	if !q.same(due) {
		a.Reason += fmt.Sprintf("; one of %d nominal times from %s on, which had passed unqueued", line.times(), when(due))
	}
	return a
}

// ofSchedule tells of a time that is none, is still to come, or was passed over by
// what still holds.
func (q *inquest) ofSchedule() (Account, bool, error) {
	unknown := func(reason string) (Account, bool, error) {
		return Account{Outcome: Unknown, Reason: reason}, true, nil
	}
	e := q.entry
	switch {
	case q.gone:
		return unknown("the job is not on the board, and no run of that time is known")
	case q.bad != nil:
		return Account{Outcome: TimeMissed, Reason: "its schedule cannot be read: " + q.bad.Error()}, true, nil
	case q.due.IsZero() && e.Quarantine != "":
		return Account{Outcome: TimeMissed, Reason: "quarantined: " + e.Quarantine}, true, nil
	case q.due.IsZero():
		return unknown("it has no nominal times: " + timeless(e.Job))
	case !q.nominal():
		return unknown(q.notNominal())
	}
	board, err := q.b.pauseOf(q.ctx, Whole)
	if err != nil {
		return Account{}, false, err
	}
	for _, p := range []*Pause{e.Paused, board} {
		if p != nil && (p.Until.IsZero() || p.Until.After(q.due)) && (!q.due.Before(p.Since) || !p.Next.IsZero() && !q.due.Before(p.Next)) {
			whose := "it is "
			if p.What == Whole {
				whose = "the board is "
			}
			a := Account{Outcome: TimeMissed, Reason: whose + p.Reason(), By: p.Who}
			if q.due.After(q.now) {
				a.Outcome = jobs.Scheduled
				a.Reason = "not yet, due in " + rounded(q.due.Sub(q.now)) + "; " + a.Reason
			}
			return a, true, nil
		}
	}
	switch {
	case e.Quarantine != "":
		return Account{Outcome: TimeMissed, Reason: "quarantined: " + e.Quarantine}, true, nil
	case q.due.After(q.now):
		return Account{Outcome: jobs.Scheduled, Reason: "not yet, due in " + rounded(q.due.Sub(q.now))}, true, nil
	case !e.Next.IsZero() && !q.due.Before(e.Next.Add(-time.Millisecond)):
		leader, err := q.b.Leader(q.ctx)
		reason := "due " + rounded(q.now.Sub(q.due)) + " ago and not queued yet"
		if err == nil && !leader.Holds {
			reason += ": no ticker is elected"
		}
		return Account{Outcome: jobs.Scheduled, Reason: reason, By: leader.Agent}, true, err
	}
	return Account{}, false, nil
}

// skippedLater takes the newest time at which a job that follows others was skipped,
// of the last day, if it is later.
func (q *inquest) skippedLater() error {
	for line, err := range q.b.Ledger(q.ctx, q.now.Add(-24*time.Hour), true) {
		if err != nil {
			return err
		}
		if due, ok := line.Due(); ok && line.Job() == q.job && !due.After(q.now) {
			if due.After(q.due) {
				q.due = due
			}
			return nil
		}
	}
	return nil
}

func timeless(job jobs.Job) string {
	if len(job.After) > 0 {
		return "it runs after other jobs"
	}
	if job.Cron != "" || len(job.Also) > 0 {
		return "it runs at the start of a host"
	}
	return "nothing was due so far"
}

// notNominal says of which schedule the time is none, and which times lie next to it.
func (q *inquest) notNominal() string {
	reason := "not a nominal time"
	if s := q.entry.Job.Schedule; len(s.Except) > 0 {
		s.Except = nil
		if !s.Planned() {
			s.Cron, s.Interval = "@every "+calendar.FormatDuration(s.Interval), 0
		}
		if rule, err := calendar.Compile(q.job, s); err == nil && (timetable{s: s, rule: rule}).is(q.due) {
			return reason + ": its day is excepted"
		}
	}
	if start := q.entry.Job.Start; !start.IsZero() && q.due.Before(start) {
		return reason + ": the schedule starts at " + when(start) + " (its start, or when it was put)"
	}
	if stop := q.entry.Job.Stop; !stop.IsZero() && q.due.After(stop) {
		return reason + ": the schedule ended at " + when(stop)
	}
	before, has := q.table.last(q.due)
	next, comes := q.table.first(q.due)
	switch {
	case has && comes:
		return reason + ": the one before is " + when(before) + ", the next is " + when(next)
	case has:
		return reason + ": the last is " + when(before)
	case comes:
		return reason + ": the first is " + when(next)
	}
	return reason + ": " + timeless(q.entry.Job)
}

// ignorance says why nothing is known of a nominal time that has passed.
func (q *inquest) ignorance() string {
	if !q.trimmed.At.IsZero() {
		return fmt.Sprintf("no run and no line of the ledger tells of it; %d runs were trimmed from its queue at %s", q.trimmed.Count, when(q.trimmed.At))
	}
	const kept = 100
	var ended int
	oldest := q.now
	for _, run := range q.runs {
		if run.State.Ended() {
			ended++
			if run.Due.Before(oldest) && !run.Due.IsZero() {
				oldest = run.Due
			}
		}
	}
	if ended >= kept && q.due.Before(oldest) || q.now.Sub(q.due) > 30*calendar.Day {
		return "forgotten: the last 100 runs of 30 days are kept, and the ledger has no line of it"
	}
	return "no run and no line of the ledger tells of it: the job had another schedule then, or a plain consumer took its run, which tells nobody"
}
