package runners

import (
	"os"
	"syscall"
	"time"
)

const (
	// leftovers is how often a supervisor looks whether those are gone who
	// outlived the leader of their group; dying the same after a KILL.
	leftovers = 50 * time.Millisecond
	dying     = 10 * time.Millisecond
	// stuck is when a supervisor gives up on what no KILL ends, such as a
	// program that hangs in the kernel.
	stuck = 900 * time.Millisecond
	// orphanGrace is what programs get after the death of their agent. They
	// have to be gone before others may take their runs.
	orphanGrace = time.Second
	clearing    = 3 * time.Second
	never       = time.Hour
)

// ward sees stopped children to their end: TERM to the group, KILL to all of it
// when the grace is over. The end is told when nothing is left: not the group,
// not the descendants, nothing with the mark.
func (s *server) ward() {
	timer := time.NewTimer(never)
	for {
		select {
		case <-s.wake:
		case <-timer.C:
		}
		timer.Reset(s.round())
	}
}

// round judges all stopping children by one census and answers when to come
// again.
func (s *server) round() time.Duration {
	s.mu.Lock()
	due, next := s.stopping()
	s.censuses++
	number := s.censuses
	s.mu.Unlock()
	if len(due) == 0 {
		return next
	}
	all := takeCensus()
	ours := all.descendants(os.Getpid())
	s.mu.Lock()
	for _, c := range due {
		next = min(next, s.judge(c, number, all, ours))
	}
	s.mu.Unlock()
	s.flush()
	return next
}

// stopping answers the children to be judged now, and when the next will be.
func (s *server) stopping() (due []*child, next time.Duration) {
	next = never
	for _, c := range s.byID {
		switch {
		case !c.stopping, c.leaving:
		case c.exited, time.Until(c.deadline) <= 0:
			due = append(due, c)
		default:
			next = min(next, time.Until(c.deadline))
		}
	}
	return due, next
}

func (s *server) judge(c *child, number int, all census, ours []int) time.Duration {
	leader := c.pid
	if s.byPID[leader] != nil && s.byPID[leader] != c {
		leader = -1 // the number went to another child: then the group was empty
	}
	c.known = all.members(ours, leader, c.mark, c.known)
	if c.deadline.IsZero() {
		// The family is known now, so nobody in it is lost by the death of a
		// parent. Nobody else reaps, so under mu the number of a child that is
		// not reaped is its own.
		if c.exited {
			signalKin(c.known, syscall.SIGTERM)
		} else {
			_ = syscall.Kill(-c.pid, syscall.SIGTERM)
		}
		c.deadline = time.Now().Add(c.grace)
		return min(leftovers, c.grace)
	}
	late := -time.Until(c.deadline)
	switch {
	case c.exited && len(c.known) == 0 && c.seen < number, c.exited && late > stuck:
		s.end(c, frameEnded, uint32(c.status))
		return never
	case late > stuck:
		s.end(c, frameStuck, c.id)
		return never
	case late < 0:
		return min(leftovers, -late)
	}
	if !c.exited {
		_ = syscall.Kill(-c.pid, syscall.SIGKILL)
	}
	signalKin(c.known, syscall.SIGKILL)
	c.cell.kill()
	return dying
}

// clear ends everything that came of this process, children and orphans alike,
// and returns when all are gone.
func (s *server) clear() {
	s.mu.Lock()
	s.closing = true
	s.born.Broadcast()
	s.mu.Unlock()
	signalAll(takeCensus().descendants(os.Getpid()), syscall.SIGTERM)
	if s.emptied(orphanGrace) {
		return
	}
	for end := time.Now().Add(clearing); time.Now().Before(end); {
		signalAll(takeCensus().descendants(os.Getpid()), syscall.SIGKILL)
		if s.emptied(dying) {
			return
		}
	}
}

func (s *server) emptied(d time.Duration) bool {
	select {
	case <-s.empty:
		return true
	case <-time.After(d):
		return false
	}
}
