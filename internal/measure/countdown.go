package measure

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// Countdown tells when so many jobs have come.
type Countdown struct {
	left atomic.Int64
	over chan struct{}
}

// NewCountdown waits for n.
func NewCountdown(n int) *Countdown {
	c := &Countdown{over: make(chan struct{})}
	c.left.Store(int64(n))
	return c
}

// One says that one more has come.
func (c *Countdown) One() {
	if c.left.Add(-1) == 0 {
		close(c.over)
	}
}

// Wait returns when all have come, or says how many have not within the limit.
func (c *Countdown) Wait(ctx context.Context, limit time.Duration) error {
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case <-c.over:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-late.C:
		return fmt.Errorf("%d runs have not come within %v", c.left.Load(), limit)
	}
}
