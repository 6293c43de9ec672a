package ticker

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// The waits between tries while Redis is out of reach.
const (
	shortest = 50 * time.Millisecond
	longest  = time.Second
)

// outage spaces the tries while calls fail, and tells when that begins and ends.
type outage struct {
	log    *zap.Logger
	part   string
	what   string
	jitter func() float64
	report func(part string, err error) // nil: outage logs by itself
	pause  time.Duration                // 0: no outage
}

func (o *outage) wait(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if o.report != nil {
		o.report(o.part, err)
	} else if o.pause == 0 {
		o.log.Warn(o.what+" is not possible; trying on", zap.Error(err))
	}
	o.pause = min(longest, max(shortest, 2*o.pause))
	wait(ctx, jittered(o.pause, o.jitter))
}

func (o *outage) over() {
	if o.report != nil {
		o.report(o.part, nil)
	} else if o.pause > 0 {
		o.log.Info(o.what + " is possible again")
	}
	o.pause = 0
}

// jittered varies a duration by a fifth, so that agents do not march in step.
func jittered(d time.Duration, jitter func() float64) time.Duration {
	return d + time.Duration((jitter()*0.4-0.2)*float64(d))
}

// aligned is a duration that ends where align moves its end.
func aligned(d time.Duration, align func(time.Time) time.Time) time.Duration {
	if align == nil {
		return d
	}
	now := time.Now()
	if moved := align(now.Add(d)).Sub(now); moved > 0 {
		return moved
	}
	return d
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
