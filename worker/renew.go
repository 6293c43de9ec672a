package worker

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

// marksPage is how many cancel marks a renew brings at most.
const marksPage = 1000

// idleLook is how often a lane that holds nothing renews while takes move its lease: to hear what
// is held in its name all the same, see strangers.
const idleLook = 3 * time.Second

// maxStrange is how many tokens a renew gives back at most.
const maxStrange = 200

// lease is a lane's lease as it looks from here, which is never later than Redis
// sees its end: it is counted from before the call that moved it.
type lease struct {
	length  time.Duration
	end     time.Time // zero: no lease yet
	due     time.Time // when to renew
	under   bool      // a renew is under way
	replies chan renewal
	trouble trouble

	strange []string  // tokens of which the last renew told, and nobody here knew
	told    time.Time // when it did
	moves   bool      // a take has moved the lease since the last renew
	look    time.Time // when a lane that holds nothing renews at the earliest

	clock redisClock
	since time.Time // cancel marks before this one, of Redis' clock, were seen
}

// renewal is what came of one renew.
type renewal struct {
	done  jobs.Renewed
	err   error
	lane  string
	sent  time.Time
	since time.Time // what the next renew may ask from if this one worked
}

func newLease(cfg Config) lease {
	return lease{length: cfg.Lease, replies: make(chan renewal, 1), trouble: trouble{jitter: cfg.Jitter}}
}

// settle waits for the renew under way.
func (e *lease) settle() {
	if e.under {
		<-e.replies
	}
}

// moved takes note that the lease was renewed by a call sent then.
func (e *lease) moved(sent time.Time) {
	if end := sent.Add(e.length); end.After(e.end) {
		e.end = end
	}
}

// taken takes note of an answered take. It counts from when the take was sent first:
// sent again to a lane that was reaped it moves nothing. The time of the next renew
// moves only while nothing is held, since takes bring no cancel marks.
func (e *lease) taken(sent, now time.Time, attempts []*jobs.Attempt, holds bool) {
	e.moved(sent)
	e.moves = true
	if due := sent.Add(e.period()); !holds || due.Before(e.due) {
		e.due = due
	}
	if len(attempts) > 0 {
		e.clock.set(attempts[0].Start, now)
	}
}

func (e *lease) period() time.Duration { return e.length * 3 / 10 }

// over tells whether the lease has ended, as far as is known.
func (e *lease) over(now time.Time) bool { return !e.end.IsZero() && now.After(e.end) }

// cutAt is when attempts that must not outlive the lease are told to end. They
// get a quarter of the lease to do so, however long their grace.
func (e *lease) cutAt() time.Time { return e.end.Add(-e.length * 3 / 10) }

// redisClock tells Redis' time from the last that was heard of it. It may be
// behind by as long as that answer took, never ahead.
type redisClock struct{ theirs, ours time.Time }

func (c *redisClock) set(theirs, ours time.Time) { c.theirs, c.ours = theirs, ours }

func (c *redisClock) at(t time.Time) time.Time {
	if c.theirs.IsZero() {
		return time.Time{}
	}
	return c.theirs.Add(t.Sub(c.ours))
}

// startRenew renews the lease of a lane that holds something, each 0.3 of it and
// however often takes have moved it: cancel marks come with a renew. One that holds nothing renews seldom.
func (l *lane) startRenew(ctx context.Context, now time.Time) {
	e := &l.lease
	if e.under || len(l.held) > 0 && now.Before(l.nextRenew()) || len(l.held) == 0 && !l.looks(now) {
		return
	}
	l.warnOverdue(now)
	e.under, e.moves, e.look = true, false, now.Add(idleLook)
	since := e.since
	if len(l.held) == 0 {
		since = now.Add(24 * time.Hour) // nothing can be cancelled
	} else if since.IsZero() {
		since = l.oldest()
	}
	// What a take under way brings may have been cancelled since it was sent.
	seen := now
	if l.ask.take != nil && !l.ask.since.IsZero() {
		seen = l.ask.since
	}
	next := e.clock.at(seen.Add(-time.Second))
	ask := jobs.Renew{Lane: l.ask.lane, Lease: e.length, Holds: len(l.held), Since: since, Strange: l.strangers()}
	go func() {
		done, err := l.leases.Jrenew(ctx, ask)
		e.replies <- renewal{done: done, err: err, lane: ask.Lane, sent: now, since: next}
	}()
}

// looks tells whether a lane that holds nothing renews. If no take moved its lease that would keep a
// lease alive which nobody needs.
func (l *lane) looks(now time.Time) bool {
	e := &l.lease
	return e.moves && !e.over(now) && !now.Before(e.look) && !now.Before(e.trouble.until)
}

