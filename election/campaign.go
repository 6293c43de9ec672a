package election

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-redsync/redsync/v4"
	"go.uber.org/zap"
)

// pause is how long a candidate waits before it tries again.
type pause struct {
	time time.Duration
	deaf bool // nudges do not shorten it
}

// campaign tries once for the lock and, when it gets it, leads until that ends.
func (e *Election) campaign(ctx context.Context, lead Lead) (pause, error) {
	mutex, wait, err := e.try(ctx)
	if err != nil {
		return pause{time: e.poll()}, fmt.Errorf("campaign for %s: %w", e.cfg.Key, err)
	}
	e.report(nil)
	if mutex == nil {
		e.enter(following)
		return pause{time: wait}, nil
	}
	cause, err := e.hold(ctx, mutex, lead)
	switch {
	case err != nil:
		return pause{time: e.cfg.TTL / 2, deaf: true}, fmt.Errorf("campaign for %s: %w", e.cfg.Key, err)
	case errors.Is(cause, ErrLost), errors.Is(cause, ErrExpired):
		return pause{time: e.poll()}, nil
	case errors.Is(cause, ErrResigned):
		// The others were nudged and need a moment. Who still finds the lock free
		// after two polls is alone.
		return pause{time: 2 * e.cfg.Poll, deaf: true}, nil
	default:
		// A lead that fails at once must not be called in a circle, and somebody
		// else may do better.
		return pause{time: e.cfg.TTL / 2, deaf: true}, nil
	}
}

// try makes one attempt at the lock. While somebody else holds it, it answers
// how long to wait: not beyond the moment when the lock would expire, so that a
// dead leader is followed as soon as that is allowed.
func (e *Election) try(ctx context.Context) (*redsync.Mutex, time.Duration, error) {
	// An attempt without an answer leaves open who holds the lock, so the end of
	// ctx does not cut it short; the timeout does.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.cfg.patience())
	defer cancel()
	if e.stray != "" {
		if _, err := e.release(e.stray); err != nil {
			return nil, 0, err
		}
	}
	left, err := e.cfg.Client.PTTL(ctx, e.cfg.Key).Result()
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("look at the lock: %w", err)
	case left == noExpiry:
		return nil, 0, fmt.Errorf("the lock never expires, so nobody can lead: delete the key %s", e.cfg.Key)
	case left >= 0:
		return nil, min(e.poll(), left+time.Millisecond), nil
	}
	value := mintValue(e.cfg.Name)
	mutex := e.mutex(value)
	err = mutex.LockContext(ctx)
	switch {
	case err == nil:
		return mutex, 0, nil
	case errors.As(err, new(*redsync.ErrTaken)):
		return nil, e.poll(), nil
	}
	e.stray = value
	return nil, 0, fmt.Errorf("take the lock: %w", err)
}

// noExpiry is how PTTL says that a key has no end.
const noExpiry = time.Duration(-1)

// poll is the time to the next look, spread so that candidates do not keep step.
func (e *Election) poll() time.Duration {
	return time.Duration(float64(e.cfg.Poll) * (0.75 + e.cfg.Jitter()/2))
}

func (e *Election) report(err error) {
	if e.cfg.Report != nil {
		e.cfg.Report("election", err)
	}
}

// troubled tells that there was no campaign.
func (e *Election) troubled(err error) {
	if e.cfg.Report != nil {
		e.report(err)
		e.role = troubled
		return
	}
	e.enter(troubled, zap.Error(err))
}

// role is what a candidate does; only changes of it are logged.
type role int

const (
	idle role = iota
	following
	leading
	troubled
)

func (e *Election) enter(r role, fields ...zap.Field) {
	if r == e.role {
		return
	}
	e.role = r
	switch r {
	case following:
		e.log.Info("following", fields...)
	case leading:
		e.log.Info("leading", fields...)
	case troubled:
		e.log.Warn("cannot campaign, trying on", fields...)
	case idle:
	}
}
