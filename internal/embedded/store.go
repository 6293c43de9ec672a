// Package embedded is the store in memory: a miniredis on a loopback port whose
// keys expire as time passes.
package embedded

import (
	"net/url"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

const (
	// tick is how often keys expire, at most. One that was set within a tick loses the
	// whole of it, so a key may be gone that much too early.
	tick = 10 * time.Millisecond
	// share is the most of the time that may go into it, as one part of so many. A
	// look at thousands of keys takes milliseconds, and the ticks become as long as that asks.
	share = 20
)

// Store is a running store. Its methods may be called by anybody at any time.
type Store struct {
	server   *miniredis.Miniredis
	url      string
	closing  sync.Once
	ended    chan struct{}
	expiring sync.WaitGroup
}

// Start starts a store on a port that the system chooses, open to those who have
// the password, or to everybody when it is empty.
//
// Miniredis can let keys expire by the clock itself, but looks at all of them at
// each command then, those inside scripts too: a board of a few thousand jobs took
// seconds for what Redis does in milliseconds. Here all are looked at each tick.
func Start(password string) (*Store, error) {
	s := &Store{server: miniredis.NewMiniRedis(), ended: make(chan struct{})}
	if password != "" {
		s.server.RequireAuth(password)
	}
	if err := s.server.Start(); err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "redis", Host: s.server.Addr(), Path: "/0"}
	if password != "" {
		u.User = url.UserPassword("", password)
	}
	s.url = u.String()
	s.expiring.Go(s.expire)
	return s, nil
}

// URL answers the address in the form that redis.ParseURL reads, with the password.
func (s *Store) URL() string { return s.url }

// Close ends the store and forgets what it holds.
func (s *Store) Close() {
	s.closing.Do(func() {
		close(s.ended)
		s.expiring.Wait()
		s.server.Close()
	})
}

func (s *Store) expire() {
	last, pause := time.Now(), tick
	for {
		select {
		case <-s.ended:
			return
		case <-time.After(pause):
		}
		now := time.Now()
		s.server.FastForward(now.Sub(last))
		last, pause = now, max(tick, share*time.Since(now))
	}
}
