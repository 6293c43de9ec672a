package simulation

import (
	"errors"
	"slices"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// parseTaken is the run of an entry that was handed out.
func parseTaken(text string) (string, bool) {
	run, ok := scripts.ParseQueued(text)
	return run.ID, ok
}

// began is told by the program of an attempt.
func (j *judge) began(a *agent, at *jobs.Attempt) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts["begun"]++
	t := j.tickets[at.Token]
	if t == nil || t.run.id != string(at.Run) || t.life != a.life {
		j.complain(j.runs[string(at.Run)], "%s executes it under the token %s, which it was not given", a.life, at.Token)
		return
	}
	l := t.run
	l.note(time.Now(), "%s begins attempt %d", a.life, at.Number)
	if t.began {
		j.complain(l, "%s executes it twice under the token %s", a.life, at.Token)
	}
	if l.token == at.Token && at.Number != l.number {
		j.complain(l, "the program is told of attempt %d, it is %d", at.Number, l.number)
	}
	if l.job != nil && at.Payload != l.job.Payload {
		j.complain(l, "its payload is %q, put was %q", at.Payload, l.job.Payload)
	}
	t.began = true
}

// finished is told by the program of an attempt, and answers its error.
func (j *judge) finished(a *agent, at *jobs.Attempt, err error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if t := j.tickets[at.Token]; t != nil {
		t.finished, t.at, t.err = true, time.Now(), err
		t.run.note(time.Now(), "%s is done with attempt %d: %v", a.life, at.Number, err)
	}
	return err
}

// verdict judges what an ack has made of an attempt.
func (j *judge) verdict(c *command, l *life, t *ticket, r jobs.Run) {
	if !t.finished {
		j.complain(l, "it ended %s, and its program has not", r.State)
	}
	want, wait := l.verdict(t.err)
	if errors.Is(t.err, jobs.ErrCancelled) && !j.cancelled(l) {
		j.complain(l, "its program was told that it is cancelled, and nobody did that")
	}
	if want == jobs.Retrying && j.cancelled(l) {
		want = jobs.Cancelled
	}
	if r.State != want {
		j.complain(l, "its program answered %v: the run is %s, it should be %s", t.err, r.State, want)
	}
	if r.State != jobs.Retrying {
		j.finish(l, c.at, r.State)
		return
	}
	l.fails++
	l.ready = c.at.Add(wait)
	j.move(l, waiting, c.at, "attempt failed")
}

// verdict tells what has to become of a run whose program answered so, and how long it
// waits for its retry at least.
func (l *life) verdict(err error) (jobs.State, time.Duration) {
	switch {
	case err == nil:
		return jobs.Succeeded, 0
	case errors.Is(err, jobs.ErrCancelled):
		return jobs.Cancelled, 0
	case l.job == nil || l.job.Retries == 0:
		return jobs.Failed, 0
	}
	a := l.job
	var exit *jobs.ExitError
	if errors.As(err, &exit) && slices.Contains(a.NoRetryOn, exit.Code) {
		return jobs.Failed, 0
	}
	if l.fails >= a.Retries {
		return jobs.Dead, 0
	}
	wait := a.Backoff.Delay
	for n := range l.fails {
		switch a.Backoff.Growth {
		case jobs.Exponential:
			wait *= 2
		case jobs.Linear:
			wait = a.Backoff.Delay * time.Duration(n+2)
		case jobs.Fixed:
		}
	}
	jitter := a.Backoff.Jitter
	if jitter == 0 {
		jitter = 0.1 // the default
	}
	return jobs.Retrying, min(time.Duration(float64(wait)*(1-jitter)), a.Backoff.Cap) - time.Millisecond
}
