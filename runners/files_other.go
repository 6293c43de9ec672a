//go:build unix && !linux

package runners

import (
	"os"
	"syscall"
)

// pipe opens a pipe for a program's output: an end to read from with deadlines,
// and a descriptor that blocks, as programs expect.
func pipe() (*os.File, int, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, -1, err
	}
	defer func() { _ = w.Close() }()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := syscall.Dup(int(w.Fd()))
	if err == nil {
		syscall.CloseOnExec(fd)
		err = syscall.SetNonblock(fd, false)
	}
	if err != nil {
		_ = r.Close()
		return nil, -1, err
	}
	return r, fd, nil
}

// input makes a pipe that gives text. A program that does not read all of it
// ends the feeding when it ends.
func input(text string) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	go func() {
		_, _ = w.WriteString(text)
		_ = w.Close()
	}()
	return r, nil
}
