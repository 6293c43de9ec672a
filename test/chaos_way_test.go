package test

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// way is how one agent reaches Redis: an address of its own on loopback, behind
// which every connection is passed on. While the way is cut it swallows all that
// is sent, and new connections get no answer, as in a network that is partitioned.
type way struct {
	to       string
	listener net.Listener

	mu    sync.Mutex
	open  chan struct{} // closed while the way is open
	conns map[net.Conn]bool
	ended bool
}

// newWay opens the way of the n-th agent to an address. It ends with the test.
func newWay(t *testing.T, n int, to string) *way {
	t.Helper()
	// Only Linux has all of 127.0.0.0/8 without being told.
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.%d:0", 10+n))
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	w := &way{to: to, listener: l, open: make(chan struct{}), conns: map[net.Conn]bool{}}
	close(w.open)
	var serving sync.WaitGroup
	serving.Go(func() { w.serve(&serving) })
	t.Cleanup(func() {
		l.Close()
		w.mend(true)
		w.mu.Lock()
		w.ended = true
		w.mu.Unlock()
		w.reset()
		serving.Wait()
	})
	return w
}

func (w *way) url() string { return "redis://" + w.listener.Addr().String() + "/0" }

// cut makes the way swallow everything from now on.
func (w *way) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = make(chan struct{})
}

// mend opens the way again. What was sent meanwhile arrives late, as after a
// network has sent it again, or its connections are reset.
func (w *way) mend(reset bool) {
	if reset {
		w.reset()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.open:
	default:
		close(w.open)
	}
}

func (w *way) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for conn := range w.conns {
		conn.Close()
	}
}

// passable waits until the way is open.
func (w *way) passable() {
	w.mu.Lock()
	open := w.open
	w.mu.Unlock()
	<-open
}

func (w *way) serve(all *sync.WaitGroup) {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		if !w.keep(near) {
			continue
		}
		all.Go(func() {
			defer w.drop(near)
			w.passable()
			far, err := net.Dial("tcp", w.to)
			if err != nil || !w.keep(far) {
				return
			}
			var back sync.WaitGroup
			back.Go(func() { w.pass(near, far) })
			w.pass(far, near)
			back.Wait()
			w.drop(far)
		})
	}
}

// pass passes on what comes from one end until either is closed.
func (w *way) pass(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		w.passable()
		if n > 0 {
			if _, failed := to.Write(buffer[:n]); failed != nil {
				err = failed
			}
		}
		if err != nil {
			if tcp, ok := to.(*net.TCPConn); ok && err == io.EOF {
				tcp.CloseWrite()
				return
			}
			to.Close()
			from.Close()
			return
		}
	}
}

func (w *way) keep(conn net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		conn.Close()
		return false
	}
	w.conns[conn] = true
	return true
}

func (w *way) drop(conn net.Conn) {
	conn.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, conn)
}

func TestChaosWaySwallowsWhatIsSentWhileItIsCut(t *testing.T) {
	t.Parallel()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	got := make(chan string, 10)
	go func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				for buffer := make([]byte, 10); ; {
					n, err := conn.Read(buffer)
					if err != nil {
						return
					}
					got <- string(buffer[:n])
				}
			}()
		}
	}()
	w := newWay(t, 9, server.Addr().String())
	send := func(conn net.Conn, text string) net.Conn {
		if conn == nil {
			if conn, err = net.Dial("tcp", w.listener.Addr().String()); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close() })
		}
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	arrives := func(want string, within time.Duration) {
		t.Helper()
		select {
		case text := <-got:
			if text != want {
				t.Errorf("got %q, want %q", text, want)
			}
		case <-time.After(within):
			if want != "" {
				t.Errorf("%q does not arrive", want)
			}
		}
	}
	old := send(nil, "a")
	arrives("a", patience)
	w.cut()
	send(old, "b")
	arrives("", 50*time.Millisecond)
	w.mend(false)
	arrives("b", patience)
	w.cut()
	send(nil, "c")
	arrives("", 50*time.Millisecond)
	w.mend(false)
	arrives("c", patience)
	w.cut()
	send(old, "d")
	arrives("", 50*time.Millisecond)
	w.mend(true) // what was on its way is gone, and so is the connection
	arrives("", 50*time.Millisecond)
	if _, err := old.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still there after a reset")
	}
}
