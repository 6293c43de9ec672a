package worker

import (
	"sync"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/internal/headtail"
)

// output keeps what an attempt prints, and lets it be told while the attempt is under
// way. Most in-process runs print nothing, so it takes memory at the first byte only.
type output struct {
	size    int
	attempt *jobs.Attempt
	live    *live // nil: nobody is told

	mu      sync.Mutex
	kept    *headtail.Buffer
	first   time.Time // when the first byte came
	untold  bool      // live knows that there is something to tell
	over    bool
	remarks remarks

	sent told // live's own
}

// told is what Redis has of an output.
type told struct {
	bytes    int64
	progress string
}

// Write keeps what fits and never fails.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	if o.kept == nil {
		o.kept = headtail.New(o.size, o.size)
		if o.live != nil {
			o.first = time.Now()
		}
	}
	kept := o.kept
	o.remarks.read(p)
	tell := o.live != nil && !o.untold && !o.over
	o.untold = o.untold || tell
	o.mu.Unlock()
	n, err := kept.Write(p)
	if tell {
		o.live.add(o)
	}
	return n, err
}

// end answers what was kept and how much was printed. Nothing is told of it from now on.
func (o *output) end() (string, int64) {
	o.mu.Lock()
	o.over = true
	o.remarks.end()
	kept := o.kept
	o.mu.Unlock()
	if kept == nil {
		return "", 0
	}
	return kept.String(), kept.Total()
}

// result is what the program has said in a line for it.
func (o *output) result() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.remarks.result
}

// again adds the output to a list of those to look at, unless that was done meanwhile.
func (o *output) again(list []*output) []*output {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.untold {
		return list
	}
	o.untold = true
	return append(list, o)
}

// next is what is to be told, at most n bytes of it. It answers false for an attempt
// that has ended, or printed its first byte too shortly ago: most end soon, and their
// ack tells all.
func (o *output) next(now time.Time, n int) (piece jobs.Piece, ripe, over bool) {
	o.mu.Lock()
	kept, progress := o.kept, o.remarks.progress
	over, ripe = o.over, now.Sub(o.first) >= ripeAfter
	o.untold = o.untold && !ripe // what is written from here on counts anew
	o.mu.Unlock()
	if over || !ripe {
		return piece, false, over
	}
	text, at := kept.From(o.sent.bytes, n)
	piece = jobs.Piece{Run: o.attempt.Run, Token: o.attempt.Token, Offset: at, Text: string(text)}
	if progress != o.sent.progress {
		piece.Progress = progress
	}
	return piece, true, false
}
