package jobs

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// State is where a run stands. See docs/states.md.
type State string

// The states of a run. Scheduled, blocked, queued, running and retrying runs
// are still to end; the others have ended.
const (
	Scheduled State = "scheduled"
	Blocked   State = "blocked"
	Queued    State = "queued"
	Running   State = "running"
	Retrying  State = "retrying"
	Succeeded State = "succeeded"
	Failed    State = "failed"
	Dead      State = "dead"
	Cancelled State = "cancelled"

	// TimedOut and Lost are ends of an attempt, never of a run.
	TimedOut State = "timed_out"
	Lost     State = "lost"
)

// Ended tells whether a run in this state can change no more.
func (s State) Ended() bool {
	switch s {
	case Succeeded, Failed, Dead, Cancelled:
		return true
	}
	return false
}

// Run is one run of a job, or of a runner type when it was enqueued without a
// job. Times that are not known yet are zero.
type Run struct {
	ID     string
	Job    string // for a one-off: the runner type
	Runner string
	State  State

	Due      time.Time // nominal time; of a Scheduled one-off when it is to be queued; zero for other manual and one-off runs, not for backfilled ones
	Queued   time.Time
	Started  time.Time // of the newest attempt
	Finished time.Time

	Attempt  int    // 1 for the first; 0 before any
	Lost     int    // lease losses so far
	Missed   int    // nominal times collapsed into this run (misfire run-once)
	ReplayOf RunID  // the dead run that this one repeats, or empty
	Flow     RunID  // the run with which its flow began, or empty
	Hosts    Hosts  // for which agents it is, while it is queued; of hosts all the one agent
	Agent    string // that holds or held the newest attempt

	ExitCode *int   // of the program; nil when there was none
	Signal   string // that ended the program, "SIGKILL"
	Reason   string // why it failed, was cancelled or died; for people
	Result   string // text given by the runner
	Output   int64  // bytes the program printed; what is kept of it may be less
	Times    string // when what was printed, see End
	Progress string // how far the attempt under way says that it is
	Entry    string // as it is queued, or was taken, while it has not ended
}

// RunID names a run: JOB@DUE_MS.N for a scheduled run, JOB#X for a manual or
// one-off one. The job id may contain both signs; the last one counts.
type RunID string

// Job answers the job id (for a one-off the runner type).
func (id RunID) Job() string {
	if i := strings.LastIndexAny(string(id), "@#"); i >= 0 {
		return string(id[:i])
	}
	return ""
}

// Due answers the nominal time of a scheduled run, and false for others.
func (id RunID) Due() (time.Time, bool) {
	i := strings.LastIndexAny(string(id), "@#")
	if i < 0 || id[i] != '@' {
		return time.Time{}, false
	}
	ms, _, _ := strings.Cut(string(id[i+1:]), ".")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	return time.UnixMilli(n).UTC(), true
}

// MintRunID makes the id of a manual or one-off run of a job or runner type:
// ordered by time, with a random tail, so that a replayed push finds its own
// run. Twelve hex digits of milliseconds, then ten random ones.
func MintRunID(job string, now time.Time) RunID {
	return RunID(mint(job, now, 10))
}

// RunStem is what the ids of runs begin with that are queued in one call, MaxNumbered at
// most. They end in three hex digits, their places.
type RunStem string

// MaxNumbered is how many runs may have one stem.
const MaxNumbered = 1 << 12

// MintRunStem makes the stem of run ids that are like those of MintRunID but for the
// last three digits.
func MintRunStem(job string, now time.Time) RunStem {
	return RunStem(mint(job, now, 7))
}

// Run answers the id of the run at a place, counted from 0 and below MaxNumbered.
func (s RunStem) Run(place int) RunID {
	const digits = "0123456789abcdef"
	return RunID(string(s) + string([]byte{digits[place>>8&15], digits[place>>4&15], digits[place&15]}))
}

func mint(job string, now time.Time, random int) []byte {
	var tail [8]byte
	if _, err := rand.Read(tail[:]); err != nil {
		panic(err) // crypto/rand never fails on supported systems
	}
	var head [8]byte
	binary.BigEndian.PutUint64(head[:], uint64(now.UnixMilli()))
	id := make([]byte, 0, len(job)+23)
	id = append(append(id, job...), '#')
	id = hex.AppendEncode(id, head[2:])
	return hex.AppendEncode(id, tail[:5])[:len(job)+13+random]
}
