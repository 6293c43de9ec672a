package worker

import (
	"context"
	"fmt"
	"time"

	"github.com/jobs-agent/jobs"
)

const (
	// stock is how long the slots of a lane are to be busy with what it has taken ahead,
	// and how long an ack may wait meanwhile.
	stock = 20 * time.Millisecond
	// short is how long runs last at most of which any are taken ahead.
	short = 20 * time.Millisecond
	// most is how many wait at most, for each slot.
	most = 4
	// long is how long an attempt has been held when its slot is no longer counted on.
	long = 5 * short
	// patience is how long a run waits for a slot before it is given back. By then other
	// workers look for runs without being told.
	patience = 250 * time.Millisecond
)

// errNoSlot gives back, not started, what has waited for a slot too long.
var errNoSlot = fmt.Errorf("no slot was free: %w", jobs.ErrStopping)

// ahead is how many runs a lane takes more than it has slots for. While a queue is
// longer than the slots, runs that last some milliseconds would wait for the call that
// acks the last ones and takes the next, and most such calls would carry one run. So a
// few wait here instead, and calls carry several.
type ahead struct {
	mean time.Duration // of how long runs lasted, the later ones more; 0: not known
	call time.Duration // of how long the last call lasted
	late time.Time     // when those that wait are given back
}

// lasted takes note of how long a run lasted.
func (a *ahead) lasted(d time.Duration) {
	if a.mean == 0 {
		a.mean = max(d, 1)
		return
	}
	a.mean = max(1, a.mean+(d-a.mean)/8)
}

// room is how many may wait for one of so many slots.
func (a *ahead) room(slots int) int {
	if a.mean == 0 || a.mean > short {
		return 0
	}
	return min(most*slots, int(time.Duration(slots)*stock/a.mean))
}

// lively is how many slots may be free again soon. Those that something occupies for
// long begin nothing of what is taken ahead.
func (l *lane) lively(now time.Time) int {
	n := l.slots.n
	for _, h := range l.held {
		if h.running && now.Sub(h.taken) > long {
			n--
		}
	}
	return max(0, n)
}

// stocked tells whether the slots have enough to do to let what has ended wait for
// more. It is asked for when the first has ended.
func (l *lane) stocked(now time.Time) bool {
	return len(l.ended) > 0 && l.waiting() > l.low() && now.Before(l.restock())
}

// restock is when the slots are given more to do at the latest.
func (l *lane) restock() time.Time { return l.ended[0].over.Add(stock) }

// low is how many may wait when more are taken: they keep the slots busy for as long as
// the call takes.
func (l *lane) low() int {
	meanwhile := int64(0)
	if l.ahead.mean > 0 {
		meanwhile = int64(l.slots.n) * int64(l.ahead.call) / int64(l.ahead.mean)
	}
	return max(l.slots.n/4, int(min(meanwhile, int64(l.ask.batch))))
}

// waiting is how many were taken that no slot has or is about to have. A slot takes the next before
// the lane hears what it has done.
func (l *lane) waiting() int { return min(len(l.slots.work), max(0, l.busy-l.slots.n)) }

// giveWaitingBack gives back what waits for a slot, when the lane stops or has misjudged
// how long runs last: another worker may have room.
func (l *lane) giveWaitingBack(now time.Time) {
	if l.waiting() == 0 || now.Before(l.ahead.late) && !l.stop.quieted() && !l.rests() {
		return
	}
	l.ahead.mean = time.Second // so that it takes many short runs to try again
	for {
		select {
		case h := <-l.slots.work:
			h.cancel(errNoSlot)
			cause := context.Cause(h.ctx) // a cancel may have come before
			h.conclude(now, cause, cause)
			l.back(h)
		default:
			l.tellRunning()
			return
		}
	}
}

// nextGiveBack is when giveWaitingBack has something to do, zero for never.
func (l *lane) nextGiveBack() time.Time {
	if l.waiting() == 0 {
		return time.Time{}
	}
	return l.ahead.late
}
