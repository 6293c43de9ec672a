package simulation

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// fault is one disturbance, as the judge knows it.
type fault struct {
	kind   string
	target string    // life of an agent; empty: the store, for all
	from   time.Time // when it began
	to     time.Time // when it was over; zero: not yet
	led    time.Time // since when the target held the lock meanwhile; zero: it did not
}

func (f *fault) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s - %s %s %s", clock(f.from), clock(f.to), f.kind, f.target))
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "..."
	}
	return fmt.Sprintf("%02d:%s", int(t.Sub(origin).Hours()), t.Format("04:05.000000"))
}

// begins takes note of a fault. Its end is noted by whoever began it, by ends.
func (j *judge) begins(kind, target string) *fault {
	j.mu.Lock()
	defer j.mu.Unlock()
	f := &fault{kind: kind, target: target, from: time.Now()}
	if target != "" && j.holder == target {
		f.led = f.from
	}
	j.faults = append(j.faults, f)
	return f
}

func (j *judge) ends(f *fault) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f.to = time.Now()
}

// leads takes note of who holds the lock.
func (j *judge) leads(life string, at time.Time) {
	j.holder = life
	for _, f := range j.faults {
		if life != "" && f.target == life && f.to.IsZero() && f.led.IsZero() {
			f.led = at
		}
	}
}

// late is the time in which a fault may keep runs from being queued: until somebody
// else leads when it concerns the leader, and until somebody leads again when it
// concerned all. A fault of an agent that does not lead is no reason.
func (f *fault) late() (from, to time.Time) {
	switch {
	case (f.kind == stopped || f.kind == handover) && !f.led.IsZero():
		return f.led, f.led.Add(lockLife / 5) // two polls
	case !f.led.IsZero():
		return f.led, f.led.Add(recovery)
	case f.target != "", f.kind == flushed:
		return f.from, f.from
	case f.to.IsZero():
		return f.from, f.from.Add(24 * time.Hour)
	}
	return f.from, f.to.Add(recovery)
}

// excused tells whether all of a time is covered by faults that may keep runs from
// being queued. Lost messages alone do not keep them for long.
func (j *judge) excused(from, to time.Time) bool {
	if to.Sub(from) > recovery && !slices.ContainsFunc(j.faults, func(f *fault) bool {
		a, b := f.late()
		return f.kind != losing && a.Before(to) && b.After(from)
	}) {
		return false
	}
	for again := true; again; {
		again = false
		for _, f := range j.faults {
			if a, b := f.late(); !a.After(from) && b.After(from) {
				from, again = b, true
			}
		}
		if !from.Before(to) {
			return true
		}
	}
	return false
}

// silent tells whether a life has ended, or a fault of its own may have kept it from
// the store for the lease that ends now. What concerns the whole store is no reason to
// lose a lease.
func (j *judge) silent(life string, at time.Time) bool {
	for _, f := range j.faults {
		if f.target != life {
			continue
		}
		switch f.kind {
		case killed, stopped:
			return true
		case cutOff, silenced, frozen:
			if f.to.IsZero() || f.to.After(at.Add(-lease-2*reaping)) {
				return true
			}
		}
	}
	return false
}

// unwell tells whether a life stops, or the store was out of its reach just now.
func (j *judge) unwell(life string) bool {
	for _, f := range j.faults {
		switch f.kind {
		case flushed, unlocked, termless, handover:
		default:
			if (f.target == life || f.target == "") && (f.to.IsZero() || time.Since(f.to) < lease) {
				return true
			}
		}
	}
	return false
}

// reachable is since when the store is within the reach of all.
func (j *judge) reachable() time.Time {
	since := origin
	for _, f := range j.faults {
		switch f.kind {
		case refusing, hanging, thawing, losing:
			if f.to.IsZero() {
				return time.Now()
			}
			if f.to.After(since) {
				since = f.to
			}
		}
	}
	return since
}

// around lists the faults of a time, for people.
func (j *judge) around(from, to time.Time) []string {
	var list []string
	for _, f := range j.faults {
		if f.from.Before(to) && (f.to.IsZero() || f.to.After(from)) {
			list = append(list, "fault "+f.String())
		}
	}
	return list
}
