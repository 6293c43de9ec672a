package agent

import (
	"math/rand/v2"
	"time"
)

// step is how far apart the points of a grid are.
const step = 250 * time.Millisecond

// grid brings together what an idle agent does from time to time: to wake costs a
// process more than the call to Redis for which it wakes. Each agent has a grid of its
// own, so that agents do not march in step.
type grid struct{ from time.Time }

func newGrid() grid { return grid{from: time.Now().Add(rand.N(step))} }

// near answers the point nearest to a time.
func (g grid) near(t time.Time) time.Time { return g.from.Add(t.Sub(g.from).Round(step)) }

// before answers the last point that is not later.
func (g grid) before(t time.Time) time.Time { return g.near(t.Add(-step / 2)) }

// after is time.After, but ends at a point.
func (g grid) after(d time.Duration) <-chan time.Time {
	now := time.Now()
	return time.After(g.before(now.Add(d)).Sub(now))
}
