package worker

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

// parting is how long a lane that stops goes on trying what gets no answer, once
// nothing is left to wait for.
const parting = 2 * time.Second

// stopping is how far a lane is on its way out.
type stopping struct {
	quiet    <-chan struct{} // nil once it was seen closed
	giveBack <-chan struct{} // likewise
	since    time.Time       // when the lane began to take nothing more
	leaveAt  time.Time       // when it leaves, come what may; zero until it gives back
}

func (s *stopping) begin(now time.Time) {
	s.quiet, s.since = nil, now
}

func (s *stopping) quieted() bool { return s.quiet == nil }

// giveBack stops all that runs. Their runners get the grace of the most patient
// job and some time beyond.
func (l *lane) giveBack(now time.Time) {
	if !l.stop.quieted() {
		l.stop.begin(now)
	}
	l.stop.giveBack = nil
	var grace time.Duration
	for _, h := range l.held {
		if h.running {
			h.stop(now, jobs.ErrStopping)
			grace = max(grace, h.grace()+parting)
		}
	}
	l.stop.leaveAt = now.Add(grace + parting)
}

// finished tells whether the lane may leave.
func (l *lane) finished(now time.Time) bool {
	if !l.stop.quieted() {
		return false
	}
	if !l.stop.leaveAt.IsZero() && !now.Before(l.stop.leaveAt) {
		return true
	}
	if l.busy > 0 || len(l.held) > 0 || l.ask.under {
		return false
	}
	// A take without an answer may have brought something, and whoever stops a
	// program while Redis is away does not want to wait long. The lease ends it.
	return l.ask.take == nil || l.ask.takes.failures > 0 && now.Sub(l.stop.since) > parting
}

// leave ends the lease, if it is not needed any more.
func (l *lane) leave(ctx context.Context) error {
	var running int
	for _, h := range l.held {
		if h.running {
			running++
		}
	}
	if len(l.held) > 0 || l.busy > 0 {
		return fmt.Errorf("leave lane %s: %d attempts have not ended and %d could not be acked: they are lost when the lease ends",
			l.ask.lane, running, len(l.held)-running)
	}
	if l.lease.end.IsZero() || l.ask.take != nil {
		return nil
	}
	if _, err := l.leases.Jleave(ctx, l.ask.lane); err != nil {
		l.log.Debug("the lease was left to end by itself", zap.String("lane", l.ask.lane), zap.Error(err))
	}
	return nil
}
