package agent

import (
	"context"
	"sync"
)

// drain is told at each heartbeat whether somebody has paused this agent. It then
// takes nothing more, lets attempts end within Config.Drain and gives back the rest,
// as at a stop, but lives on until it is resumed.
func (a *Agent) drain(paused bool) {
	switch {
	case paused && a.drained == nil:
		ctx, cancel := context.WithTimeout(context.Background(), a.cfg.Drain)
		var done sync.WaitGroup
		done.Go(func() { a.worker.Rest(ctx) })
		a.drained = func() {
			a.worker.Resume()
			done.Wait()
			cancel()
		}
	case !paused && a.drained != nil:
		a.drained()
		a.drained = nil
	}
}
