package logsink

import (
	"sync"
	"time"

	"go.uber.org/zap"
)

const (
	// tellAfter is how long a trouble must last that goes away by itself: of what is
	// over before, people need not know.
	tellAfter = 2 * time.Second
	// remindEvery is how often a trouble that lasts is told of again.
	remindEvery = 10 * time.Minute
	// settle is how long all must have been well until a trouble is over.
	settle = 5 * time.Second
)

// trouble is what an error means for people.
type trouble struct {
	kind string // each is told of once
	what string
	fix  string
	slow bool // nothing but a person can help: told of at once, tried again seldom
}

// troubles tells people what a sink fails at: each kind once, a reminder seldom, and a
// line when all is over.
type troubles struct {
	log *zap.Logger

	mu     sync.Mutex
	since  time.Time // zero: all is well
	last   time.Time // that something was not
	remind time.Time
	told   map[string]bool
	lines  int // dropped since
}

func (t *troubles) failed(what trouble, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := t.begin(); what.slow || now.Sub(t.since) >= tellAfter {
		t.tell(now, what.kind, "log sink: "+what.what+"; runs go on, and so do the attempts to deliver", zap.Error(err), zap.String("fix", what.fix))
	}
}

// dropping says what the reasons of a drop mean and what can be done.
var dropping = map[string]trouble{
	dropFull:    {what: "its buffer is full, so lines are dropped; runs go on", fix: "see why it does not deliver; more of ?buffer= or ?wait= carries over longer troubles"},
	dropRefused: {what: "it refuses lines, which are dropped", fix: "see whether the clock is right and the retention of the destination is not shorter than its troubles"},
	dropClosed:  {what: "lines came after its end and are dropped"},
}

// lost takes note of lines that were dropped.
func (t *troubles) lost(reason string, lines int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.begin()
	t.lines += lines
	t.tell(now, "drop: "+reason, "log sink: "+dropping[reason].what, zap.Int("dropped", t.lines), zap.String("fix", dropping[reason].fix))
}

func (t *troubles) begin() time.Time {
	now := time.Now()
	if t.since.IsZero() {
		t.since, t.told, t.lines = now, map[string]bool{}, 0
	}
	t.last = now
	return now
}

func (t *troubles) tell(now time.Time, kind, text string, fields ...zap.Field) {
	switch {
	case !t.told[kind]:
		t.told[kind] = true
	case now.Before(t.remind):
		return
	default:
		text = "still: " + text
	}
	t.remind = now.Add(remindEvery)
	t.log.Warn(text, append(fields, zap.Duration("since", now.Sub(t.since).Round(time.Millisecond)))...)
}

// fine takes note that lines were delivered, or that none came.
func (t *troubles) fine() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.since.IsZero() || now.Sub(t.last) < settle {
		return
	}
	if len(t.told) > 0 {
		t.log.Info("log sink: all is delivered again", zap.Int("dropped", t.lines), zap.Duration("after", now.Sub(t.since).Round(time.Millisecond)))
	}
	t.since = time.Time{}
}

// lasts tells whether the end of a trouble is still to be told.
func (t *troubles) lasts() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.since.IsZero()
}
