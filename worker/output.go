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
	taken   time.Time
	live    *live // nil: nobody is told

	mu      sync.Mutex
	over    bool
	printed *printed // nil: nothing
}

// printed is what an attempt has printed so far.
type printed struct {
	kept    *headtail.Buffer
	size    int64
	first   time.Time // when the first byte came
	untold  bool      // live knows that there is something to tell
	remarks remarks
	times   times
	sent    told // live's own
}

// told is what Redis has of an output.
type told struct {
	bytes    int64
	progress string
}

// Write keeps what fits and never fails.
func (o *output) Write(p []byte) (int, error) {
	now := time.Now()
	o.mu.Lock()
	if o.printed == nil {
		o.printed = &printed{kept: headtail.New(o.size, o.size), first: now}
	}
	out := o.printed
	out.times.note(out.size, now.Sub(o.taken))
	out.size += int64(len(p))
	out.remarks.read(p)
	tell := o.live != nil && !out.untold && !o.over
	out.untold = out.untold || tell
	o.mu.Unlock()
	n, err := out.kept.Write(p)
	if tell {
		o.live.add(o)
	}
	return n, err
}

// end fills in what was kept, how much was printed and when, and the result that stands in
// a line of it unless there is one. Nothing is told of it from now on.
func (o *output) end(e *jobs.End) {
	o.mu.Lock()
	o.over = true
	out := o.printed
	if out == nil {
		o.mu.Unlock()
		return
	}
	out.remarks.end()
	e.Times = out.times.String()
	if e.Result == "" {
		e.Result = clip(out.remarks.result, maxResult)
	}
	o.mu.Unlock()
	e.Output, e.OutputBytes = out.kept.String(), out.kept.Total()
}

// again adds the output to a list of those to look at, unless that was done meanwhile.
func (o *output) again(list []*output) []*output {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.printed.untold {
		return list
	}
	o.printed.untold = true
	return append(list, o)
}

// next is what is to be told, at most n bytes of it. It answers false for an attempt
// that has ended, or printed its first byte too shortly ago: most end soon, and their
// ack tells all.
func (o *output) next(now time.Time, n int) (piece jobs.Piece, ripe, over bool) {
	o.mu.Lock()
	out := o.printed
	progress := out.remarks.progress
	over, ripe = o.over, now.Sub(out.first) >= ripeAfter
	out.untold = out.untold && !ripe // what is written from here on counts anew
	o.mu.Unlock()
	if over || !ripe {
		return piece, false, over
	}
	text, at := out.kept.From(out.sent.bytes, n)
	piece = jobs.Piece{Run: o.attempt.Run, Token: o.attempt.Token, Offset: at, Text: string(text)}
	if progress != out.sent.progress {
		piece.Progress = progress
	}
	return piece, true, false
}
