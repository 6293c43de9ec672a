package runners

import (
	"errors"
	"syscall"
	"time"
)

// child is a program that a supervisor started.
type child struct {
	id   uint32
	pid  int
	mark string
	cell *cell // its cgroup; nil: none of its own

	stopping bool
	grace    time.Duration
	deadline time.Time // then KILL; zero before TERM
	known    []kin     // of it, by the last census
	exited   bool      // and reaped
	status   syscall.WaitStatus
	seen     int  // the last census begun before the exit
	leaving  bool // its end is known and its group being emptied
}

// making is the state of a lane that starts a child: it does so without holding
// mu, so the end of the child may be seen before its beginning.
type making struct {
	now  bool
	ends []end // of processes not known, since the making began
}

type end struct {
	pid    int
	status syscall.WaitStatus
}

// start makes a child. The files are its output, then what with says.
func (s *server) start(lane int, id uint32, o order, with byte, files []int) {
	fds, ok := s.childFiles(with, files)
	if !ok {
		s.refuse(frameRefused, id, syscall.EMFILE)
		return
	}
	s.creed.entrust(files)
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Credential: s.creed.credential()}
	var group *cell
	if s.creed.Ground != "" {
		var err error
		if group, err = s.creed.newCell(id); err != nil {
			s.refuse(frameNoCell, id, err)
			return
		}
		attr.UseCgroupFD, attr.CgroupFD = true, group.fd
	}
	s.mu.Lock()
	s.making[lane] = making{now: true, ends: s.making[lane].ends[:0]}
	s.mu.Unlock()
	pid, err := o.fork(&syscall.ProcAttr{Dir: o.dir, Env: o.env, Files: fds, Sys: attr})
	group.opened()
	s.mu.Lock()
	s.making[lane].now = false
	s.born.Signal() // also for a child that could not exec: it is to be reaped
	if err != nil {
		s.mu.Unlock()
		if group != nil {
			group.remove(leaving)
		}
		kind := frameRefused
		if errors.Is(err, errLate) {
			kind = frameLate
		}
		s.refuse(kind, id, err)
		return
	}
	c := &child{id: id, pid: pid, mark: o.mark, cell: group}
	s.byID[id], s.byPID[pid] = c, c
	s.tellSoon(frameStarted, id, uint32(pid))
	gone := false
	for _, e := range s.making[lane].ends {
		if e.pid == pid {
			s.reaped(pid, e.status)
			gone = true
		}
	}
	s.mu.Unlock()
	if gone {
		s.flush()
	}
}

func (s *server) refuse(kind byte, id uint32, err error) {
	errno := syscall.EINVAL
	errors.As(err, &errno)
	s.mu.Lock()
	s.tell(kind, id, uint32(errno))
	s.mu.Unlock()
	s.flush()
}

// childFiles puts received files where the child wants them.
func (s *server) childFiles(with byte, files []int) ([]uintptr, bool) {
	want := 1
	if with&withStdin != 0 {
		want++
	}
	if with&withExtra != 0 {
		want++
	}
	if len(files) != want {
		return nil, false
	}
	fds := []uintptr{uintptr(s.null), uintptr(files[0]), uintptr(files[0])}
	rest := files[1:]
	if with&withStdin != 0 {
		fds[0], rest = uintptr(rest[0]), rest[1:]
	}
	if with&withExtra != 0 {
		fds = append(fds, uintptr(rest[0]))
	}
	return fds, true
}

// stop leaves a child to ward.
func (s *server) stop(id, graceMs uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.byID[id]
	if c == nil || c.stopping {
		return
	}
	c.stopping = true
	c.grace = time.Duration(graceMs) * time.Millisecond
	s.rouse()
}

func (s *server) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
