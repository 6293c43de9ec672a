package runners

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// rest is how long a supervisor process has to live before another one is
// started in its place after its death.
const rest = 10 * time.Second

// Supervisor is the agent's side of its supervisor process. When that process
// dies, the programs it started fail with it, and the next program starts
// another one, at most once in ten seconds. Any number of goroutines may use it.
type Supervisor struct {
	buffers sync.Pool
	bounds  Bounds
	creed   creed

	mu        sync.Mutex
	link      *link
	restarted time.Time
	closed    bool
}

// StartSupervisor starts the supervisor process. The program's main has to
// begin with IsSupervisor, since it is started again for it. Close ends it.
func StartSupervisor() (*Supervisor, error) { return StartBounded(Bounds{}) }

// StartBounded is StartSupervisor for programs that run as somebody else or within
// limits: the process is their parent, has the limits itself and hands them on.
func StartBounded(b Bounds) (*Supervisor, error) {
	if IsSupervisor() {
		return nil, errors.New("start supervisor: this process was started to be one; main has to begin with IsSupervisor")
	}
	c, err := b.creed()
	if err != nil {
		return nil, fmt.Errorf("start supervisor: %w", err)
	}
	return startSupervisor(b, c)
}

func startSupervisor(b Bounds, c creed) (*Supervisor, error) {
	if c.Ground != "" {
		if err := settle(c.Ground, c.controllers(), ownProcesses); err != nil {
			return nil, fmt.Errorf("start supervisor: %w", err)
		}
	}
	l, err := openLink(c)
	if err != nil {
		return nil, fmt.Errorf("start supervisor: %w", err)
	}
	s := &Supervisor{link: l, bounds: b, creed: c}
	s.buffers.New = newBuffer
	return s, nil
}

// Close ends the programs that are still there, those they left behind, and the
// supervisor process.
func (s *Supervisor) Close() error {
	s.mu.Lock()
	l, closed := s.link, s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	if err := l.close(); err != nil {
		return fmt.Errorf("close supervisor: %w", err)
	}
	return nil
}

// start orders a program. An error says that it was not started; the same may
// still come as its ending.
func (s *Supervisor) start(o order) (*process, error) {
	l, err := s.living()
	if err != nil {
		return nil, err
	}
	return l.start(o)
}

// living answers the link to a supervisor process that is not known to be dead.
func (s *Supervisor) living() (*link, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	select {
	case <-s.link.dead:
	default:
		return s.link, nil
	}
	if ago := time.Since(s.restarted); ago < rest {
		return nil, fmt.Errorf("the supervisor process died again, %v after it was restarted: %w", ago.Round(time.Millisecond), s.link.cause)
	}
	l, err := openLink(s.creed)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("restart supervisor: %w", err), s.link.cause)
	}
	s.link, s.restarted = l, time.Now()
	return l, nil
}
