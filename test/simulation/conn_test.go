package simulation

import (
	"bufio"
	"bytes"
	"cmp"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2/server"
)

// conn is a client's connection to the store. All its fields are guarded by the
// network's lock; the network moves what is in them.
type conn struct {
	net   *network
	owner string // whose it is
	role  string // what for: data, lead, nudges or bell
	id    int    // of the dial
	peer  *server.Peer
	reply bytes.Buffer // what the store writes while it executes

	out    []byte // sent and not carried yet
	last   []byte // what was carried last
	in     []byte // arrived and not read yet
	err    error  // why it is broken
	before time.Time
	arrive chan struct{} // holds a token when something may be there to read
}

func newConn(n *network, owner, role string, id int) *conn {
	c := &conn{net: n, owner: owner, role: role, id: id, arrive: make(chan struct{}, 1)}
	c.peer = server.NewPeer(bufio.NewWriter(&c.reply))
	return c
}

func (c *conn) Read(p []byte) (int, error) {
	for {
		c.net.mu.Lock()
		n := copy(p, c.in)
		c.in = c.in[n:]
		err, before := c.err, c.before
		c.net.mu.Unlock()
		if n > 0 {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		var late <-chan time.Time
		if !before.IsZero() {
			timer := time.NewTimer(time.Until(before))
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-c.arrive:
		case <-late:
			return 0, os.ErrDeadlineExceeded
		}
	}
}

// hello is how a client opens a connection. It is answered at once, as an old store
// does, so that a command on a new connection is under way at the same instant as
// one on a connection that was there.
var hello = []byte("*2\r\n$5\r\nhello\r\n")

func (c *conn) Write(p []byte) (int, error) {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	if bytes.HasPrefix(p, hello) {
		c.arrived([]byte("-ERR unknown command 'hello'\r\n"))
		return len(p), nil
	}
	c.out = append(c.out, p...)
	c.net.stir()
	return len(p), nil
}

// arrived hands bytes to the client. The lock is held.
func (c *conn) arrived(data []byte) {
	c.in = append(c.in, data...)
	c.knock()
}

func (c *conn) knock() {
	select {
	case c.arrive <- struct{}{}:
	default:
	}
}

// broken ends the connection for its client. The lock is held.
func (c *conn) broken(err error) {
	if c.err == nil {
		c.err = err
	}
	c.knock()
	c.net.forget(c)
}

// Close is the client's.
func (c *conn) Close() error {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	if c.err == nil {
		c.net.abandon(c)
	}
	c.broken(net.ErrClosed)
	return nil
}

// order is that in which connections are served that have something to send at the
// same instant: by what it is, since which connection of a pool has it is a matter of
// chance.
func (c *conn) order(d *conn) int {
	return cmp.Or(cmp.Compare(c.owner, d.owner), cmp.Compare(c.role, d.role),
		bytes.Compare(c.out, d.out), bytes.Compare(c.last, d.last), cmp.Compare(c.id, d.id))
}

func (c *conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetWriteDeadline does nothing: Write never blocks.
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

func (c *conn) SetReadDeadline(t time.Time) error {
	c.net.mu.Lock()
	c.before = t
	c.net.mu.Unlock()
	c.knock()
	return nil
}

func (c *conn) LocalAddr() net.Addr  { return &net.TCPAddr{} }
func (c *conn) RemoteAddr() net.Addr { return &net.TCPAddr{} }

func reset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

func refused() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}
