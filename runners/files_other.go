//go:build unix && !linux

package runners

import (
	"os"
	"syscall"
)

// pipe opens a pipe for a program's output: a descriptor to read from that does not block,
// and one to write to that does, as programs expect.
func pipe() (r, w int, err error) {
	var p [2]int
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := syscall.Pipe(p[:]); err != nil {
		return -1, -1, err
	}
	syscall.CloseOnExec(p[0])
	syscall.CloseOnExec(p[1])
	if err := syscall.SetNonblock(p[0], true); err != nil {
		_, _ = syscall.Close(p[0]), syscall.Close(p[1])
		return -1, -1, err
	}
	return p[0], p[1], nil
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
