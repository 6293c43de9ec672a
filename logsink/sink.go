package logsink

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"
)

// destination is where a sink's lines end up. Only the sink's pump calls it.
type destination interface {
	// deliver hands lines over, in order. It answers those that it could not hand
	// over and why, and how many lines will never be taken there.
	deliver(ctx context.Context, lines []line) (left []line, refused int, err error)
	// explain says what an error of deliver means.
	explain(err error) trouble
	close() error
}

// pace says how long lines are gathered before they are delivered.
type pace struct {
	linger time.Duration // after the first line
	bytes  int           // at most so many
	chunk  int           // lines handed over at once
}

// Why lines were dropped.
const (
	dropFull    = "full"    // the buffer was, for longer than a run may be held up
	dropRefused = "refused" // the destination takes no such line
	dropClosed  = "closed"  // the agent ended before they could be delivered
)

// sink keeps lines until they are delivered.
type sink struct {
	spec     Spec
	to       destination
	pace     pace
	troubles troubles

	mu       sync.Mutex
	queue    []line
	spare    []line    // memory of the queue before
	queued   int       // bytes in queue
	first    time.Time // when the first line came into the queue
	cost     int       // bytes of all lines that are not done with
	lines    int       // those lines without the notes
	written  int64
	dropped  map[string]int64
	closed   bool
	freed    int64         // how often there was room again
	stuck    bool          // somebody has waited in vain since: nobody waits
	space    chan struct{} // closed when there is room again; nil: nobody waits
	more     chan struct{} // holds a token when the pump should look
	closing  chan struct{}
	ended    chan struct{} // closed when the pump has ended
	deadline context.CancelFunc
}

// noteReserve is how far notes of missing lines may exceed a buffer.
const noteReserve = 64 << 10

func newSink(spec Spec, to destination, p pace, log *zap.Logger) *sink {
	ctx, cancel := context.WithCancel(context.Background())
	s := &sink{
		spec: spec, to: to, pace: p, dropped: map[string]int64{},
		more: make(chan struct{}, 1), closing: make(chan struct{}), ended: make(chan struct{}), deadline: cancel,
	}
	s.troubles = troubles{log: log.With(zap.String("sink", spec.name))}
	go s.pump(ctx)
	return s
}

// put queues a line, behind a note when lines are missing before it. A sink without
// room holds the caller up for at most patience, unless others waited in vain. It answers whether the line was taken,
// and what is left of the patience.
func (s *sink) put(l line, missing int, patience time.Duration) (bool, time.Duration) {
	s.mu.Lock()
	if s.take(l, missing) {
		s.mu.Unlock()
		return true, patience
	}
	begin := time.Now()
	for patience > 0 && !s.closed && !s.stuck {
		if s.space == nil {
			s.space = make(chan struct{})
		}
		space, freed := s.space, s.freed
		s.mu.Unlock()
		timer := time.NewTimer(patience)
		select {
		case <-space:
			timer.Stop()
		case <-timer.C:
		}
		now := time.Now()
		patience -= now.Sub(begin)
		begin = now
		s.mu.Lock()
		if s.take(l, missing) {
			s.mu.Unlock()
			return true, patience
		}
		s.stuck = patience <= 0 && s.freed == freed
	}
	reason := dropFull
	if s.closed {
		reason = dropClosed
	}
	s.written++
	s.dropped[reason]++
	s.mu.Unlock()
	s.troubles.lost(reason, 1)
	return false, max(patience, 0)
}

// take queues a line and its note, if there is room for both. The caller holds the lock.
func (s *sink) take(l line, missing int) bool {
	if missing == 0 {
		return s.enqueue(l, s.spec.buffer)
	}
	note := noteOf(l, missing)
	return s.enqueue(note, s.spec.buffer-l.cost()) && s.enqueue(l, s.spec.buffer)
}

// note tells of missing lines when no line comes any more, and so has some room of its
// own.
func (s *sink) note(l line, missing int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enqueue(noteOf(l, missing), s.spec.buffer+noteReserve)
}

// noteOf says in the stream of a line what is missing before it.
func noteOf(l line, missing int) line {
	l.text, l.note = fmt.Sprintf("jobs-agent: %d lines dropped here, the log sink was full", missing), true
	return l
}

// enqueue takes a line if there is room. The caller holds the lock.
func (s *sink) enqueue(l line, limit int) bool {
	cost := l.cost()
	if s.closed || s.cost+cost > limit {
		return false
	}
	if len(s.queue) == 0 {
		s.first = time.Now()
	}
	s.queue = append(s.queue, l)
	was := s.queued
	s.queued += cost
	s.cost += cost
	if !l.note {
		s.written++
		s.lines++
	}
	if len(s.queue) == 1 || was < s.pace.bytes && s.queued >= s.pace.bytes {
		s.wake()
	}
	return true
}

func (s *sink) wake() {
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// close delivers what waits until ctx ends; then the rest is dropped.
func (s *sink) close(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.closing)
	s.release()
	s.mu.Unlock()
	s.wake()
	var err error
	select {
	case <-s.ended:
		err = s.to.close()
	case <-ctx.Done(): // what hangs in a write is left to the end of the process
	}
	s.deadline()
	s.mu.Lock()
	rest := s.lines
	s.lines = 0
	s.dropped[dropClosed] += int64(rest)
	s.mu.Unlock()
	if rest > 0 {
		return fmt.Errorf("log sink %s: %d lines were not delivered in time and are dropped; the reason stands in the log", s.spec.name, rest)
	}
	if err != nil {
		return fmt.Errorf("close log sink %s: %w", s.spec.name, err)
	}
	return nil
}

// release lets those look again who wait for room. The caller holds the lock.
func (s *sink) release() {
	s.freed++
	s.stuck = false
	if s.space != nil {
		close(s.space)
		s.space = nil
	}
}

// Stats are the figures of one sink.
type Stats struct {
	Sink      string
	Written   int64            // lines given to it
	Delivered int64            // lines that its destination has
	Dropped   map[string]int64 // lines that it will never have, by reason
	Waiting   int64            // lines neither delivered nor dropped yet
	Buffered  int64            // bytes that they and their notes take
}

func (s *sink) stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Stats{Sink: s.spec.name, Written: s.written, Dropped: map[string]int64{}, Waiting: int64(s.lines), Buffered: int64(s.cost)}
	st.Delivered = st.Written - st.Waiting
	for _, reason := range []string{dropFull, dropRefused, dropClosed} {
		st.Dropped[reason] = s.dropped[reason]
		st.Delivered -= s.dropped[reason]
	}
	return st
}
