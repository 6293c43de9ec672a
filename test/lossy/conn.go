package lossy

import (
	"context"
	"net"
	"strings"
)

// sent is a command that Redis has not replied to yet.
type sent struct {
	words []string
	raw   []byte
}

// conn is one client's connection and the one that goes on from it to Redis.
type conn struct {
	proxy         *Proxy
	client, redis net.Conn
	waiting       chan sent     // in the order of the replies to come
	over          chan struct{} // closed when replies come no more
	silent        bool          // nothing is delivered any more
	listens       bool          // subscribed: what comes is no reply to a command
}

// serve carries commands and replies until one side closes.
func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	redis, err := p.dial()
	if err != nil {
		return
	}
	defer redis.Close()
	stop := context.AfterFunc(p.ended, func() {
		client.Close()
		redis.Close()
	})
	defer stop()
	c := &conn{proxy: p, client: client, redis: redis, waiting: make(chan sent, 4096), over: make(chan struct{})}
	go func() {
		defer close(c.over)
		c.replies()
		client.Close()
	}()
	c.commands()
	redis.Close()
	<-c.over
}

// commands carries what the client sends. Redis gets all of it, also while the
// connection is silent.
func (c *conn) commands() {
	from := newTape(c.client)
	for {
		words, raw, err := from.command()
		if err != nil {
			return
		}
		if c.proxy.cfg.Edit != nil {
			words = c.proxy.cfg.Edit(words)
			raw = spell(words)
		}
		select {
		case c.waiting <- sent{words, raw}:
		case <-c.over:
			return
		}
		if _, err := c.redis.Write(raw); err != nil {
			return
		}
	}
}

// replies carries what Redis replies, or loses it.
func (c *conn) replies() {
	from := newTape(c.redis)
	for {
		reply, raw, err := from.next()
		if err != nil {
			return
		}
		fate := Fate{}
		if reply.Kind != '>' && !c.listens {
			s := <-c.waiting
			if c.listens = subscribes(s.words[0]); !c.listens {
				fate = c.decide(s, reply)
			}
		}
		switch fate.Kind {
		case Deliver:
		case Swallow, Late:
			c.silent = true
		case Reset:
			if tcp, ok := c.client.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0) // RST, not FIN
			}
			return
		case Delay:
			if !c.proxy.wait(fate.Wait) {
				return
			}
		}
		if c.silent {
			continue
		}
		if _, err := c.client.Write(raw); err != nil {
			return
		}
	}
}

// decide asks for the fate of a reply and tells of it.
func (c *conn) decide(s sent, reply Value) Fate {
	var fate Fate
	if c.silent {
		fate = Fate{Kind: Swallow}
	} else {
		fate = c.proxy.fate(s.words)
	}
	c.proxy.seen(Exchange{Command: s.words, Reply: reply, Fate: fate})
	if fate.Kind == Late {
		c.proxy.all.Go(func() { c.proxy.again(s, fate) })
	}
	return fate
}

// subscribes tells whether what comes after a command is not one reply to each
// further one.
func subscribes(name string) bool {
	switch strings.ToLower(name) {
	case "subscribe", "psubscribe", "ssubscribe", "monitor":
		return true
	}
	return false
}
