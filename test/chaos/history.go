package chaos

import (
	"cmp"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// History is all that is known of a board under faults, once it has come to rest.
type History struct {
	Begin  time.Time     // from which timelines count
	Lease  time.Duration // of the agents
	Jobs   []Job
	Pushed []string // one-off runs whose push was answered
	Facts  []Fact
	Faults []Fault
}

// Job is a job as it was put, with the nominal times that it must account for.
type Job struct {
	ID          string
	First, Last time.Time
	Interval    time.Duration
	Misfire     jobs.Misfire
	Overlap     jobs.Overlap
}

// Kind says who wrote a fact down, and what it means.
type Kind string

// What can be known of a run. Began and Finished are the program's own words, Acked
// stands in the history, Left is where a run was found at the very end, and the
// others stand in the ledger.
const (
	Began     Kind = "began"
	Finished  Kind = "finished"
	Acked     Kind = "acked"
	Lost      Kind = "lost"
	Returned  Kind = "returned"
	Stale     Kind = "stale"
	Skipped   Kind = "skipped"
	Missed    Kind = "missed"
	Collapsed Kind = "collapsed"
	Trimmed   Kind = "trimmed"
	Left      Kind = "left"
)

// Fact is one thing that was written down about a run.
type Fact struct {
	At      time.Time
	Kind    Kind
	Run     string // its id, or only its nominal identity
	Token   string // of the attempt; empty in the history, which does not tell
	State   string // of an acked or a left run
	Ends    bool   // an acked attempt was the run's last
	Attempt int
	Started time.Time // of an acked attempt
	Count   int       // further nominal times that it stands for
	Text    string    // as it was written
}

// Fault is one thing that was broken on purpose.
type Fault struct {
	Kind     string
	Target   string // an agent, or Redis
	From, To time.Time
	Ends     bool          // the agent's process did not live on
	Forgets  time.Duration // what was written so long before From may be gone
}

// token takes a token apart: TRY:SEQ:START_MS:LANE, where the lane is that of a
// process of an agent, AGENT.RANDOM.N.
type token struct {
	try     int
	seq     int64
	handed  time.Time
	process string
	agent   string
}

func parseToken(text string) (t token, ok bool) {
	parts := strings.SplitN(text, ":", 4)
	if len(parts) != 4 {
		return t, false
	}
	t.try, t.seq = int(number(parts[0])), number(parts[1])
	t.handed = time.UnixMilli(number(parts[2]))
	t.process = beforeDot(parts[3])
	t.agent = beforeDot(t.process)
	return t, t.try > 0 && t.seq > 0
}

func beforeDot(text string) string {
	if i := strings.LastIndexByte(text, '.'); i > 0 {
		return text[:i]
	}
	return text
}

// number reads a decimal number, and 0 where there is none.
func number(text string) (n int64) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// byTime orders facts; what happened in one millisecond stays in the order of a
// run's life.
func byTime(a, b Fact) int { return a.At.Compare(b.At) }

func byHandOut(a, b *attempt) int {
	return cmp.Or(a.handed.Compare(b.handed), cmp.Compare(a.seq, b.seq))
}
