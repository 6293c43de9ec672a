package worker

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

const (
	// crowd is how many attempts must have come at once for a lane to linger.
	crowd = 4
	// linger is how long the first ends of a crowd wait for the others, so that
	// many short runs are acked in few calls.
	linger = time.Millisecond
	// maxEnds and maxEndBytes bound one ack.
	maxEnds     = 500
	maxEndBytes = 1 << 20
)

// asking is what a lane has asked Redis, and when it will ask again. What has
// been asked stays as it is until it is answered, with its operation number.
type asking struct {
	lane    string
	name    func() string // answers a new lane name
	op      int64
	done    int // how many were answered since the lane has this name
	batch   int
	poll    time.Duration
	jitter  func() float64
	align   func(time.Time) time.Time
	expires time.Duration
	turn    int

	acks    *jobs.Acks // nil: none unanswered
	acking  []*held
	ends    []jobs.End // of acks; the next ones use its memory
	take    *jobs.Take // nil: none unanswered
	from    *service   // of take
	since   time.Time  // when take was sent first
	under   bool       // a call is under way
	sent    time.Time  // when the last call was
	answers chan answer

	acked trouble
	takes trouble
	alone int // how many takes ask for one runner type only

	polled *atomic.Int64 // when a lane of the worker found nothing; Unix nanoseconds

	rung   bool // the bell rang after the last take
	full   bool // the last take got all that it wanted
	pollAt time.Time
	crowd  time.Time // until when to linger
}

// answer is what came of one call.
type answer struct {
	done  jobs.Exchanged
	err   error
	acked bool // the call had acks
	took  bool // the call had a take
}

func newAsking(cfg Config, name func() string, lane int, polled *atomic.Int64) asking {
	return asking{
		lane: name(), name: name, polled: polled, batch: cfg.Batch, poll: cfg.Poll, jitter: cfg.Jitter, align: cfg.Align, expires: cfg.Lease, turn: lane,
		acked: trouble{jitter: cfg.Jitter}, takes: trouble{jitter: cfg.Jitter},
		answers: make(chan answer, 1), rung: true,
	}
}

// settle waits for the call under way.
func (a *asking) settle() {
	if a.under {
		<-a.answers
	}
}

// startExchange sends what there is to send, if no call is under way.
func (l *lane) startExchange(ctx context.Context, now time.Time) {
	a := &l.ask
	if a.under {
		return
	}
	if !l.lingers(now) {
		l.composeAcks()
		l.composeTake(now)
	}
	acks, take := a.acks, a.take
	if a.acked.failures > 0 || a.takes.failures > 0 {
		// One at a time, so that a take which Redis refuses holds up no acks.
		if acks != nil && !now.Before(a.acked.until) {
			take = nil
		} else {
			acks = nil
		}
	}
	if take != nil && now.Before(a.takes.until) {
		take = nil
	}
	if acks == nil && take == nil {
		return
	}
	send := jobs.Acks{Lane: a.lane}
	if acks != nil {
		send = *acks
		if l.knowsAll() {
			send.Held, send.Done = len(l.held), a.done
		}
	}
	if take != nil && a.since.IsZero() {
		a.since = now
	}
	a.under, a.sent = true, now
	go func() {
		done, err := l.leases.Exchange(ctx, send, take)
		a.answers <- answer{done: done, err: err, acked: acks != nil, took: take != nil}
	}()
}

// knowsAll tells whether Redis can have nothing in the lane's name that is not in held: no
// take was sent that has not been answered. Nothing else adds to it, and what held has lost
// Redis has lost before, unless it has forgotten calls that it had answered.
func (l *lane) knowsAll() bool { return l.ask.take == nil || l.ask.since.IsZero() }

// lingers tells whether it is worth while to wait for more ends.
func (l *lane) lingers(now time.Time) bool {
	return l.crowded(now) || l.stocked(now) && len(l.ended) < l.ask.batch
}

// crowded tells whether more are about to end at this moment.
func (l *lane) crowded(now time.Time) bool {
	return now.Before(l.ask.crowd) && l.busy > 0 && len(l.ended) < l.ask.batch && l.free() < l.ask.batch && !l.ask.rung
}

// enough is how many ends are worth looking at.
func (l *lane) enough(now time.Time) int {
	n := 1
	if l.crowded(now) {
		n = l.busy
	} else if l.stocked(now) {
		n = l.waiting() - l.low()
	}
	return max(1, min(n, l.ask.batch-len(l.ended)))
}

func (l *lane) composeAcks() {
	a := &l.ask
	if a.acks != nil || len(l.ended) == 0 {
		return
	}
	n, size := 0, 0
	for n < len(l.ended) && n < maxEnds && size < maxEndBytes {
		size += len(l.ended[n].end.Output) + len(l.ended[n].end.Result)
		n++
	}
	a.ends = a.ends[:0]
	for _, h := range l.ended[:n] {
		a.ends = append(a.ends, h.end)
	}
	a.acking = append(a.acking[:0], l.ended[:n]...)
	l.ended = slices.Delete(l.ended, 0, n)
	a.op++
	a.acks = &jobs.Acks{Lane: a.lane, Op: a.op, Ends: a.ends}
}

