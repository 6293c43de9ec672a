package calendar

import (
	"time"

	"github.com/jobs-agent/jobs"
)

// Rule is a planned schedule that was found to be right, ready to be asked for its
// times. It does not change, and may be used by many at once.
type Rule struct {
	zone        zone
	crons       []*cron
	grids       []grid
	reboot      bool
	gap         jobs.Gap
	fold        jobs.Fold
	except      *exceptions // nil: none
	offset      int64       // what jitter adds
	start, stop int64
}

// grid is start + k*step, k >= 0.
type grid struct{ start, step int64 }

func (g grid) after(t int64) int64 {
	if t < g.start {
		return g.start
	}
	return g.start + ((t-g.start)/g.step+1)*g.step
}

// The instants that rules know: from year 1 to where times on a board end.
const (
	earliest = -62135596800
	latest   = 250_000_000_000
)

// Reboot tells whether the job runs, perhaps besides other times, at the start of a
// host.
func (r *Rule) Reboot() bool { return r.reboot }

// Zone is where the times of the schedule are meant.
func (r *Rule) Zone() *time.Location { return r.zone.Location }

// Next is the first nominal time after t, and false when there is none any more.
func (r *Rule) Next(t time.Time) (time.Time, bool) {
	next, ok := r.next(t.Unix())
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(next, 0).In(r.zone.Location), true
}

// Nth is the n-th nominal time from a time on, which counts, and false when the
// schedule ends before. It is what `repeat N` becomes as a stop.
func (r *Rule) Nth(from time.Time, n int) (time.Time, bool) {
	at, ok := from.Add(-1), n > 0
	for ; ok && n > 0; n-- {
		at, ok = r.Next(at)
	}
	return at, ok
}

func (r *Rule) next(t int64) (int64, bool) {
	t = max(t, r.start-1, earliest) - r.offset
	end := min(r.stop, latest)
	if r.except != nil {
		end = min(end, max(t, r.except.until*day)+cycle*366*day) // what never came until then never comes
	}
	for {
		next, ok := r.base(t)
		if !ok || next+r.offset > end {
			return 0, false
		}
		if r.except == nil {
			return next + r.offset, true
		}
		today := floor(next+r.zone.at(next).ahead, day)
		if !r.except.has(today) {
			return next + r.offset, true
		}
		free, ok := r.except.free(today)
		if !ok {
			return 0, false
		}
		midnight, _, _ := r.zone.shows(free * day)
		t = max(next, midnight-1)
	}
}

// base is the next time before days are taken out and jitter is added.
func (r *Rule) base(t int64) (next int64, found bool) {
	take := func(at int64, ok bool) {
		if ok && (!found || at < next) {
			next, found = at, true
		}
	}
	for _, g := range r.grids {
		take(g.after(t), true)
	}
	for _, c := range r.crons {
		if c.hourly() {
			take(r.elapsed(c, t))
			continue
		}
		if r.fold != jobs.Second {
			take(r.fixed(c, t, false))
		}
		if r.fold == jobs.Second || r.fold == jobs.Both {
			take(r.fixed(c, t, true))
		}
	}
	return next, found
}

// elapsed is the first instant after t at which clocks show what matches.
func (r *Rule) elapsed(c *cron, t int64) (int64, bool) {
	for {
		p := r.zone.at(t + 1)
		wall, ok := c.next(t + p.ahead)
		if !ok || wall-p.ahead > latest {
			return 0, false
		}
		if wall-p.ahead < p.to {
			return wall - p.ahead, true
		}
		t = p.to - 1
	}
}

// fixed is the first instant after t at which a time of day that matches has come:
// once for each, the first or the last time that clocks show it, or when the gap
// ends that leaves it out. Both are in the order of the times of day, but for the
// fold itself, so that is where the search has to begin elsewhere.
func (r *Rule) fixed(c *cron, t int64, last bool) (int64, bool) {
	p := r.zone.at(t)
	wall := t + p.ahead
	if !last && t < p.from+2*widest {
		if before := r.zone.at(p.from - 1); before.ahead > p.ahead && wall < p.from+before.ahead {
			wall = p.from + before.ahead - 1 // the rest of the fold has come before
		}
	}
	if last && t >= p.to-2*widest {
		if after := r.zone.at(p.to); after.ahead < p.ahead && wall >= p.to+after.ahead {
			wall = p.to + after.ahead - 1 // all of the fold is still to come
		}
	}
	for {
		var ok bool
		if wall, ok = c.next(wall); !ok || wall > latest+widest {
			return 0, false
		}
		if at := wall - p.ahead; at > t && at >= p.from+2*widest && at < p.to-2*widest {
			return at, true // far from where clocks change
		}
		from, to, shown := r.zone.shows(wall)
		if !shown && r.gap == jobs.SkipTime {
			wall = from + r.zone.at(from).ahead - 1
			continue
		}
		if last {
			from = to
		}
		if from > t {
			return from, true
		}
	}
}

func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
