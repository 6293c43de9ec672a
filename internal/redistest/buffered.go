package redistest

import (
	"net"
	"sync"
	"time"
)

// bufferedConn gives a net.Pipe the send buffer that a socket has. Without it a
// long pipeline never ends: the client writes on while the store waits for it to
// read the first replies.
type bufferedConn struct {
	net.Conn
	mu     sync.Mutex
	wake   *sync.Cond
	buffer []byte
	err    error // why nothing is written any more
}

func newBufferedConn(conn net.Conn) *bufferedConn {
	c := &bufferedConn{Conn: conn}
	c.wake = sync.NewCond(&c.mu)
	go c.drain()
	return c
}

// Write never blocks; what it takes is sent by drain.
func (c *bufferedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	c.buffer = append(c.buffer, p...)
	c.wake.Signal()
	return len(p), nil
}

// SetDeadline bounds reads alone, since Write never blocks.
func (c *bufferedConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetWriteDeadline does nothing, see SetDeadline.
func (c *bufferedConn) SetWriteDeadline(time.Time) error { return nil }

// Close ends drain, too.
func (c *bufferedConn) Close() error {
	c.stop(net.ErrClosed)
	return c.Conn.Close()
}

func (c *bufferedConn) drain() {
	for {
		c.mu.Lock()
		for len(c.buffer) == 0 && c.err == nil {
			c.wake.Wait()
		}
		data, err := c.buffer, c.err
		c.buffer = nil
		c.mu.Unlock()
		if err != nil {
			return
		}
		if _, err := c.Conn.Write(data); err != nil {
			c.stop(err)
			return
		}
	}
}

func (c *bufferedConn) stop(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
	c.wake.Signal()
}
