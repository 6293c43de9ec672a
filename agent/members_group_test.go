package agent

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"
)

// gossips is a number of agents' gossip that find each other through one list, as
// they do through Redis.
type gossips struct {
	t *testing.T

	mu    sync.Mutex
	peers []string
	news  []string // "a sees b", "a misses b", in order
}

func (g *gossips) list(context.Context) ([]string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.peers), nil
}

func (g *gossips) note(format string, args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.news = append(g.news, fmt.Sprintf(format, args...))
}

func (g *gossips) has(line string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Contains(g.news, line)
}

// start runs one that listens on a free port. It leaves when the test ends.
func (g *gossips) start(name string, change func(*membersConfig)) *members {
	g.t.Helper()
	cfg := membersConfig{Name: name, Board: "b", Bind: "127.0.0.1:0", Peers: g.list}
	cfg.Events = func(other string, alive bool) {
		verb := "misses"
		if alive {
			verb = "sees"
		}
		g.note("%s %s %s", name, verb, other)
	}
	if change != nil {
		change(&cfg)
	}
	m, err := newMembers(cfg)
	if err != nil {
		g.t.Fatal(err)
	}
	g.mu.Lock()
	g.peers = append(g.peers, m.Addr())
	g.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := m.Run(ctx); err != nil {
			g.t.Errorf("Run of %s: %v", name, err)
		}
	}()
	g.t.Cleanup(func() {
		cancel()
		<-done
		m.leaving.Do(func() { _ = m.list.Shutdown() })
	})
	return m
}

// startThree runs a, b and c and waits until each sees all.
func (g *gossips) startThree(change func(*membersConfig)) (a, b, c *members) {
	g.t.Helper()
	a, b, c = g.start("a", change), g.start("b", change), g.start("c", change)
	for _, m := range []*members{a, b, c} {
		g.await(m.Name()+" sees all three", 5*time.Second, func() bool { return sees(m, "a", "b", "c") })
	}
	return a, b, c
}

// await polls a condition and answers how long it took to come true.
func (g *gossips) await(what string, within time.Duration, ok func() bool) time.Duration {
	g.t.Helper()
	start := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(start) > within {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.t.Fatalf("%s: not within %v; news: %q", what, within, g.news)
		}
		<-tick.C
	}
	return time.Since(start)
}

func sees(m *members, names ...string) bool {
	var alive []string
	for _, member := range m.Alive() {
		alive = append(alive, member.Name)
	}
	return slices.Equal(alive, names)
}

// cable connects an agent to the network until it is pulled.
type cable struct {
	memberlist.NodeAwareTransport
	pulled *atomic.Bool
}

func (c cable) WriteTo(b []byte, addr string) (time.Time, error) {
	return c.WriteToAddress(b, memberlist.Address{Addr: addr})
}

func (c cable) WriteToAddress(b []byte, a memberlist.Address) (time.Time, error) {
	if c.pulled.Load() {
		return time.Now(), nil // lost, as packets are
	}
	return c.NodeAwareTransport.WriteToAddress(b, a)
}

func (c cable) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	return c.DialAddressTimeout(memberlist.Address{Addr: addr}, timeout)
}

func (c cable) DialAddressTimeout(a memberlist.Address, timeout time.Duration) (net.Conn, error) {
	if c.pulled.Load() {
		return nil, fmt.Errorf("dial %s: no route", a.Addr)
	}
	return c.NodeAwareTransport.DialAddressTimeout(a, timeout)
}
