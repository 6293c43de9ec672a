package worker

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// What people read about a run is kept in its history record, so it is bounded.
const (
	maxReason = 4 << 10
	maxResult = 64 << 10
)

// conclude fills in how the attempt ended: err is what its runner answered, cause
// why its context had ended by then, nil if it had not.
//
// A program that ends well after TERM may or may not have done its work. After a
// timeout or a cancel it does not count as success, for its time was over; when
// the agent stops it does, as the runner says.
func (h *held) conclude(now time.Time, err, cause error) {
	a, e := h.attempt, &h.end
	*e = jobs.End{
		Run: a.Run, Token: a.Token, Finished: h.finished(now),
		Runner: a.Runner, Agent: a.Agent, Number: a.Number, Lost: a.Lost, Missed: a.Missed, ReplayOf: a.ReplayOf, Flow: a.Flow,
		Due: a.Due, Queued: a.Queued, Started: a.Start, Result: clip(a.Result, maxResult),
	}
	h.output.end(e)
	var exit *jobs.ExitError
	ended := errors.As(err, &exit)
	if ended {
		e.Signal = exit.Signal
	}
	switch {
	case errors.Is(err, jobs.ErrLate):
		e.State, e.Reason = jobs.Queued, clip(err.Error(), maxReason)
	case errors.Is(cause, jobs.ErrTimedOut):
		e.State, e.Reason = jobs.TimedOut, fmt.Sprintf("timed out after %v", a.Timeout)
	case errors.Is(cause, jobs.ErrCancelled):
		e.State, e.Reason = jobs.Cancelled, "cancelled"
	case err == nil:
		e.State, e.ExitCode = jobs.Succeeded, &h.code
	case errors.Is(cause, jobs.ErrStopping) || errors.Is(cause, jobs.ErrLost):
		e.State, e.Reason = jobs.Queued, cause.Error()
	default:
		e.State, e.Reason = jobs.Failed, clip(err.Error(), maxReason)
		if ended {
			h.code = exit.Code
			e.ExitCode = &h.code
		}
	}
}

// clip keeps at most n bytes of a text, in whole characters.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "..."
}
