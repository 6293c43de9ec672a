package worker

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

// rest is how far a worker is told to rest: lanes look at it each time they wake.
type rest struct {
	mu    sync.Mutex
	since time.Time // zero: it serves
	hurry bool      // what still runs is to be given back
}

// Rest makes the worker take nothing more, without ending Run, and waits until
// nothing runs. When ctx ends before, what still runs is stopped and given back,
// which takes as long as the runners need for it. Resume ends the rest, also while
// Rest waits.
func (w *Worker) Rest(ctx context.Context) {
	if !w.resting.begin() {
		return
	}
	w.cfg.Log.Info("taking no more runs until it is resumed", zap.Int("running", w.Running()))
	w.ropes.nudge()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	over := ctx.Done()
	for w.Running() > 0 && w.Resting() {
		select {
		case <-w.ended:
			return
		case <-over:
			over = nil
			w.resting.hasten()
			w.cfg.Log.Info("giving back what still runs", zap.Int("running", w.Running()))
			w.ropes.nudge()
		case <-look.C:
		}
	}
}

// Resume makes a worker that rests take runs again.
func (w *Worker) Resume() {
	if w.resting.end() {
		w.cfg.Log.Info("taking runs again")
		w.ropes.nudge()
	}
}

// Resting tells whether the worker takes nothing because of Rest.
func (w *Worker) Resting() bool {
	on, _ := w.resting.read()
	return on
}

func (r *rest) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.since.IsZero() {
		return false
	}
	r.since, r.hurry = time.Now(), false
	return true
}

func (r *rest) hasten() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hurry = !r.since.IsZero()
}

func (r *rest) end() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := !r.since.IsZero()
	r.since, r.hurry = time.Time{}, false
	return was
}

func (r *rest) read() (on, hurry bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.since.IsZero(), r.hurry
}

func (l *lane) rests() bool {
	on, _ := l.rest.read()
	return on
}

// returnAll gives back what runs when a resting worker is told to hurry.
func (l *lane) returnAll(now time.Time) {
	if _, hurry := l.rest.read(); !hurry {
		return
	}
	for _, h := range l.held {
		if h.running {
			h.stop(now, jobs.ErrStopping)
		}
	}
}
