package worker

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jobs-agent/jobs"
)

// errCutOff ends an attempt whose job wants to be stopped when Redis is out of
// reach.
var errCutOff = fmt.Errorf("cut off from redis: %w", jobs.ErrLost)

// defaultGrace is what runners take when a job says nothing.
const defaultGrace = 5 * time.Second

// held is one attempt that a lane holds. A slot fills in end, began and over, before it
// hands the attempt back; everything else is the lane's.
type held struct {
	attempt *jobs.Attempt
	runner  jobs.Runner
	ctx     context.Context
	cancel  context.CancelCauseFunc
	output  *output
	tee     func(*jobs.Attempt) io.WriteCloser // see Config

	end     jobs.End
	code    int       // what end.ExitCode points to
	began   time.Time // when a slot began to execute it
	over    time.Time // when that had ended
	taken   time.Time // when it came; of this process' clock
	stopped time.Time // when it was told to end, if it was
	running bool      // a slot has it or will have it
	lost    bool      // somebody else's by now: its end is nobody's business
	warned  bool      // that it does not end was logged
}

// stop tells the attempt to end, and why. The first reason counts.
func (h *held) stop(now time.Time, cause error) {
	if h.stopped.IsZero() {
		h.stopped = now
	}
	h.cancel(cause)
}

// grace is how long a runner may take to end the attempt.
func (h *held) grace() time.Duration {
	if h.attempt.Grace > 0 {
		return h.attempt.Grace
	}
	return defaultGrace
}

// overdue tells whether the attempt should have ended long ago.
func (h *held) overdue(now time.Time) bool {
	since := h.stopped
	if since.IsZero() && h.attempt.Timeout > 0 {
		since = h.taken.Add(h.attempt.Timeout)
	}
	return !since.IsZero() && now.Sub(since) > h.grace()+time.Second
}

// finished is the time of Redis' clock at now, by which all times of a run are
// told.
func (h *held) finished(now time.Time) time.Time {
	if h.attempt.Start.IsZero() {
		return now
	}
	return h.attempt.Start.Add(now.Sub(h.taken))
}
