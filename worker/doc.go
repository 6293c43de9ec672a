// Package worker takes runs from the queues of a board, has them executed, and
// tells Redis how they ended, all under a lease. It is what a Go program embeds
// to serve a runner type, and what an agent is built on:
//
//	w, err := worker.New(leases, bell, worker.Config{
//		Runners: map[string]jobs.Runner{
//			"mail": jobs.RunnerFunc(func(ctx context.Context, a *jobs.Attempt) error {
//				return send(ctx, a.Payload)
//			}),
//		},
//	})
//	if err != nil {
//		return err
//	}
//	return w.Run(ctx)
//
// A worker has a few lanes. Each has a lease in Redis of its own, and one
// exchange with Redis under way at a time, in which it gives ended attempts and
// gets new ones. While one lane waits for its answer, the others' attempts run.
// All that a lane knows belongs to one goroutine (lane.go); what calls Redis or
// a runner does so in other goroutines and reports to it.
//
// An exchange whose answer was lost is sent again with the same operation number
// until there is one, so a lane never has to guess what it holds.
package worker
