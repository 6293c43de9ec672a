package ticker

import (
	"context"
	"math/rand/v2"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

// Leases is what a reaper asks of Redis; *scripts.Commands does it.
type Leases interface {
	// Jreap gives back what dead lanes held and queues the retries whose time has
	// come, at most limit runs.
	Jreap(ctx context.Context, lease time.Duration, limit int) (jobs.Reaped, error)
}

const reapLimit = 250

// Reaper gives back what dead workers held. Its fields may be changed before it is
// started.
type Reaper struct {
	// Report is told what came of each call to Redis, nil when it answered. Without
	// it the reaper logs when troubles begin and end.
	Report func(part string, err error)

	// Every is how long it rests: 250 ms; twice that, and an eighth of a lease at most,
	// after a look that found nothing. When all agents together reap less often
	// than each half of a lease, no lease ever ends.
	Every time.Duration
	// Jitter spreads what several agents do at once, by numbers from 0 to below 1.
	// Those of math/rand.
	Jitter func() float64

	// Align is as in Ticker.
	Align func(time.Time) time.Time

	leases Leases
	lease  time.Duration
	log    *zap.Logger
}

// NewReaper makes a reaper that does nothing until Run. The lease is the same on
// all agents of a board. A nil log means none.
func NewReaper(leases Leases, lease time.Duration, log *zap.Logger) *Reaper {
	if log == nil {
		log = zap.NewNop()
	}
	return &Reaper{Every: 250 * time.Millisecond, Jitter: rand.Float64, leases: leases, lease: lease, log: log.Named("reaper")}
}

// Run reaps until ctx ends, which is no error, and goes on through errors of the
// connection. Every agent may reap at once.
func (r *Reaper) Run(ctx context.Context) error {
	link := outage{log: r.log, part: "reaper", what: "reaping", report: r.Report, jitter: r.Jitter}
	for ctx.Err() == nil {
		reaped, err := r.leases.Jreap(ctx, r.lease, reapLimit)
		if err != nil {
			link.wait(ctx, err)
			continue
		}
		link.over()
		if reaped.Lost > 0 {
			r.log.Warn("gave back runs of workers that were silent for their lease", zap.Int64("runs", reaped.Lost))
		}
		if !reaped.More {
			rest := r.Every
			if reaped.Lost == 0 && reaped.Retried == 0 {
				rest = max(rest, min(2*rest, r.lease/8))
			}
			wait(ctx, aligned(jittered(rest, r.Jitter), r.Align))
		}
	}
	return nil
}
