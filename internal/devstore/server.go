package devstore

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.uber.org/zap"
)

const (
	// takeOverPatience is how long a server that an earlier dev left behind may
	// take to answer, or to end if it is ending.
	takeOverPatience = 10 * time.Second
	// settle is how long a server that was told to end may go on to answer: until
	// the next turn of its own clock, a tenth of a second.
	settle = 250 * time.Millisecond
	// endPatience is how long a server may take to end once it was asked to.
	endPatience = 10 * time.Second
)

// errUnsettled says that a server answers, but perhaps not for long.
var errUnsettled = errors.New("it has only begun to answer")

// server is a private redis-server or valkey-server with its data directory.
type server struct {
	dir      string
	program  string
	socket   string
	hold     *os.File // DIR/lock: this process has the directory open
	child    *child   // nil for a server that was taken over
	identity identity
}

// openServer locks the data directory, then takes over the server that lives
// there or starts one.
func openServer(ctx context.Context, o Options) (_ *server, err error) {
	dir, err := prepareDir(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, program: o.Server, socket: socketFor(dir, o.Runtime)}
	if s.hold, err = holdDir(dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			unlock(s.hold)
		}
	}()
	serverLock, err := s.waitForServerLock(ctx)
	if err != nil {
		return nil, err
	}
	if serverLock == nil {
		o.Log.Info("took over the server of an earlier dev", zap.Int("pid", s.identity.pid), zap.String("dir", dir))
		return s, nil
	}
	defer serverLock.Close() // the child has it, or nobody needs it
	return s, s.start(ctx, serverLock)
}

// prepareDir makes the data directory and answers its real path.
func prepareDir(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the data directory: %w; name another one with --data", err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// holdDir takes the directory for this process and writes its id into the lock.
func holdDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, "lock")
	file, err := lock(path)
	if errors.Is(err, errHeld) {
		return nil, fmt.Errorf("another jobs-agent dev (process %s) has it open: end that one or name another directory with --data", readWord(path))
	}
	if err == nil {
		err = writeWord(file, strconv.Itoa(os.Getpid()))
	}
	if err != nil {
		return nil, fmt.Errorf("write to the data directory: %w; name another one with --data", err)
	}
	return file, nil
}

// waitForServerLock answers the lock that says that no server lives in the
// directory, or none when a living one has been identified.
func (s *server) waitForServerLock(ctx context.Context) (*os.File, error) {
	path := filepath.Join(s.dir, "server.lock")
	file, err := lock(path)
	if !errors.Is(err, errHeld) {
		return file, err
	}
	// The lock names the socket: the server may have been started in a session
	// with another runtime folder.
	if socket := readWord(path); socket != "" {
		s.socket = socket
	}
	var since time.Time // when it was first seen to answer
	err = poll(ctx, takeOverPatience, func() error {
		var err error
		if file, err = lock(path); !errors.Is(err, errHeld) {
			return err
		}
		s.identity, err = identify(ctx, s.url())
		if err == nil && s.identity.dir != s.dir {
			err = fmt.Errorf("the server on %s keeps its data in %s", s.socket, s.identity.dir)
		}
		if err != nil {
			return err
		}
		if since.IsZero() {
			since = time.Now()
		}
		if time.Since(since) < settle {
			return errUnsettled
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("a server that an earlier dev left behind holds the data (%s) but cannot be taken over: %w; end it and try again", path, err)
	}
	return file, nil
}

// start starts a server of one's own and waits until it answers, however long it
// loads its data.
func (s *server) start(ctx context.Context, serverLock *os.File) error {
	if err := writeWord(serverLock, s.socket); err != nil {
		return err
	}
	child, err := startChild(s.program, s.dir, s.socket, serverLock)
	if err != nil {
		return err
	}
	err = poll(ctx, 0, func() error {
		if err := child.ended(); err != nil {
			return stop{err}
		}
		var err error
		s.identity, err = identify(ctx, s.url())
		return err
	})
	if err != nil {
		child.kill()
		return fmt.Errorf("start %s: %w", s.program, err)
	}
	s.child = child
	return nil
}

func (s *server) url() string {
	u := url.URL{Scheme: "unix", Path: s.socket, RawQuery: "db=0"}
	return u.String()
}

func (s *server) kind() string { return filepath.Base(s.program) }

func (s *server) pid() int { return s.identity.pid }

// close ends the server and gives the directory free. A server that has ended
// already is no error.
func (s *server) close(ctx context.Context) error {
	defer unlock(s.hold)
	path := filepath.Join(s.dir, "server.lock")
	asked := shutdown(ctx, s.url())
	err := poll(ctx, endPatience, func() error {
		file, err := lock(path)
		if err == nil {
			unlock(file)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("the server (process %d) does not end: %w", s.identity.pid, errors.Join(asked, err))
	}
	if s.child != nil {
		<-s.child.done
	}
	return nil
}
