package runners

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// bury ends what a dead supervisor process has left: the kernel killed its
// children, their groups and what bears their marks is looked for.
func (l *link) bury() {
	l.mu.Lock()
	left := l.running
	l.running = map[uint32]*running{}
	close(l.dead)
	l.mu.Unlock()
	defer l.creed.removeCells(l.cmd.Process.Pid)
	if len(left) == 0 {
		return
	}
	l.creed.killCells(l.cmd.Process.Pid)
	all := takeCensus()
	everybody := make([]int, 0, len(all))
	for pid := range all {
		everybody = append(everybody, pid)
	}
	for _, r := range left {
		leader := int(r.pid.Load())
		if leader == 0 {
			leader = -1
		}
		signalKin(all.members(everybody, leader, r.mark, nil), syscall.SIGKILL)
	}
	for _, r := range left {
		r.ended <- ending{err: l.cause}
	}
}

// close lets the supervisor process end: it sees that nothing more will come,
// ends everything and goes, and read after it.
func (l *link) close() error {
	l.closing.Store(true)
	for i := range l.lanes {
		err := l.lanes[i].conn.CloseWrite()
		if err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, syscall.ENOTCONN) {
			return err
		}
	}
	timer := l.killLater()
	defer timer.Stop()
	<-l.dead
	return nil
}

// killLater ends a supervisor process that does not end by itself in time.
func (l *link) killLater() *time.Timer {
	return time.AfterFunc(orphanGrace+clearing+time.Second, func() { _ = l.cmd.Process.Kill() })
}
