// Package election decides which of the agents of a board ticks.
//
// A lock in Redis with a short life (redsync) says who leads, and each
// leadership has a term: a number that only rises, which the commands of a
// ticker carry so that Redis refuses those of a former leader. Nothing that must
// hold depends on the lock: it spares Redis the work of several tickers, and the
// term is a second belt.
package election

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-redsync/redsync/v4"
	"github.com/go-redsync/redsync/v4/redis/goredis/v9"
	jobs "github.com/jobs-agent/jobs"
	"go.uber.org/zap"
)

// Causes of the end of a lead's context, see context.Cause. When the context
// given to Run ended, its own cause is the cause.
var (
	// ErrLost says that the lock is gone or somebody else's: deleted by hand,
	// lost with the data of Redis, or expired and taken.
	ErrLost = errors.New("the leader's lock was lost")
	// ErrExpired says that Redis did not confirm the lock in time, so that
	// somebody else may hold it soon.
	ErrExpired = errors.New("the leader's lock could not be extended in time")
	// ErrResigned says that Resign was called.
	ErrResigned = errors.New("resigned")
)

// errReturned is the cause when lead returned by itself.
var errReturned = errors.New("the lead returned")

// Terms numbers the leaderships of a board.
type Terms interface {
	// RaiseTerm makes a term greater than all before it, on condition that
	// lockKey still holds lockValue; otherwise it answers jobs.ErrStale. It
	// should give up when ctx ends.
	RaiseTerm(ctx context.Context, lockKey, lockValue, name string) (term int64, err error)
}

// Lead is what a leader does. Its context ends, with a cause, when it may lead
// no longer; it must then return soon, since the lock is only handed over when
// it has. A Lead that returns earlier gives the lock up.
type Lead func(ctx context.Context, term int64) error

// Election is one candidate.
type Election struct {
	cfg   Config
	log   *zap.Logger
	locks *redsync.Redsync

	running atomic.Bool
	reign   atomic.Pointer[reign] // nil while somebody else leads

	// The rest belongs to the goroutine of Run.

	// stray is the value of a lock that may have been left in Redis by a command
	// without an answer. It is removed before another one is tried for, or the
	// candidate would wait for itself.
	stray string
	role  role
}

// reign is a leadership that has its term.
type reign struct {
	lease *lease
	term  int64
}

// New makes a candidate that does nothing until Run.
func New(cfg Config) (*Election, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("make an election: %w", err)
	}
	return &Election{
		cfg:   cfg,
		log:   cfg.Log.Named("election"),
		locks: redsync.New(goredis.NewPool(cfg.Client)),
	}, nil
}

// Leader tells whether this candidate leads right now, and its term. It turns
// false as soon as the lead's context ends.
func (e *Election) Leader() (leads bool, term int64) {
	r := e.reign.Load()
	if r == nil || r.lease.ctx.Err() != nil {
		return false, 0
	}
	return true, r.term
}

// Resign ends this candidate's leadership, if it has one, and hands over at once.
// It does not wait for that. The candidate rests for two polls and then campaigns
// again, so it leads again when there is no other. An agent that stops need not
// call it: the end of Run's context does the same.
func (e *Election) Resign() {
	if r := e.reign.Load(); r != nil {
		r.lease.end(ErrResigned)
	}
}

// Run campaigns until ctx ends and then answers nil; lead is called, in this
// goroutine, each time this candidate is elected. One Run at a time.
func (e *Election) Run(ctx context.Context, lead Lead) error {
	if !e.running.CompareAndSwap(false, true) {
		return fmt.Errorf("campaign for %s: %w: already running", e.cfg.Key, jobs.ErrInvalid)
	}
	defer e.running.Store(false)
	nudges := e.listen()
	defer nudges.close()

	for ctx.Err() == nil {
		wait, err := e.campaign(ctx, lead)
		if err != nil && ctx.Err() == nil {
			e.troubled(err)
		}
		hints := nudges.ch
		if wait.deaf {
			hints = nil
		}
		timer := time.NewTimer(wait.time)
		select {
		case <-ctx.Done():
		case <-hints:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}
