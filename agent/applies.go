package agent

import (
	"context"
	"math/rand/v2"
	"time"
)

// lookForApplies is how often an agent looks whether somebody died over an apply of a
// board file that was decided.
const lookForApplies = 2 * time.Second

// startApplies lets the agent finish what was decided, whoever began it.
func (a *Agent) startApplies(context.Context) error {
	commands := a.board.Leases()
	a.started("finish applies", func(ctx context.Context) error {
		for ctx.Err() == nil {
			if more, err := commands.Forward(ctx); more && err == nil {
				continue // that Redis fails, the other parts say
			}
			timer := time.NewTimer(lookForApplies + time.Duration(rand.Int64N(int64(lookForApplies/4))))
			select {
			case <-ctx.Done():
				timer.Stop()
			case <-timer.C:
			}
		}
		return nil
	})
	return nil
}
