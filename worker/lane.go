package worker

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

// lane is one loop that takes, has executed, acks and renews under one lease. All
// of it belongs to the goroutine of run.
type lane struct {
	leases  Leases
	log     *zap.Logger
	link    *link
	service *atomic.Pointer[service]
	running *atomic.Int64 // of the whole worker
	rest    *rest         // likewise
	agent   string
	output  int
	live    *live // nil: output is told when attempts end

	held  map[string]*held // by token: what Redis has in this lane's name, as far as is known
	spare []*held          // acked, to be used again: a run leaves little else to the garbage collector
	ended []*held          // those that are to be acked
	busy  int              // attempts that slots have or will have, lost ones too
	tied  int              // those of them that must not outlive the lease
	told  int              // how many slots in use the worker was told of
	slots *slots
	ahead ahead
	tee   func(*jobs.Attempt) io.WriteCloser // see Config

	ask   asking
	lease lease
	ear   ear
	stop  stopping
}

func newLane(w *Worker, i int, name func() string) *lane {
	room := w.cfg.Concurrency / w.cfg.Lanes
	if i < w.cfg.Concurrency%w.cfg.Lanes {
		room++
	}
	return &lane{
		leases: w.leases, log: w.cfg.Log, link: w.link, service: &w.service, running: &w.running, rest: &w.resting,
		agent: w.cfg.Name, output: w.cfg.Output, live: w.live,
		held: make(map[string]*held), slots: newSlots(room, w.cfg.Log),
		ask:   newAsking(w.cfg, name, i, &w.polled),
		lease: newLease(w.cfg),
		ear:   ear{ropes: w.ropes, lane: i},
		tee:   w.cfg.Tee,
		stop:  stopping{quiet: w.quiet, giveBack: w.giveBack},
	}
}

// run serves until the lane is told to stop and holds nothing more, or cannot
// rid itself of what it holds.
func (l *lane) run(base context.Context) error {
	defer l.slots.close()
	calls, cancel := context.WithCancel(base)
	defer func() { // calls that no longer matter must not outlive Run
		cancel()
		l.ask.settle()
		l.lease.settle()
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	select { // a lane that is told to stop before it begins takes nothing
	case <-l.stop.quiet:
		l.stop.begin(time.Now())
	default:
	}
	for {
		now := time.Now()
		l.collect()
		l.cutOff(now)
		l.returnAll(now)
		l.giveWaitingBack(now)
		l.startRenew(calls, now)
		l.startExchange(calls, now)
		l.ear.listen(l.wantsRing())
		if l.finished(now) {
			return l.leave(calls)
		}
		l.slots.ended.wake(l.enough(now))
		timer.Reset(l.wake(now).Sub(now))
		select {
		case <-l.slots.ended.ready:
		case a := <-l.ask.answers:
			l.answered(base, a)
		case r := <-l.lease.replies:
			l.renewed(r)
		case <-l.ear.rung():
			l.ask.rung = true
			l.ear.heard()
		case <-timer.C:
		case <-l.stop.quiet:
			l.stop.begin(time.Now())
		case <-l.stop.giveBack:
			l.giveBack(time.Now())
		}
	}
}

// accept gives an attempt that was taken to a slot, unless there is a reason not
// to start it.
func (l *lane) accept(base context.Context, a *jobs.Attempt, from *service) {
	now := time.Now()
	h := l.fresh()
	*h = held{attempt: a, runner: from.runners[a.Runner], taken: now, output: &output{size: l.output, attempt: a, taken: now, live: l.live}}
	a.Agent, a.Output = l.agent, h.output
	l.held[a.Token] = h
	a.BeginBy = l.beginBy(a)
	switch {
	case l.stop.quieted() || l.rests():
		h.conclude(now, jobs.ErrStopping, jobs.ErrStopping)
	case a.Refuse != "":
		h.conclude(now, fmt.Errorf("cannot be executed: %s", a.Refuse), nil)
	case h.runner == nil:
		h.conclude(now, fmt.Errorf("no runner of type %q here", a.Runner), nil)
	case a.Late(now): // the take was answered too late
		h.conclude(now, jobs.ErrLate, nil)
	default:
		h.ctx, h.cancel = context.WithCancelCause(base)
		h.running, h.tee = true, l.tee
		l.busy++
		if a.CutOff {
			l.tied++
		}
		l.tellRunning()
		l.slots.start(h)
		return
	}
	l.ended = append(l.ended, h)
}

// beginBy is the BeginBy of an attempt that the last call has brought. An agent that was
// stopped looks at its clock before it hears that its lease is over.
func (l *lane) beginBy(a *jobs.Attempt) time.Time {
	if a.CutOff {
		return l.lease.cutAt()
	}
	// The call has moved the lease. To a lane that had lost it, it would have brought nothing.
	return l.ask.sent.Add(l.lease.length)
}

// fresh answers a held to be filled in. What a runner can keep, its attempt and the output,
// is not part of it.
func (l *lane) fresh() *held {
	if n := len(l.spare); n > 0 {
		h := l.spare[n-1]
		l.spare = l.spare[:n-1]
		return h
	}
	return new(held)
}

// collect takes back what the slots are done with.
func (l *lane) collect() {
	list := l.slots.ended.empty()
	if len(list) == 0 {
		return
	}
	for _, h := range list {
		l.ahead.lasted(h.over.Sub(h.began))
		l.back(h)
	}
	l.tellRunning()
}

// tellRunning tells the worker how many slots of the lane are in use.
func (l *lane) tellRunning() {
	running := min(l.busy, l.slots.n)
	l.running.Add(int64(running - l.told))
	l.told = running
}

// back takes an attempt back that was given to the slots.
func (l *lane) back(h *held) {
	h.running = false
	if h.attempt.CutOff {
		l.tied--
	}
	if !h.lost {
		l.ended = append(l.ended, h)
	}
	l.busy--
}

// lose stops an attempt that is somebody else's by now.
func (l *lane) lose(h *held, now time.Time) {
	h.lost = true
	delete(l.held, h.attempt.Token)
	h.stop(now, jobs.ErrLost)
	l.log.Warn("lease lost, stopping the attempt", zap.String("run", string(h.attempt.Run)), zap.String("token", h.attempt.Token))
}

// free is how many slots have nothing to do.
func (l *lane) free() int { return max(0, l.slots.n-l.busy) }

// wake is when the lane must look again although nothing has happened.
func (l *lane) wake(now time.Time) time.Time {
	at := now.Add(time.Hour)
	for _, other := range []time.Time{l.nextExchange(now), l.nextRenew(), l.nextCutOff(now), l.nextGiveBack(), l.stop.leaveAt} {
		if !other.IsZero() && other.Before(at) {
			at = other
		}
	}
	return at
}

// ear is a lane's end of the bell's rope. A ring ends the listening.
type ear struct {
	ropes   *ropes
	lane    int
	listens bool
}

func (e *ear) rung() <-chan struct{} { return e.ropes.rung(e.lane) }

func (e *ear) heard() { e.listens = false }

func (e *ear) listen(on bool) {
	if on != e.listens {
		e.listens = on
		e.ropes.listen(e.lane, on)
	}
}
