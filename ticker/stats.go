package ticker

import (
	"sync"
	"time"

	"github.com/jobs-agent/jobs"
)

// Stats is what a ticker has done so far.
type Stats struct {
	Queued int64     // runs
	Ticks  int64     // calls that Redis answered
	Last   time.Time // when it answered last, of this machine's clock
	// Late is by how much the newest due run that was waited for was queued too
	// late, and Latest the most of all. Both by Redis' clock.
	Late, Latest time.Duration
}

// record keeps Stats for readers in other goroutines.
type record struct {
	mu    sync.Mutex
	stats Stats
}

// add counts a call that was made when something was due at next, if that is not
// zero.
func (r *record) add(fired jobs.Fired, next time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Queued += fired.Queued
	r.stats.Ticks++
	r.stats.Last = time.Now()
	if fired.Queued > 0 && !next.IsZero() && !next.After(fired.Now) {
		r.stats.Late = fired.Now.Sub(next)
		r.stats.Latest = max(r.stats.Latest, r.stats.Late)
	}
}

func (r *record) read() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stats
}
