package test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/test/chaos"
)

// workScript is what the runs of a chaos test execute. The payload is for how many
// seconds, and how many attempts fail. What it writes is its own testimony: each
// line is one write at the end of the file. /proc/uptime costs no process.
const workScript = `read at rest </proc/uptime
echo "began $JOBS_RUN_ID $JOBS_FENCE $at" >>LOG
set -- $JOBS_PAYLOAD
if [ "$1" != 0 ]; then sleep "$1"; fi
read at rest </proc/uptime
echo "finished $JOBS_RUN_ID $JOBS_FENCE $at" >>LOG
[ "$JOBS_ATTEMPT" -gt "$2" ]
`

// load is what a chaos test has executed.
type load struct {
	board  *board.Board
	runner string    // that an agent is to serve
	zero   time.Time // of the programs' clock
	file   string    // what they write
	jobs   []chaos.Job

	mu     sync.Mutex
	pushed []string
}

// newLoad writes the program into the host.
func newLoad(h *host) *load {
	h.t.Helper()
	if runtime.GOOS != "linux" {
		h.t.Skip("the programs of a chaos test tell the time by /proc/uptime, which only Linux has")
	}
	l := &load{zero: bootTime(h.t), file: h.write("programs.log", "")}
	script := h.write("work.sh", strings.ReplaceAll(workScript, "LOG", l.file))
	l.runner = "work=. " + script
	return l
}

// bootTime is when the clock of /proc/uptime stood at zero, to a millisecond or so:
// it is looked at when it steps.
func bootTime(t *testing.T) time.Time {
	t.Helper()
	read := func() string {
		text, err := os.ReadFile("/proc/uptime")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(text))[0]
	}
	first := read()
	for {
		if text := read(); text != first {
			seconds, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			return time.Now().Add(-time.Duration(seconds * float64(time.Second)))
		}
	}
}

// kindOfJob is one row of the load: so many jobs of a kind.
type kindOfJob struct {
	name    string
	n       int
	every   time.Duration
	seconds string // how long an attempt takes
	fails   int    // so many attempts fail
	retries int
	overlap jobs.Overlap
	cron    string // in place of every, which says the same
	// misfires are the policies that the jobs have in turn; all of them if none is named.
	misfires []jobs.Misfire
}

// mixedLoad is about 60 runs a second, of which some 15 are executed at any moment.
var mixedLoad = []kindOfJob{
	{name: "quick", n: 30, every: time.Second, seconds: "0", overlap: jobs.Allow},
	{name: "brief", n: 24, every: 2 * time.Second, seconds: "0.02", overlap: jobs.Allow},
	{name: "single", n: 12, every: 3 * time.Second, seconds: "0", overlap: jobs.Forbid},
	{name: "slow", n: 9, every: 3 * time.Second, seconds: "2", overlap: jobs.Allow},
	{name: "lone", n: 6, every: 2 * time.Second, seconds: "0.6", overlap: jobs.Forbid},
	// Never done in time: what run-all would let pile up, it could not work off.
	{name: "busy", n: 4, every: time.Second, seconds: "1.5", overlap: jobs.Forbid, misfires: []jobs.Misfire{jobs.RunOnce, jobs.Skip}},
	{name: "next", n: 3, every: time.Second, seconds: "1.5", overlap: jobs.Queue, misfires: []jobs.Misfire{jobs.RunOnce, jobs.Skip}},
	{name: "newest", n: 3, every: 2 * time.Second, seconds: "3", overlap: jobs.Replace, misfires: []jobs.Misfire{jobs.RunOnce, jobs.Skip}},
	{name: "clock", n: 6, every: 2 * time.Second, cron: "*/2 * * * * *", seconds: "0", overlap: jobs.Allow},
	{name: "unsure", n: 6, every: 2 * time.Second, seconds: "0", fails: 1, retries: 4, overlap: jobs.Allow},
	{name: "stubborn", n: 6, every: 4 * time.Second, seconds: "0.5", fails: 1, retries: 4, overlap: jobs.Forbid},
	{name: "hopeless", n: 3, every: 5 * time.Second, seconds: "0", fails: 99, retries: 1, overlap: jobs.Allow},
}

// put puts the jobs, due from begin to end.
func (l *load) put(t *testing.T, kinds []kindOfJob, begin, end time.Time) {
	t.Helper()
	for _, kind := range kinds {
		policies := kind.misfires
		if len(policies) == 0 {
			policies = []jobs.Misfire{jobs.RunAll, jobs.RunOnce, jobs.Skip}
		}
		for i := range kind.n {
			job := jobs.Job{
				ID: fmt.Sprintf("%s-%d", kind.name, i), Runner: "work", Payload: fmt.Sprint(kind.seconds, " ", kind.fails),
				Overlap: kind.overlap, Misfire: policies[i%len(policies)], Retries: kind.retries,
				Backoff: jobs.Backoff{Growth: jobs.Fixed, Delay: 200 * time.Millisecond},
			}
			job.Interval, job.Stop = kind.every, end
			// Spread, so that something is due at any moment.
			job.Start = begin.Add(kind.every * time.Duration(i) / time.Duration(kind.n)).Truncate(time.Millisecond)
			if kind.cron != "" {
				job.Cron, job.Timezone, job.Interval = kind.cron, "UTC", 0
				job.Start = begin.Truncate(kind.every).Add(kind.every)
			}
			if _, err := l.board.Put(t.Context(), job); err != nil {
				t.Fatal(err)
			}
			l.jobs = append(l.jobs, chaos.Job{
				ID: job.ID, First: job.Start, Last: end, Interval: kind.every, Misfire: job.Misfire, Overlap: job.Overlap,
			})
		}
	}
}

// push queues one-off runs until the context ends, and remembers those whose push
// was answered.
func (l *load) push(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		one := board.OneOff{Runner: "work", Payload: "0 0", Retries: 4, Backoff: jobs.Backoff{Growth: jobs.Fixed, Delay: 200 * time.Millisecond}}
		if n%5 == 4 {
			one.Payload = "1 1"
		}
		id, err := l.board.Enqueue(ctx, one)
		if err != nil {
			continue // it may have been queued or not
		}
		l.mu.Lock()
		l.pushed = append(l.pushed, string(id))
		l.mu.Unlock()
	}
}

// testimony is what the programs wrote.
func (l *load) testimony(t *testing.T) []chaos.Fact {
	t.Helper()
	facts, err := chaos.ReadPrograms(readText(l.file), l.zero)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}
