package redistest

import (
	"os/exec"
	"runtime"
	"syscall"
)

// process is one life of a server.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed once the process is gone and reaped
}

// startProcess starts the program and reaps it when it ends.
func startProcess(path string, args []string) (*process, error) {
	p := &process{cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.SysProcAttr = dieWithParent()
	started := make(chan error)
	go func() {
		// On Linux "dies with its parent" means the thread that forked it, so
		// that thread is kept until the process has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.cmd.Wait() // its status says nothing: it is killed in any case
		}
		close(p.done)
	}()
	return p, <-started
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) signal(s syscall.Signal) error { return p.cmd.Process.Signal(s) }

// kill ends the process, a frozen one too, and returns once it is gone.
func (p *process) kill() {
	p.cmd.Process.Kill() // fails only when the process has ended already
	<-p.done
}
