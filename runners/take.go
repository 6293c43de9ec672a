package runners

import (
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// drain is how long output is still awaited from processes that a program
	// left behind and that hold its output open.
	drain = 500 * time.Millisecond
	// pipeful is more than any pipe holds by default.
	pipeful = 1 << 20
)

// follow takes the output of a program while it runs. finish is to be called when the
// program has ended; it returns when all who could write have closed the output, or the
// drain is over.
func (h *host) follow(out int, w io.Writer) (finish func()) {
	file := os.NewFile(uintptr(out), "output")
	taken := make(chan struct{})
	go func() {
		defer close(taken)
		h.take(file, w)
	}()
	return func() {
		_ = file.SetReadDeadline(time.Now().Add(drain))
		<-taken
		_ = file.Close()
	}
}

// take copies the output of a program until all who could write have closed it
// or the read deadline of out has come. What the program printed before it
// ended is taken in any case, however late this goroutine came to run. That w
// fails does not stop it, so that no program is held up or killed by it.
func (h *host) take(out *os.File, w io.Writer) {
	buf := h.sup.buffers.Get().(*[]byte)
	defer h.sup.buffers.Put(buf)
	for {
		n, err := out.Read(*buf)
		_, _ = w.Write((*buf)[:n])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if raw, rerr := out.SyscallConn(); rerr == nil {
				_ = raw.Control(func(fd uintptr) { sweep(int(fd), w, *buf) })
			}
		}
		if err != nil {
			return
		}
	}
}

// takeRest takes what a program that has ended left in the pipe, and tells whether
// nobody can write more.
func (h *host) takeRest(out int, w io.Writer) (closed bool) {
	buf := h.sup.buffers.Get().(*[]byte)
	defer h.sup.buffers.Put(buf)
	return sweep(out, w, *buf)
}

// sweep takes what lies in the pipe without waiting for more, and tells whether nobody
// can write more.
func sweep(out int, w io.Writer, buf []byte) (closed bool) {
	for left := pipeful; left > 0; {
		n, err := unix.Read(out, buf)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if n <= 0 {
			return err == nil
		}
		left -= n
		_, _ = w.Write(buf[:n])
	}
	return false
}
