package simulation

import (
	"slices"
	"strconv"
	"time"
)

// waiter is a client that is blocked until something is in one of some lists.
type waiter struct {
	conn *conn
	keys []string
}

// handled executes the commands whose replies come later or to others. The embedded
// store would answer them from goroutines of its own, in no certain order.
func (n *network) handled(c *conn, name string, args []string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch name {
	case "blpop":
		w := &waiter{conn: c, keys: args[1 : len(args)-1]}
		n.waiting = append(n.waiting, w)
		seconds, _ := strconv.ParseFloat(args[len(args)-1], 64)
		time.AfterFunc(time.Duration(seconds*float64(time.Second)), func() {
			n.do(func() { n.answer(w, []byte("*-1\r\n")) })
		})
	case "subscribe":
		n.audience = append(n.audience, c)
		slices.SortFunc(n.audience, (*conn).order)
		c.reply.WriteString("*3\r\n$9\r\nsubscribe\r\n$" + strconv.Itoa(len(args[1])) + "\r\n" + args[1] + "\r\n:1\r\n")
	case "publish":
		for _, d := range n.audience {
			n.later(func() {
				n.mu.Lock()
				defer n.mu.Unlock()
				n.reach(d, bulks("message", args[1], args[2]))
			})
		}
		c.reply.WriteString(":" + strconv.Itoa(len(n.audience)) + "\r\n")
	case "ping":
		if slices.Contains(n.audience, c) {
			c.reply.Write(bulks("pong", ""))
		} else {
			c.reply.WriteString("+PONG\r\n")
		}
	default:
		return false
	}
	return true
}

// answer ends a wait, unless it has ended.
func (n *network) answer(w *waiter, reply []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if i := slices.Index(n.waiting, w); i >= 0 {
		n.waiting = slices.Delete(n.waiting, i, i+1)
		n.reach(w.conn, reply)
	}
}

// reach sends something that was not asked for just now. What is sent into a link
// that hangs is lost. The lock is held.
func (n *network) reach(c *conn, reply []byte) {
	if c.err == nil && n.passes(c.owner) {
		c.arrived(reply)
	}
}

// ring gives what is in lists to who waits for it, longest first. As in Redis it is
// taken from the list whether or not it will arrive.
func (n *network) ring() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.waiting = slices.DeleteFunc(n.waiting, func(w *waiter) bool {
		for _, key := range w.keys {
			if !n.store.Exists(key) {
				continue
			}
			value, err := n.store.Lpop(key)
			if err != nil {
				continue
			}
			n.later(func() {
				n.mu.Lock()
				defer n.mu.Unlock()
				n.reach(w.conn, bulks(key, value))
			})
			return true
		}
		return false
	})
}
