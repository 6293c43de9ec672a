package devstore

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// child is a server that this process has started.
type child struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed once it has ended and been reaped
}

// startChild starts a server in the directory. It inherits the lock, so that the
// lock lasts as long as it. It is in a session of its own: Ctrl-C and the end of
// the terminal are for dev, which ends the server last.
func startChild(program, dir, socket string, serverLock *os.File) (*child, error) {
	c := &child{log: filepath.Join(dir, "redis.log"), done: make(chan struct{})}
	// The log of the server before is kept for whoever asks why it ended.
	if err := os.Rename(c.log, c.log+".old"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("put the server's log aside: %w", err)
	}
	log, err := os.OpenFile(c.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the server's log: %w", err)
	}
	defer log.Close()
	c.cmd = exec.Command(program,
		"--port", "0", "--unixsocket", socket, "--unixsocketperm", "700",
		"--dir", dir, "--daemonize", "no", "--logfile", "",
		"--save", "", "--appendonly", "yes", "--appendfsync", "everysec",
		"--maxmemory", "0", "--maxmemory-policy", "noeviction")
	c.cmd.Stdout, c.cmd.Stderr = log, log
	c.cmd.ExtraFiles = []*os.File{serverLock}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = c.cmd.Wait() // ended tells more
		close(c.done)
	}()
	return c, nil
}

// ended answers why the server has ended, or nil while it lives.
func (c *child) ended() error {
	select {
	case <-c.done:
	default:
		return nil
	}
	text, err := os.ReadFile(c.log)
	if err != nil {
		return fmt.Errorf("it ended (%v), and its log cannot be read: %w", c.cmd.ProcessState, err)
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return fmt.Errorf("it ended (%v), saying last: %s; more in %s", c.cmd.ProcessState, lines[len(lines)-1], c.log)
}

// kill ends a server that never came to serve.
func (c *child) kill() {
	_ = c.cmd.Process.Kill() // fails only when it has ended already
	<-c.done
}
