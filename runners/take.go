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
			sweep(out, w, *buf)
		}
		if err != nil {
			return
		}
	}
}

// sweep takes what lies in the pipe without waiting for more.
func sweep(out *os.File, w io.Writer, buf []byte) {
	raw, err := out.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		for left := pipeful; left > 0; {
			n, err := unix.Read(int(fd), buf)
			if errors.Is(err, syscall.EINTR) {
				continue
			}
			if n <= 0 {
				return
			}
			left -= n
			_, _ = w.Write(buf[:n])
		}
	})
}
