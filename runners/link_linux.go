package runners

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// birth is how long a supervisor process may take to say that it is ready.
const birth = 20 * time.Second

// link is one life of a supervisor process, seen from the agent.
type link struct {
	lanes [lanes]lane
	cmd   *exec.Cmd
	creed creed

	mu      sync.Mutex
	last    uint32
	running map[uint32]*running
	closing atomic.Bool

	ready chan struct{}
	dead  chan struct{}
	cause error  // set before dead is closed
	sorry string // why the process ended, if it said so; of read
}

type running struct {
	*process
	pid  atomic.Int64 // 0 until it is told
	mark string

	starved atomic.Bool
}

// openLink starts a supervisor process: this very binary, also when its file
// was replaced meanwhile, in a session of its own, so that no signal from the
// terminal reaches it.
func openLink(c creed) (*link, error) {
	words, err := c.argument()
	if err != nil {
		return nil, err
	}
	l := &link{creed: c, running: map[uint32]*running{}, ready: make(chan struct{}), dead: make(chan struct{})}
	l.cmd = &exec.Cmd{
		Path: "/proc/self/exe", Args: append([]string{serveName, serveWord}, words...),
		Env: ownEnviron(), Stderr: os.Stderr,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if err := l.spawn(); err != nil {
		l.hangUp()
		return nil, err
	}
	go l.read()
	timer := time.AfterFunc(birth, func() { _ = l.cmd.Process.Kill() })
	defer timer.Stop()
	select {
	case <-l.ready:
		return l, nil
	case <-l.dead:
		if l.sorry != "" {
			return nil, l.cause
		}
		return nil, fmt.Errorf("%w (main has to begin with IsSupervisor)", l.cause)
	}
}

// spawn starts the process. Its ends of the sockets are closed here at once:
// as long as anybody else holds one, its death is not seen.
func (l *link) spawn() error {
	for i := range l.lanes {
		theirs, err := l.lanes[i].open()
		if err != nil {
			return err
		}
		defer func() { _ = theirs.Close() }()
		l.cmd.ExtraFiles = append(l.cmd.ExtraFiles, theirs)
	}
	if err := l.cmd.Start(); err != nil {
		return fmt.Errorf("start process: %w", err)
	}
	return nil
}

func (l *link) hangUp() {
	for i := range l.lanes {
		if c := l.lanes[i].conn; c != nil {
			_ = c.Close()
		}
	}
}

func (l *link) start(o order) (*process, error) {
	r := &running{mark: o.mark, process: &process{ended: make(chan ending, 1)}}
	l.mu.Lock()
	l.last++
	id := l.last
	l.running[id] = r
	l.mu.Unlock()
	r.stop = func(grace time.Duration) {
		// An error means that the process is dead, which read finds out too.
		_ = l.lane(id).send(appendFrame(nil, frameStop, id, uint32(grace.Milliseconds())), nil)
	}
	r.abandon = func() {
		l.forget(id)
		if pid := int(r.pid.Load()); pid > 0 {
			_ = syscall.Kill(-pid, syscall.SIGKILL)
		}
	}
	b, err := startFrame(id, o)
	if err == nil {
		err = l.lane(id).send(b, o.files())
	}
	if err != nil {
		l.forget(id)
		return nil, fmt.Errorf("tell supervisor: %w", err)
	}
	// What was entered after read had emptied the table would never end.
	select {
	case <-l.dead:
		l.end(id, ending{err: l.cause})
	default:
	}
	return r.process, nil
}

func (l *link) lane(id uint32) *lane { return &l.lanes[id%lanes] }

// read takes answers until the supervisor process is gone.
func (l *link) read() {
	err := l.answers()
	l.hangUp()
	if errors.Is(err, io.EOF) {
		err = nil
	}
	timer := l.killLater()
	if werr := l.cmd.Wait(); werr != nil {
		err = werr
	}
	timer.Stop()
	l.cause = errors.New("the supervisor process died")
	if l.closing.Load() {
		l.cause = errClosed
	}
	if l.sorry != "" {
		err = errors.New(l.sorry)
	}
	if err != nil {
		l.cause = fmt.Errorf("%w: %w", l.cause, err)
	}
	l.bury()
}

func (l *link) answers() error {
	var in []byte
	chunk := make([]byte, 16<<10)
	for {
		n, err := l.lanes[0].conn.Read(chunk)
		if err != nil {
			return err
		}
		in = append(in, chunk[:n]...)
		rest := in
		for {
			var f frame
			var ok bool
			if f, rest, ok, err = cutFrame(rest); err != nil {
				return err
			}
			if !ok {
				break
			}
			l.answer(f)
		}
		in = append(in[:0], rest...)
	}
}

func (l *link) answer(f frame) {
	switch f.kind {
	case frameStarted:
		l.mu.Lock()
		if r := l.running[f.id]; r != nil {
			r.pid.Store(int64(f.number()))
		}
		l.mu.Unlock()
	case frameRefused:
		l.end(f.id, ending{err: syscall.Errno(f.number())})
	case frameLate:
		l.end(f.id, ending{err: errLate})
	case frameNoCell:
		l.end(f.id, ending{err: fmt.Errorf("make its cgroup in %s: %w", l.creed.Ground, noCellError(f.number()))})
	case frameStarved:
		l.mu.Lock()
		if r := l.running[f.id]; r != nil {
			r.starved.Store(true)
		}
		l.mu.Unlock()
	case frameEnded:
		l.end(f.id, ending{status: syscall.WaitStatus(f.number())})
	case frameReady:
		close(l.ready)
	case frameSorry:
		l.sorry = string(f.body)
	case frameStuck:
		l.end(f.id, ending{err: errors.New("it was killed and is still there")})
	}
}

func (l *link) end(id uint32, e ending) {
	if r := l.forget(id); r != nil {
		e.starved = r.starved.Load()
		r.ended <- e
	}
}

// noCellError is an errno that is not of the program.
type noCellError syscall.Errno

func (e noCellError) Error() string { return syscall.Errno(e).Error() }

func (l *link) forget(id uint32) *running {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.running[id]
	delete(l.running, id)
	return r
}

// ownEnviron is what the supervisor process itself sees: the Go runtime's
// settings, and nothing that the agent keeps to itself.
func ownEnviron() []string {
	env := []string{}
	for _, kv := range os.Environ() {
		if allowed(kv, []string{"GO*"}) {
			env = append(env, kv)
		}
	}
	return env
}
