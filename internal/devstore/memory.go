package devstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"

	"github.com/alicebob/miniredis/v2"
)

// memory is a miniredis on a loopback port. Every user of the machine can reach
// that port and a job may be a command line, so the store asks for a password.
type memory struct {
	store    *miniredis.Miniredis
	password string
}

func startMemory() (*memory, error) {
	m := &memory{store: miniredis.NewMiniRedis(), password: rand.Text()}
	m.store.RequireAuth(m.password)
	// TIME follows the clock of the machine by itself, expiry only when told.
	m.store.ClockTTL(true)
	if err := m.store.Start(); err != nil {
		return nil, fmt.Errorf("start the store in memory: %w", err)
	}
	return m, nil
}

func (m *memory) url() string {
	u := url.URL{Scheme: "redis", User: url.UserPassword("", m.password), Host: m.store.Addr(), Path: "/0"}
	return u.String()
}

func (m *memory) kind() string { return Memory }

func (m *memory) pid() int { return os.Getpid() }

func (m *memory) close(context.Context) error {
	m.store.Close()
	return nil
}
