package runners

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	// serveWord is the first argument of a supervisor process, before its creed, if any.
	serveWord = "_supervise"
	// serveName is what the process list shows, so that nobody who ends agents
	// by name ends it too.
	serveName = "jobs-supervisor"
	// lanes is how many threads of a supervisor start programs, each with a
	// socket of its own; while one waits for the kernel another goes on.
	lanes = 2
	// serveFD is the supervisor's end of the first socket, which answers go
	// through too; the others follow.
	serveFD = 3
)

// EndsDescendants tells whether the end of a run, and the death of an agent, end all
// that its program has started, also in sessions of its own.
const EndsDescendants = true

// IsSupervisor tells whether this process was started to be a supervisor. Main
// asks before anything else.
func IsSupervisor() bool {
	return (len(os.Args) == 2 || len(os.Args) == 3) && os.Args[1] == serveWord
}

// ServeSupervisor is the life of a supervisor process; it answers the exit code.
// It takes over the process: it ends when the agent has closed the socket and
// everything that was started is gone.
func ServeSupervisor() int {
	s, err := newServer()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: start: %v (agents start it, nobody else)\n", serveName, err)
		_, _ = unix.Write(serveFD, sorryFrame(err))
		return 2
	}
	// Threads that wait in the kernel keep their place this way.
	runtime.GOMAXPROCS(4 + lanes)
	go s.reap()
	go s.ward()
	ended := make(chan error)
	for lane := range lanes {
		go func() {
			// Children are told of the death of the thread that made them, so
			// this one never ends.
			runtime.LockOSThread()
			if err := s.creed.applyToThread(); err != nil {
				ended <- err
				select {}
			}
			ended <- s.serve(lane)
			select {}
		}()
	}
	for range lanes {
		if lerr := <-ended; lerr != nil {
			err = lerr
			for lane := range lanes {
				_ = unix.Shutdown(serveFD+lane, unix.SHUT_RD)
			}
		}
	}
	s.clear()
	s.creed.removeCells(os.Getpid())
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: serve: %v\n", serveName, err)
		_, _ = unix.Write(serveFD, sorryFrame(err))
		return 1
	}
	return 0
}

// server is the state of a supervisor process.
type server struct {
	null  int
	creed creed

	mu       sync.Mutex // held while children are reaped
	born     *sync.Cond // a child was made, or closing
	making   [lanes]making
	byID     map[uint32]*child // those whose end was not told
	byPID    map[int]*child    // those not reaped
	closing  bool
	censuses int
	told     []byte // frames to be sent
	soon     bool   // they will be, see tellSoon

	sending sync.Mutex // taken before mu
	wake    chan struct{}
	empty   chan struct{} // closed when closing and no child is left
}

func newServer() (*server, error) {
	for lane := range lanes {
		if kind, err := unix.GetsockoptInt(serveFD+lane, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || kind != unix.SOCK_STREAM {
			return nil, errors.New("no socket of an agent")
		}
		unix.CloseOnExec(serveFD + lane)
	}
	// Nothing is inherited by programs but what is given to them. Older kernels
	// lack the call; then what the agent got from its own parent stays.
	_ = unix.CloseRange(serveFD, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC)
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("become subreaper: %w", err)
	}
	_ = os.WriteFile("/proc/self/comm", []byte(serveName), 0)
	c, err := told()
	if err == nil {
		err = c.apply()
	}
	if err != nil {
		return nil, err
	}
	null, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", os.DevNull, err)
	}
	// Signals are caught and let fall, not ignored: ignoring is inherited.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	s := &server{
		null: null, creed: c,
		byID: map[uint32]*child{}, byPID: map[int]*child{},
		wake: make(chan struct{}, 1), empty: make(chan struct{}),
	}
	s.born = sync.NewCond(&s.mu)
	s.tell(frameReady, 0, 0)
	s.flush()
	return s, nil
}

// serve takes the frames of one lane until the agent closes its end.
func (s *server) serve(lane int) error {
	var (
		in    []byte
		sets  [][]int // files, one set an order
		chunk = make([]byte, 64<<10)
		oob   = make([]byte, unix.CmsgSpace(3*4))
	)
	for {
		n, oobn, flags, _, err := unix.Recvmsg(serveFD+lane, chunk, oob, unix.MSG_CMSG_CLOEXEC)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.ECONNRESET):
			return nil // the agent died with answers unread
		case err != nil:
			return fmt.Errorf("receive: %w", err)
		case n == 0:
			return nil
		}
		// One call never gives the files of two messages, so the sets come in
		// the order of the orders. A set may be short of files when this
		// process may open no more.
		if oobn > 0 || flags&unix.MSG_CTRUNC != 0 {
			sets = append(sets, rights(oob[:oobn]))
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
			if sets, err = s.handle(lane, f, sets); err != nil {
				return err
			}
		}
		in = slices.Delete(in, 0, len(in)-len(rest))
		if cap(in) > 1<<20 && len(in) == 0 {
			in = nil
		}
	}
}

func (s *server) handle(lane int, f frame, sets [][]int) ([][]int, error) {
	switch f.kind {
	case frameStart:
		o, with, err := f.order()
		if err != nil {
			return sets, err
		}
		if len(sets) == 0 {
			return sets, errors.New("an order came without files")
		}
		s.start(lane, f.id, o, with, sets[0])
		for _, fd := range sets[0] {
			_ = unix.Close(fd)
		}
		return sets[1:], nil
	case frameStop:
		s.stop(f.id, f.number())
		return sets, nil
	}
	return sets, errFrame
}

// rights reads the files that came with a message.
func rights(oob []byte) []int {
	var fds []int
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	for i := range messages {
		if got, err := unix.ParseUnixRights(&messages[i]); err == nil {
			fds = append(fds, got...)
		}
	}
	return fds
}
