package simulation

import (
	"fmt"
	"hash/fnv"
	"time"
)

// The simulated agents are slower than real ones, so that a day of theirs is
// executed in seconds: where a lease of 4 s is usual, theirs is 6 minutes. What
// follows from it is in about the same proportion to it as in an agent.
const (
	lease    = 6 * time.Minute
	reaping  = lease / 3 // hardly more than is needed, for nothing is called as often
	polling  = lease / 2
	resting  = lease / 4
	standing = lease / 5
	lockLife = lease / 2 // as 2 s to 4 s
	bellRest = lease

	// recovery is what 3 s are to a real agent: within it somebody fires again.
	recovery = lease * 3 / 4
	// settling is what 10 s are: within it all is as if there had been no fault.
	settling = lease * 5 / 2
	// prompt is how late a run may be queued when there is no fault.
	prompt = 10 * time.Millisecond
)

// seed decides everything that is left to chance. Its numbers depend on what they
// are asked for, not on who asks first: two goroutines that ask at the same instant
// get the same answers in either order.
type seed uint64

func (s seed) number(of ...any) uint64 {
	h := fnv.New64a()
	fmt.Fprintln(h, append([]any{uint64(s)}, of...)...)
	x := h.Sum64()
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// share is evenly spread from 0 to below 1.
func (s seed) share(of ...any) float64 { return float64(s.number(of...)>>11) / (1 << 53) }

// below is a number from 0 to n-1.
func (s seed) below(n int, of ...any) int { return int(s.number(of...) % uint64(n)) }

// between is a duration to the nanosecond, so that hardly two things happen at the
// same instant.
func (s seed) between(low, high time.Duration, of ...any) time.Duration {
	return low + time.Duration(s.share(of...)*float64(high-low))
}
