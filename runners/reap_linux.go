package runners

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// reap waits for children, and for orphans that became children of this
// process, and tells of their ends.
func (s *server) reap() {
	for {
		// Only a look: the process id is let go under mu, see stop.
		err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		s.mu.Lock()
		if !s.reapAll() {
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		s.flush()
	}
}

// reapAll reaps those that have ended, and waits while there are no children.
// It answers false when there will be none any more.
func (s *server) reapAll() bool {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil && s.closing:
			close(s.empty)
			return false
		case err != nil && len(s.told) > 0:
			return true // to be sent first
		case err != nil:
			s.born.Wait()
			return true
		case pid == 0:
			return true
		default:
			s.reaped(pid, status)
		}
	}
}

func (s *server) reaped(pid int, status syscall.WaitStatus) {
	c := s.byPID[pid]
	if c == nil {
		for lane := range s.making {
			if m := &s.making[lane]; m.now {
				m.ends = append(m.ends, end{pid, status})
			}
		}
		return
	}
	delete(s.byPID, pid)
	c.exited, c.status, c.seen = true, status, s.censuses
	if c.stopping {
		s.rouse()
		return
	}
	s.end(c, frameEnded, uint32(status))
}

// end tells of the end of a child, once. One with a group of its own ends when that is
// empty.
func (s *server) end(c *child, kind byte, number uint32) {
	switch {
	case s.byID[c.id] != c || c.leaving:
	case c.cell != nil:
		c.leaving = true
		go s.leave(c, kind, number)
	default:
		delete(s.byID, c.id)
		s.tell(kind, c.id, number)
	}
}

// leave empties the group of a child and tells of its end.
func (s *server) leave(c *child, kind byte, number uint32) {
	starved := c.cell.starved()
	gone := c.cell.remove(leaving)
	s.mu.Lock()
	delete(s.byID, c.id)
	if starved {
		s.tell(frameStarved, c.id, 0)
	}
	s.tell(kind, c.id, number)
	s.mu.Unlock()
	s.flush()
	if !gone {
		c.cell.remove(never)
	}
}
