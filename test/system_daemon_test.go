package test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// daemon is the program running in the background.
type daemon struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr string // paths
	done           chan struct{}
}

// start starts the program in the background.
func (h *host) start(args ...string) *daemon {
	h.t.Helper()
	return h.background(h.command(context.Background(), args...))
}

// background starts a command. It is killed when the test ends, and with the test
// process in any case on Linux.
func (h *host) background(cmd *exec.Cmd) *daemon {
	h.t.Helper()
	d := &daemon{t: h.t, cmd: cmd, done: make(chan struct{})}
	words := strings.Join(append([]string{filepath.Base(cmd.Path)}, cmd.Args[1:]...), " ")
	var files []*os.File
	for _, pattern := range []string{"stdout-*", "stderr-*"} {
		file, err := os.CreateTemp(h.dir, pattern)
		if err != nil {
			h.t.Fatal(err)
		}
		defer file.Close()
		files = append(files, file)
	}
	d.cmd.Stdout, d.cmd.Stderr = files[0], files[1]
	d.stdout, d.stderr = files[0].Name(), files[1].Name()
	d.cmd.SysProcAttr = dieWithTheTest()
	started := make(chan error)
	go func() {
		// "With its parent" means the thread that forked it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := d.cmd.Start()
		started <- err
		if err == nil {
			d.cmd.Wait() // its state tells
		}
		close(d.done)
	}()
	if err := <-started; err != nil {
		h.t.Fatalf("start %s: %v", words, err)
	}
	h.t.Cleanup(func() {
		d.kill()
		if h.t.Failed() {
			h.t.Logf("%s:\n%s%s", words, tail(d.out()), tail(d.talk()))
		}
	})
	return d
}

func (d *daemon) pid() int { return d.cmd.Process.Pid }

func (d *daemon) out() string  { return readText(d.stdout) }
func (d *daemon) talk() string { return readText(d.stderr) }

// tail is the end of a long text.
func tail(text string) string {
	const most = 16 << 10
	if len(text) <= most {
		return text
	}
	return "...\n" + text[len(text)-most:]
}

func readText(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Sprintf("(%v)", err)
	}
	return string(text)
}

// kill is kill -9. It returns once the process is gone.
func (d *daemon) kill() {
	d.cmd.Process.Kill() // fails only when it has ended already
	<-d.done
}

// terminate sends SIGTERM and waits for the end, which must come in order.
func (d *daemon) terminate() {
	d.t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	d.wait()
	if code := d.cmd.ProcessState.ExitCode(); code != 0 {
		d.t.Errorf("after SIGTERM: exit code %d, want 0\n%s", code, d.talk())
	}
}

func (d *daemon) wait() {
	d.t.Helper()
	select {
	case <-d.done:
	case <-time.After(patience):
		d.t.Fatalf("the process does not end within %v\n%s", patience, d.talk())
	}
}

// alive tells whether a process runs. One that has ended and that nobody waited
// for does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	_, state := parentOf(pid)
	return state != "Z"
}

// parentOf answers the parent of a process and its state, as the system has them.
func parentOf(pid int) (parent int, state string) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, ""
	}
	// They follow the program's name in brackets.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	parent, _ = strconv.Atoi(fields[1])
	return parent, fields[0]
}

// descendants answers the processes that came of one and still run, where the
// system tells.
func descendants(pid int) (found []int) {
	names, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	line := []int{pid}
	for len(line) > 0 {
		for _, name := range names {
			child, err := strconv.Atoi(name.Name())
			if err != nil || slices.Contains(found, child) {
				continue
			}
			if parent, state := parentOf(child); parent == line[0] && state != "Z" {
				found, line = append(found, child), append(line, child)
			}
		}
		line = line[1:]
	}
	return found
}
