package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

var errGone = errors.New("the runner ended its goroutine")

// turn is after how long a slot lets other goroutines go first before it takes the next
// attempt: the lane has to ack and to renew.
const turn = 100 * time.Microsecond

// called is how many slots at most have been called and not come yet. With one alone, a lane
// with few slots is slower.
const called = 2

// slots executes the attempts of one lane, a bounded number at once, each in one of as many
// goroutines, which are started when they are needed and kept. To wake one costs more than an
// attempt that does nothing. So few are called at a time, and each calls another before it begins: when
// an attempt waits for something, one that was called comes to its turn, and else the first slots take
// what there is one after another.
type slots struct {
	log   *zap.Logger
	n     int
	work  chan *held // has room for all that a lane takes, so that start never blocks
	ended inbox

	mu      sync.Mutex
	started int
	idle    int           // how many wait for a call
	coming  int           // how many were called and have not looked for work since
	calls   chan struct{} // has room for those that are coming
}

func newSlots(n int, log *zap.Logger) *slots {
	return &slots{
		log: log, n: n, work: make(chan *held, (1+most)*n), calls: make(chan struct{}, called),
		ended: inbox{await: 1, ready: make(chan struct{}, 1)},
	}
}

// start executes an attempt, when a slot is free; it comes back through ended. The lane
// sees to it that the channel has room.
func (s *slots) start(h *held) {
	s.work <- h
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rouse()
}

// rouse sees to it that a slot looks for the work that waits, if one is free. The caller has
// the lock.
func (s *slots) rouse() {
	switch {
	case s.coming >= min(called, len(s.work)):
	case s.idle > 0:
		s.idle--
		s.coming++
		s.calls <- struct{}{}
	case s.started < s.n:
		s.started++
		s.coming++
		go s.serve()
	}
}

// close lets the goroutines end when their attempts have.
func (s *slots) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.work)
	close(s.calls)
	s.idle, s.started = 0, s.n // none can be called, now and later: next finds no work that is not closed
}

// serve is a slot, which begins when it is called.
func (s *slots) serve() {
	for open := true; open; _, open = <-s.calls {
		s.executeAll()
	}
}

// executeAll executes what waits for a slot, one after another.
func (s *slots) executeAll() {
	since := time.Now()
	for h := s.next(true); h != nil; h = s.next(false) {
		if over := s.execute(h); over.Sub(since) > turn {
			runtime.Gosched()
			since = time.Now()
		}
	}
}

// next answers what has waited longest for a slot; nil says that the slot is idle now, or that
// work is closed. It is the first since the slot was called, or not.
func (s *slots) next(first bool) *held {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first {
		s.coming--
	}
	select {
	case h := <-s.work: // nil when it is closed
		s.rouse()
		return h
	default:
		s.idle++
		return nil
	}
}

// replace starts another goroutine for one that a runner has ended, when it is needed.
func (s *slots) replace() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started--
	s.rouse()
}

// execute runs one attempt and hands it back. It answers when it was over.
func (s *slots) execute(h *held) (over time.Time) {
	ctx := h.ctx
	h.began = time.Now()
	if h.attempt.Timeout > 0 {
		var done context.CancelFunc
		ctx, done = context.WithTimeoutCause(ctx, h.attempt.Timeout, jobs.ErrTimedOut)
		defer done()
	}
	err, returned := errGone, false
	defer func() {
		h.over = time.Now()
		h.conclude(h.over, err, context.Cause(ctx))
		h.cancel(nil)
		over = h.over // with put it is the lane's
		s.ended.put(h)
		if !returned {
			s.replace()
		}
	}()
	switch {
	case h.attempt.Late(h.began): // this process was stopped meanwhile
		err = jobs.ErrLate
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	default:
		err = s.call(ctx, h)
	}
	returned = true
	return over
}

// call turns a panic of the runner into an error, since one bad run must not end
// the others.
func (s *slots) call(ctx context.Context, h *held) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
			s.log.Error("runner panicked", zap.String("run", string(h.attempt.Run)), zap.String("runner", h.attempt.Runner),
				zap.Any("panic", r), zap.ByteString("stack", debug.Stack()))
		}
	}()
	defer teed(h.attempt, h.tee)()
	return h.runner.Run(ctx, h.attempt)
}

// inbox collects what has ended. Any number of goroutines may put, one empties.
type inbox struct {
	mu    sync.Mutex
	list  []*held
	spare []*held
	await int           // how many make it ready
	ready chan struct{} // holds a token then
}

// wake makes the inbox ready when it holds n.
func (b *inbox) wake(n int) {
	b.mu.Lock()
	b.await = n
	ready := len(b.list) >= n
	b.mu.Unlock()
	if ready {
		b.signal()
	}
}

func (b *inbox) signal() {
	select {
	case b.ready <- struct{}{}:
	default:
	}
}

func (b *inbox) put(h *held) {
	b.mu.Lock()
	b.list = append(b.list, h)
	ready := len(b.list) == b.await
	b.mu.Unlock()
	if ready {
		b.signal()
	}
}

// empty answers what has come since. The answer is good until the next call.
func (b *inbox) empty() []*held {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.spare)
	b.list, b.spare = b.spare[:0], b.list
	return b.spare
}
