package election

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/go-redsync/redsync/v4"
)

// mintValue makes a value for the lock that no other attempt has and that still
// tells people who holds it.
func mintValue(name string) string {
	var tail [8]byte
	if _, err := rand.Read(tail[:]); err != nil {
		panic(err) // crypto/rand never fails on supported systems
	}
	return name + "#" + hex.EncodeToString(tail[:])
}

// mutex is the lock as one attempt sees it. WithSetNXOnExtend is left out on
// purpose: it would hide that the lock was lost.
func (e *Election) mutex(value string) *redsync.Mutex {
	return e.locks.NewMutex(e.cfg.Key,
		redsync.WithExpiry(e.cfg.TTL),
		redsync.WithTries(1),
		redsync.WithTimeoutFactor(timeoutFactor),
		redsync.WithValue(value),
		redsync.WithGenValueFunc(func() (string, error) { return value, nil }))
}

// release removes the lock if it still has the value, tells the others, and
// answers whether it did. Without an answer from Redis the value is remembered
// as a stray.
func (e *Election) release(value string) (freed bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), e.cfg.patience())
	defer cancel()
	freed, err = e.mutex(value).UnlockContext(ctx)
	if err != nil && !errors.Is(err, redsync.ErrLockAlreadyExpired) && !errors.As(err, new(*redsync.ErrTaken)) {
		e.stray = value
		return false, fmt.Errorf("release the lock: %w", err)
	}
	e.stray = ""
	if freed {
		// A lost nudge costs the others one poll, so its error is of no interest.
		_ = e.cfg.Client.Publish(ctx, e.cfg.Nudge, e.cfg.Name).Err()
	}
	return freed, nil
}
