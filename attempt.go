package jobs

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Runner executes attempts of one runner type. Run returns nil for success, an
// *ExitError when a program ended with a status, any other error for a
// failure. It must return soon after ctx ends; context.Cause(ctx) tells why
// (ErrTimedOut, ErrCancelled, ErrLost, ErrStopping). For an attempt that it did not
// begin because of its BeginBy it returns ErrLate. Run is called from many
// goroutines at once.
type Runner interface {
	Run(ctx context.Context, a *Attempt) error
}

// RunnerFunc makes a Runner of a function.
type RunnerFunc func(ctx context.Context, a *Attempt) error

// Run calls f.
func (f RunnerFunc) Run(ctx context.Context, a *Attempt) error { return f(ctx, a) }

// Attempt is one try at a run, as handed to a Runner.
type Attempt struct {
	Run     RunID
	Job     string
	Runner  string
	Payload string // byte for byte what was put
	Number  int    // 1 for the first attempt
	Lost    int    // earlier attempts whose lease was lost
	Missed  int    // nominal times collapsed into this run
	// ReplayOf is the dead run that this one repeats, or empty.
	ReplayOf RunID
	// Flow is the run with which the flow of this run began, and Upstream tells what the
	// runs that it follows have ended as: a JSON object, job -> {run, state, at, result}.
	// Both are empty for a run that follows none.
	Flow     RunID
	Upstream string
	// Failed is the record of a run (a JSON object) that ended failed or dead, for a run
	// that its job's on_failure made; else empty.
	Failed string

	Token  string // proves to Redis that this is the newest attempt
	Agent  string
	Due    time.Time // nominal time; zero for manual and one-off runs, not for backfilled ones
	Queued time.Time
	Start  time.Time

	// BeginBy is when the lease may be over and the run somebody else's, or with CutOff would
	// be stopped, by the clock of this process; zero: never. It was looked at before Run was
	// called. A Runner that hands the attempt on to another process has that look again, since
	// all of this one may have been stopped in between.
	BeginBy time.Time
	Timeout time.Duration // 0: none
	Grace   time.Duration // between TERM and KILL
	CutOff  bool          // stop the program when Redis is out of reach

	// Refuse is not empty for an entry that cannot be executed, and says why.
	Refuse string
	// Text is the queue entry: the job's metadata as JSON with the run's head.
	Text string
	// Output takes what the program prints; what is kept of it is bounded.
	// Safe for concurrent use. Never nil.
	Output io.Writer
	// Result may be set by the runner before it returns: a short text kept with
	// the run.
	Result string
}

// Late tells whether the attempt may not be begun any more.
func (a *Attempt) Late(now time.Time) bool { return !a.BeginBy.IsZero() && !now.Before(a.BeginBy) }

// ExitError is the end of a program with a status other than 0.
type ExitError struct {
	Code   int    // 128+n when ended by signal n, as shells print it
	Signal string // "SIGKILL"; empty when the program exited by itself
}

func (e *ExitError) Error() string {
	if e.Signal != "" {
		return "killed by " + e.Signal
	}
	return fmt.Sprintf("exit code %d", e.Code)
}

// End is how an attempt ended, as a worker tells it to Redis.
type End struct {
	Run   RunID
	Token string
	// State is Succeeded, Failed, TimedOut, Cancelled, or Queued for an attempt
	// given back without being counted.
	State    State
	Finished time.Time
	ExitCode *int
	Signal   string
	Reason   string
	Result   string
	// Output is what was kept of the program's output; OutputBytes counts all
	// that it printed.
	Output      string
	OutputBytes int64
	// Times says when what was printed: BYTES:MS for each moment, counted from the one
	// before, the first from the start of output and attempt; BYTES:? where it is not known.
	Times string

	// The rest is copied from the attempt into the history record.
	Runner   string
	Agent    string
	Number   int
	Lost     int
	Missed   int
	ReplayOf RunID
	Flow     RunID
	Due      time.Time
	Queued   time.Time
	Started  time.Time
}
