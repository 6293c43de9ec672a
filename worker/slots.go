package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

var errGone = errors.New("the runner ended its goroutine")

// slots executes the attempts of one lane, each in one of a bounded number of
// goroutines. They are started when they are needed and kept, which costs a run
// less than a goroutine of its own.
type slots struct {
	log     *zap.Logger
	n       int
	work    chan *held // has room for all that a lane takes, so that start never blocks
	started int
	ended   inbox
}

func newSlots(n int, log *zap.Logger) *slots {
	return &slots{log: log, n: n, work: make(chan *held, (1+most)*n), ended: inbox{await: 1, ready: make(chan struct{}, 1)}}
}

// start executes an attempt, when a slot is free; it comes back through ended. busy is
// how many have not come back, with this one, and the lane sees to it that
// the channel has room.
func (s *slots) start(h *held, busy int) {
	if s.started < min(busy, s.n) {
		s.started++
		go s.serve()
	}
	s.work <- h
}

// close lets the goroutines end when their attempts have.
func (s *slots) close() { close(s.work) }

func (s *slots) serve() {
	for h := range s.work {
		if !s.execute(h) {
			return // another goroutine serves on
		}
	}
}

// execute runs one attempt and hands it back. It answers false if the runner
// ended the goroutine.
func (s *slots) execute(h *held) (alive bool) {
	ctx := h.ctx
	h.began = time.Now()
	if h.attempt.Timeout > 0 {
		var done context.CancelFunc
		ctx, done = context.WithTimeoutCause(ctx, h.attempt.Timeout, jobs.ErrTimedOut)
		defer done()
	}
	err := errGone
	defer func() {
		h.over = time.Now()
		h.conclude(h.over, err, context.Cause(ctx))
		h.cancel(nil)
		s.ended.put(h)
		if !alive {
			go s.serve()
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
	return true
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
