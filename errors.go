package jobs

import "errors"

// Errors that callers may test with errors.Is. The command set answers each of
// them with a code in front (`NOJOB no such job`), which package scripts maps
// to the sentinel here.
var (
	// ErrInvalid says that an argument was refused before anything was written.
	ErrInvalid = errors.New("invalid argument")
	// ErrNoJob says that the board has no job of that id.
	ErrNoJob = errors.New("no such job")
	// ErrNoRun says that no run of that id is known.
	ErrNoRun = errors.New("no such run")
	// ErrExists says that the id is taken.
	ErrExists = errors.New("job exists")
	// ErrActive says that `overlap: forbid` refused a run because another one
	// of the same job has a valid attempt or waits for its retry.
	ErrActive = errors.New("a run of the job is active")
	// ErrPaused says that a job or its board is paused, by whom and why.
	ErrPaused = errors.New("paused")
	// ErrNoAgent says that no live agent may execute what was asked for.
	ErrNoAgent = errors.New("no live agent")
	// ErrStale says that a token, term or lease is no longer the newest.
	ErrStale = errors.New("stale")
	// ErrFormat says that the board was written by a newer program.
	ErrFormat = errors.New("board format is newer than this program")
	// ErrUnreachable says that Redis did not answer.
	ErrUnreachable = errors.New("redis is unreachable")
	// ErrDenied says that Redis refused the user or the password, or forbids the user
	// what was asked for.
	ErrDenied = errors.New("redis denies access")
	// ErrNotWritable says that Redis answers and takes no writes: its memory or its
	// disk is full, it is a replica, or it has too few of them.
	ErrNotWritable = errors.New("redis takes no writes")
	// ErrWrongType says that a key of the board holds something else than the
	// key table says.
	ErrWrongType = errors.New("wrong type of key")
)

// ErrLate is what a Runner answers for an attempt that it did not begin because of its
// BeginBy. The run is given back, and that does not count as an attempt.
var ErrLate = errors.New("too late for its lease")

// Causes of the end of an attempt's context, see context.Cause.
var (
	// ErrTimedOut ends an attempt that ran longer than the job's timeout.
	ErrTimedOut = errors.New("timed out")
	// ErrCancelled ends an attempt whose run was cancelled.
	ErrCancelled = errors.New("cancelled")
	// ErrLost ends an attempt whose lease was given to somebody else.
	ErrLost = errors.New("lease lost")
	// ErrStopping ends an attempt because its agent stops; the run is given
	// back and does not count as an attempt.
	ErrStopping = errors.New("agent is stopping")
)