// strangers are tokens that Redis holds in the lane's name although nobody here knows them: it
// has forgotten in a failover that they were acked, and without the lane nobody would ever end
// them. Whatever was acked since is not there any more; only what a take under way may have
// brought is spared.
func (l *lane) strangers() []string {
	e, a := &l.lease, &l.ask
	if a.take != nil && !a.since.IsZero() && !a.since.After(e.told) {
		return nil
	}
	strange := slices.DeleteFunc(slices.Clone(e.strange), func(token string) bool { return l.held[token] != nil })
	if len(strange) > 0 {
		l.log.Warn("redis holds attempts that are not under way here, they are given back", zap.Strings("tokens", strange))
	}
	return strange[:min(len(strange), maxStrange)]
}

// oldest is the earliest start of what is held, of Redis' clock.
func (l *lane) oldest() time.Time {
	var at time.Time
	for _, h := range l.held {
		if start := h.attempt.Start; at.IsZero() || start.Before(at) {
			at = start
		}
	}
	return at
}

// renewed takes in what came of a renew.
func (l *lane) renewed(r renewal) {
	e, now := &l.lease, time.Now()
	e.under = false
	switch {
	case r.lane != l.ask.lane:
		return // all that lane held has been acked
	case errors.Is(r.err, jobs.ErrStale):
		l.link.worked()
		e.trouble.worked()
		e.due = now.Add(e.period())
		e.end = r.sent // over: the next take uses another name
		l.keepOnly(nil, r.sent, now)
	case r.err != nil:
		l.link.failed(r.err)
		e.trouble.failed(now)
	default:
		l.link.worked()
		e.trouble.worked()
		e.moved(r.sent)
		e.due, e.since = r.sent.Add(e.period()), r.since
		l.cancel(r.done.Cancelled, now)
		if r.done.Differs {
			l.keepOnly(r.done.Tokens, r.sent, now)
		}
		e.strange, e.told = slices.DeleteFunc(r.done.Tokens, func(token string) bool { return l.held[token] != nil }), now
	}
}

// keepOnly stops what Redis no longer has in the lane's name. Only what had been
// taken when the renew was sent is judged, and of that only what still runs: the
// ends of the rest are on their way, and Redis refuses those that are stale.
// Tokens that are unknown here are mostly those of a take that waits for its answer, see strangers.
func (l *lane) keepOnly(tokens []string, sent, now time.Time) {
	keep := make(map[string]bool, len(tokens))
	for _, token := range tokens {
		keep[token] = true
	}
	for token, h := range l.held {
		if h.running && !keep[token] && h.taken.Before(sent) {
			l.lose(h, now)
		}
	}
}

// cancel stops the attempts whose run, or whose job after they were queued, was
// cancelled.
func (l *lane) cancel(marks map[string]time.Time, now time.Time) {
	if len(marks) == 0 {
		return
	}
	var newest time.Time
	for _, at := range marks {
		if at.After(newest) {
			newest = at
		}
	}
	for _, h := range l.held {
		a := h.attempt
		_, run := marks[string(a.Run)]
		at, job := marks[a.Job]
		if h.running && (run || job && !a.Queued.After(at)) {
			h.stop(now, jobs.ErrCancelled)
		}
	}
	if len(marks) >= marksPage { // there are more
		l.lease.since, l.lease.due = newest, now
	}
}

// cutOff stops in time what must not outlive the lease.
func (l *lane) cutOff(now time.Time) {
	if l.tied == 0 || now.Before(l.lease.cutAt()) {
		return
	}
	for _, h := range l.held {
		if h.running && h.attempt.CutOff && h.stopped.IsZero() {
			h.stop(now, errCutOff)
			l.log.Warn("redis is out of reach, stopping the attempt", zap.String("run", string(h.attempt.Run)))
		}
	}
}

// warnOverdue tells of attempts that should have ended. A function that does not
// look at its context cannot be stopped; its run stays held until it returns.
func (l *lane) warnOverdue(now time.Time) {
	for _, h := range l.held {
		if h.running && !h.warned && h.overdue(now) {
			h.warned = true
			l.log.Warn("the attempt does not end although it was told to",
				zap.String("run", string(h.attempt.Run)), zap.String("runner", h.attempt.Runner))
		}
	}
}

// nextRenew is when the lease is to be renewed, zero if it is not.
func (l *lane) nextRenew() time.Time {
	e := &l.lease
	if e.under || len(l.held) == 0 {
		return time.Time{}
	}
	if e.trouble.until.After(e.due) {
		return e.trouble.until
	}
	return e.due
}

// nextCutOff is when cutOff may have something to do, zero for never.
func (l *lane) nextCutOff(now time.Time) time.Time {
	if at := l.lease.cutAt(); l.tied > 0 && now.Before(at) {
		return at
	}
	return time.Time{}
}
