package simulation

import (
	"slices"
	"time"
)

// link is how an owner's connections are. All its fields are guarded by the
// network's lock.
type link struct {
	cut    bool    // connections are broken and refused
	hangs  bool    // nothing arrives, either way
	late   bool    // when it hangs: what clients gave up is still under way
	lossy  float64 // share of the messages that are lost in one of three ways
	passed int     // messages so far
}

// fate is what becomes of a message and its reply.
type fate int

const (
	arrives     fate = iota
	requestLost      // the connection breaks before the store gets the message
	replyLost        // after it was executed
	swallowed        // executed, and the reply never comes
)

// fate decides about the next message of an owner. The lock is held.
func (n *network) fate(owner string) fate {
	l := n.links[owner]
	l.passed++
	if n.seed.share("loss", owner, l.passed) >= max(l.lossy, n.whole.lossy) {
		return arrives
	}
	return []fate{requestLost, replyLost, swallowed}[n.seed.below(3, "fate", owner, l.passed)]
}

// join makes a link for a new owner.
func (n *network) join(owner string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.links[owner] = &link{}
}

// passes tells whether an owner's messages reach the store. The lock is held.
func (n *network) passes(owner string) bool {
	l := n.links[owner]
	return !l.cut && !l.hangs && !n.whole.cut && !n.whole.hangs && !n.ended
}

// end cuts everybody off for good. A mistake may otherwise go on in no time at all.
func (n *network) end() {
	n.change("", func(l *link) {
		l.cut = true
		n.ended = true
	})
}

// change changes a link, of the store itself if there is no owner. When that cuts
// connections they break one after the other.
func (n *network) change(owner string, how func(*link)) {
	n.wait(func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		l := &n.whole
		if owner != "" {
			l = n.links[owner]
		}
		how(l)
		if l.cut {
			n.stray = slices.DeleteFunc(n.stray, func(c *conn) bool { return owner == "" || c.owner == owner })
			var list []*conn
			for c := range n.conns {
				if (owner == "" || c.owner == owner) && c.role != nudges {
					list = append(list, c)
				}
			}
			slices.SortFunc(list, (*conn).order)
			for _, c := range list {
				n.later(func() {
					n.mu.Lock()
					defer n.mu.Unlock()
					c.broken(reset())
				})
			}
		}
		n.waiting = slices.DeleteFunc(n.waiting, func(w *waiter) bool { return w.conn.err != nil && n.passes(w.conn.owner) })
		n.stray = slices.DeleteFunc(n.stray, n.straggle)
		n.stir()
	})
}

// straggle lets what was sent over a closed connection arrive now that it can, some
// time after the client has come back and gone on. The lock is held.
func (n *network) straggle(c *conn) bool {
	if !n.passes(c.owner) {
		return false
	}
	time.AfterFunc(n.seed.between(0, 2*time.Minute, "stray", c.owner, c.role, string(c.out)), func() {
		n.do(func() {
			n.mu.Lock()
			passes := n.passes(c.owner)
			n.mu.Unlock()
			if passes {
				n.strays++
				n.carry(c, c.out, arrives)
			}
		})
	})
	return true
}

// forget drops a connection that is broken. A store that hears nothing of it keeps
// what waits on it. The lock is held.
func (n *network) forget(c *conn) {
	delete(n.conns, c)
	if l := n.links[c.owner]; !l.hangs && !n.whole.hangs {
		n.waiting = slices.DeleteFunc(n.waiting, func(w *waiter) bool { return w.conn == c })
	}
	n.audience = slices.DeleteFunc(n.audience, func(d *conn) bool { return d == c })
}

// abandon keeps what a client has sent over a connection that it now closes, if it
// may still arrive. The lock is held.
func (n *network) abandon(c *conn) {
	l := n.links[c.owner]
	if len(c.out) > 0 && (l.hangs && l.late || n.whole.hangs && n.whole.late) {
		n.stray = append(n.stray, c)
	}
}
