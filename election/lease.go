package election

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-redsync/redsync/v4"
	"go.uber.org/zap"
)

// lease is the lock while it is held: a context that ends before the lock can
// have become somebody else's.
type lease struct {
	mutex  *redsync.Mutex // of the renewing goroutine, until that has ended
	ctx    context.Context
	end    context.CancelCauseFunc
	margin time.Duration
	// guard ends the context in time even while an exchange with Redis hangs.
	guard *time.Timer
}

func newLease(ctx context.Context, mutex *redsync.Mutex, margin time.Duration) *lease {
	l := &lease{mutex: mutex, margin: margin}
	l.ctx, l.end = context.WithCancelCause(ctx)
	l.guard = time.AfterFunc(l.left(), func() { l.end(ErrExpired) })
	return l
}

// left is how long the holder may act.
func (l *lease) left() time.Duration { return time.Until(l.mutex.Until()) - l.margin }

// hold leads with a lock just taken and releases it afterwards. It answers why
// the leadership ended, or an error when it never began.
func (e *Election) hold(ctx context.Context, mutex *redsync.Mutex, lead Lead) (cause, err error) {
	l := newLease(ctx, mutex, e.cfg.margin())
	defer l.guard.Stop()
	defer l.end(errReturned) // also when lead panics, or the lock would be renewed for ever
	var renewing sync.WaitGroup
	renewing.Go(func() { e.renew(l) })

	term, err := e.raise(l)
	if err == nil {
		e.reign.Store(&reign{lease: l, term: term})
		e.enter(leading, zap.Int64("term", term), zap.String("value", mutex.Value()))
		failure := lead(l.ctx, term)
		l.end(errReturned) // counts only if nothing ended it before
		e.reign.Store(nil)
		e.stepDown(l, term, failure)
	}
	l.end(errReturned)
	renewing.Wait()
	if _, err := e.release(mutex.Value()); err != nil {
		e.log.Debug("the lock will expire by itself", zap.Error(err))
	}
	return context.Cause(l.ctx), err
}

func (e *Election) raise(l *lease) (int64, error) {
	ctx, cancel := context.WithTimeout(l.ctx, e.cfg.patience())
	defer cancel()
	term, err := e.cfg.Terms.RaiseTerm(ctx, e.cfg.Key, l.mutex.Value(), e.cfg.Name)
	if err != nil {
		return 0, fmt.Errorf("raise the term: %w", err)
	}
	if l.ctx.Err() != nil {
		return 0, fmt.Errorf("raise the term: %w", context.Cause(l.ctx))
	}
	return term, nil
}

// renew extends the lock until the lease ends, and ends it when the lock turns
// out to be lost. An exchange without an answer is repeated soon; how long that
// may go on is the guard's business.
func (e *Election) renew(l *lease) {
	usual := func() time.Duration { return time.Until(e.cfg.Align(time.Now().Add(e.cfg.Renew))) }
	wait := usual()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-time.After(wait):
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), e.cfg.patience())
		ok, err := l.mutex.ExtendContext(ctx)
		cancel()
		switch {
		case ok:
			e.report(nil)
			l.guard.Reset(l.left())
			wait = usual()
		case errors.As(err, new(*redsync.ErrTaken)):
			l.end(ErrLost)
			return
		default:
			e.report(err)
			wait = e.cfg.Renew / 5
		}
	}
}

// stepDown logs the end of a leadership: as a warning unless it was wanted.
func (e *Election) stepDown(l *lease, term int64, failure error) {
	e.role = idle
	cause := context.Cause(l.ctx)
	if errors.Is(failure, context.Canceled) || errors.Is(failure, cause) {
		failure = nil
	}
	level := zap.InfoLevel
	if failure != nil || errors.Is(cause, ErrLost) || errors.Is(cause, ErrExpired) {
		level = zap.WarnLevel
	}
	e.log.Log(level, "stopped leading", zap.Int64("term", term), zap.NamedError("cause", cause), zap.Error(failure))
}
