//go:build unix && !linux

package runners

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

// Supervisor starts programs. Only Linux has a process of its own for it; here
// they are children of the agent, and after its kill -9 they go on.
type Supervisor struct {
	buffers sync.Pool
	mu      sync.Mutex
	closed  bool
	running map[int]*process
	bounds  Bounds
	creed   creed
}

// StartSupervisor makes the supervisor that runners need.
func StartSupervisor() (*Supervisor, error) { return StartBounded(Bounds{}) }

// StartBounded refuses bounds, which only Linux keeps.
func StartBounded(b Bounds) (*Supervisor, error) {
	if b != (Bounds{}) {
		return nil, errors.New("start supervisor: users and limits of programs need Linux")
	}
	s := &Supervisor{running: map[int]*process{}}
	s.buffers.New = newBuffer
	return s, nil
}

// EndsDescendants tells whether the end of a run, and the death of an agent, end all
// that its program has started, also in sessions of its own.
const EndsDescendants = false

// IsSupervisor tells whether this process was started to be a supervisor.
func IsSupervisor() bool { return false }

// ServeSupervisor is the life of a supervisor process; it answers the exit code.
func ServeSupervisor() int { return 2 }

// Close ends all programs.
func (s *Supervisor) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for pid := range s.running {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
	return nil
}

func (s *Supervisor) start(o order) (*process, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer func() { _ = null.Close() }()
	files := []uintptr{null.Fd(), uintptr(o.out), uintptr(o.out)}
	if o.stdin >= 0 {
		files[0] = uintptr(o.stdin)
	}
	if o.extra >= 0 {
		files = append(files, uintptr(o.extra))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	p := &process{ended: make(chan ending, 1), stop: func(time.Duration) {}, abandon: func() {}}
	pid, err := o.fork(&syscall.ProcAttr{Dir: o.dir, Env: o.env, Files: files, Sys: &syscall.SysProcAttr{Setpgid: true}})
	if err != nil {
		p.ended <- ending{err: err}
		return p, nil
	}
	s.running[pid] = p
	p.abandon = func() { _ = syscall.Kill(-pid, syscall.SIGKILL) }
	over := make(chan struct{})
	p.stop = func(grace time.Duration) {
		_ = syscall.Kill(-pid, syscall.SIGTERM)
		go func() {
			select {
			case <-over:
			case <-time.After(grace):
			}
			p.abandon()
		}()
	}
	go s.wait(pid, p, over)
	return p, nil
}

func (s *Supervisor) wait(pid int, p *process, over chan<- struct{}) {
	defer close(over)
	var status syscall.WaitStatus
	_, err := syscall.Wait4(pid, &status, 0, nil)
	for err == syscall.EINTR {
		_, err = syscall.Wait4(pid, &status, 0, nil)
	}
	s.mu.Lock()
	delete(s.running, pid)
	s.mu.Unlock()
	if err != nil {
		err = fmt.Errorf("wait for process %d: %w", pid, err)
	}
	p.ended <- ending{status: status, err: err}
}
