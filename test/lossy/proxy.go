// Package lossy is a proxy between clients and a Redis that loses replies of
// commands which Redis has executed: the fault behind most of what is done twice or
// never. It knows where a reply begins and ends, in pipelines and transactions too,
// so that each is lost whole.
package lossy

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// Config says between whom a proxy stands.
type Config struct {
	Network, Address string // of Redis: "tcp" or "unix"

	// Edit may change commands on their way; nil: they go as they come.
	Edit func(command []string) []string
	// Seen is told of every reply before its fate is carried out, from many
	// goroutines; of one connection in order. nil: nobody is told.
	Seen func(Exchange)
}

// Exchange is a command, what Redis replied, and what became of the reply. Again
// marks the late copy of a command, whose reply nobody waits for.
type Exchange struct {
	Command []string
	Reply   Value
	Fate    Fate
	Again   bool
}

// Proxy listens for clients until it is closed.
type Proxy struct {
	cfg    Config
	listen net.Listener
	ended  context.Context
	end    context.CancelFunc
	all    sync.WaitGroup

	mu   sync.Mutex
	plan Plan // nil: deliver
	n    uint64
}

// Start opens a proxy on a port of its own on loopback, which delivers everything
// until Lose is called.
func Start(cfg Config) (*Proxy, error) {
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a lossy proxy: %w", err)
	}
	p := &Proxy{cfg: cfg, listen: listen}
	p.ended, p.end = context.WithCancel(context.Background())
	p.all.Go(p.accept)
	return p, nil
}

// URL is where clients find the proxy, in the form that redis.ParseURL reads.
func (p *Proxy) URL() string { return "redis://" + p.listen.Addr().String() }

// Lose has the plan decide from now on, and counts from 1 anew. nil delivers
// everything; connections that are silent stay so.
func (p *Proxy) Lose(plan Plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan, p.n = plan, 0
}

// Close breaks all connections and returns when nothing of the proxy runs.
func (p *Proxy) Close() {
	p.end()
	p.listen.Close()
	p.all.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listen.Accept()
		if err != nil {
			return // closed
		}
		p.all.Go(func() { p.serve(client) })
	}
}

func (p *Proxy) fate(command []string) Fate {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.plan == nil {
		return Fate{}
	}
	p.n++
	return p.plan(p.n, command)
}

func (p *Proxy) seen(e Exchange) {
	if p.cfg.Seen != nil {
		p.cfg.Seen(e)
	}
}

func (p *Proxy) dial() (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(p.ended, p.cfg.Network, p.cfg.Address)
}

// again sends a command to Redis once more, for nobody.
func (p *Proxy) again(s sent, fate Fate) {
	if !p.wait(fate.Wait) {
		return
	}
	redis, err := p.dial()
	if err != nil {
		return
	}
	defer redis.Close()
	stop := context.AfterFunc(p.ended, func() { redis.Close() })
	defer stop()
	if _, err := redis.Write(s.raw); err != nil {
		return
	}
	if reply, _, err := newTape(redis).next(); err == nil {
		p.seen(Exchange{Command: s.words, Reply: reply, Fate: fate, Again: true})
	}
}

// wait answers false when the proxy was closed meanwhile.
func (p *Proxy) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.ended.Done():
		return false
	case <-timer.C:
		return true
	}
}