// composeTake asks for runs when there may be some: the last take left some, the
// bell rang, or the poll is due.
func (l *lane) composeTake(now time.Time) {
	a, from := &l.ask, l.service.Load()
	if a.take != nil || !l.mayTake() {
		return
	}
	want := min(a.batch, l.free())
	if a.full && a.acks != nil { // while nothing ends, nobody knows how long these runs last
		hold := l.slots.n + min(l.ahead.room(l.lively(now)), a.batch)
		want = max(want, min(2*a.batch, maxBatch, hold-l.busy))
	}
	if want == 0 && !a.rung || want > 0 && !a.full && !a.rung && !a.polls(now) {
		return
	}
	if l.lease.over(now) && len(l.held) == 0 && a.acks == nil {
		a.lane, a.done, l.lease.strange = a.name(), 0, nil
	}
	a.turn++
	types := from.turn(a.turn)
	if a.alone > 0 {
		a.alone--
		types = types[:1]
	}
	a.op++
	a.take = &jobs.Take{Lane: a.lane, Op: a.op, Want: want, Lease: a.expires, Runners: types}
	a.from, a.since, a.rung = from, time.Time{}, false
}

// polls tells whether the poll is due. One lane of a worker does it for all.
func (a *asking) polls(now time.Time) bool {
	if now.Before(a.pollAt) {
		return false
	}
	last := time.Unix(0, a.polled.Load())
	if now.Sub(last) < a.poll*9/10 {
		a.pollAt = last.Add(a.poll)
		return false
	}
	return true
}

// mayTake tells whether the lane may ask for runs at all.
func (l *lane) mayTake() bool {
	return !l.stop.quieted() && !l.rests() && len(l.service.Load().types) > 0
}

// answered takes in what came of a call.
func (l *lane) answered(base context.Context, r answer) {
	a, now := &l.ask, time.Now()
	a.under = false
	if r.err != nil {
		l.link.failed(r.err)
		if r.acked {
			a.acked.failed(now)
		}
		if r.took {
			a.takes.failed(now)
			l.narrow(r.err)
		}
		return
	}
	l.link.worked()
	l.ahead.call = now.Sub(a.sent)
	if r.acked {
		a.done++
		l.forget(r.done.Refused)
	}
	if r.took {
		a.done++
		l.lease.taken(a.since, now, r.done.Taken, len(l.held) > 0)
		take, from := a.take, a.from
		a.take = nil
		a.takes.worked()
		a.full = take.Want > 0 && len(r.done.Taken) >= take.Want
		a.pollAt = a.align(now.Add(a.poll - a.poll/10 + time.Duration(a.jitter()*float64(a.poll/5))))
		if take.Want > 0 && len(r.done.Taken) == 0 {
			a.polled.Store(now.UnixNano())
		}
		if len(r.done.Taken) >= crowd {
			a.crowd = now.Add(linger)
		}
		if len(r.done.Taken) > 0 {
			l.ahead.late = now.Add(patience)
		}
		for _, attempt := range r.done.Taken {
			l.accept(base, attempt, from)
		}
	}
}

// narrow makes the takes to come ask for one type at a time when one of their
// queues is no list, so that the other types are served on.
func (l *lane) narrow(err error) {
	a := &l.ask
	if errors.Is(err, jobs.ErrWrongType) && len(a.from.types) > 1 {
		a.alone = 3 * len(a.from.types)
		a.turn++
		a.take.Runners = a.from.turn(a.turn)[:1] // nothing was taken: the operation may ask for less
	}
}

// forget drops the acked attempts. Those refused had been given to somebody else.
func (l *lane) forget(refused []string) {
	for _, h := range l.ask.acking {
		delete(l.held, h.attempt.Token)
		*h = held{}
	}
	l.spare = append(l.spare, l.ask.acking...)
	clear(l.ask.acking)
	clear(l.ask.ends)
	l.ask.acks = nil
	l.ask.acked.worked()
	if len(refused) > 0 {
		l.log.Warn("redis refused acks, the lease had been lost", zap.Strings("tokens", refused))
	}
}

// wantsRing tells whether a ring of the bell is what the lane waits for.
func (l *lane) wantsRing() bool {
	return !l.stop.quieted() && !l.rests() && l.free() > 0 && !l.ask.full && !l.ask.rung && l.ask.takes.failures == 0
}

// nextExchange is when startExchange may have something to do, zero for never.
func (l *lane) nextExchange(now time.Time) time.Time {
	a := &l.ask
	switch {
	case a.under:
		return time.Time{}
	case l.crowded(now):
		return a.crowd
	case l.lingers(now):
		return l.restock()
	case a.acks != nil && (a.take == nil || a.acked.until.Before(a.takes.until)):
		return a.acked.until
	case a.take != nil:
		return a.takes.until
	case l.free() > 0 && l.mayTake():
		return a.pollAt
	}
	return time.Time{}
}
