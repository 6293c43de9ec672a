package runners

import (
	"fmt"
	"net"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// lane is one socket to a supervisor process. All frames about a program go
// through the same one, so that they keep their order.
type lane struct {
	mu   sync.Mutex // held while a frame is written
	conn *net.UnixConn
}

// open makes the socket and answers the supervisor's end of it.
func (n *lane) open() (theirs *os.File, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make socket pair: %w", err)
	}
	mine, theirs := os.NewFile(uintptr(pair[0]), "supervisor"), os.NewFile(uintptr(pair[1]), "agent")
	defer func() { _ = mine.Close() }()
	conn, err := net.FileConn(mine)
	if err != nil {
		_ = theirs.Close()
		return nil, fmt.Errorf("use socket pair: %w", err)
	}
	n.conn = conn.(*net.UnixConn)
	return theirs, nil
}

// send writes one frame. A frame written in part leaves the stream unusable.
func (n *lane) send(b []byte, fds []int) error {
	var oob []byte
	if len(fds) > 0 {
		oob = unix.UnixRights(fds...)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	done, _, err := n.conn.WriteMsgUnix(b, oob, nil)
	if err != nil || done == len(b) {
		return err
	}
	if _, err = n.conn.Write(b[done:]); err != nil {
		_ = n.conn.Close()
	}
	return err
}
