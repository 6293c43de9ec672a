package redistest

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Server is a real redis-server that belongs to one test. Its methods fail the
// test when they cannot do what they say, so they are called from the test's own
// goroutine only.
type Server struct {
	t        testing.TB
	binary   string
	dir      string
	args     []string
	password string
	tcp      bool
	port     int
	proc     *process
}

// Start starts a server and waits until it answers. It ends, and its files go,
// when the test ends; it dies with the test process in any case on Linux.
func Start(t testing.TB, options ...Option) *Server {
	t.Helper()
	binary, err := findBinary()
	if err != nil {
		t.Fatalf("start a redis-server: %v", err)
	}
	// Not t.TempDir: a socket's path must be shorter than 108 bytes, 104 on macOS.
	dir, err := os.MkdirTemp("/tmp", "redistest-")
	if err != nil {
		t.Fatalf("start a redis-server: %v", err)
	}
	s := &Server{t: t, binary: binary, dir: dir}
	for _, option := range options {
		option(s)
	}
	t.Cleanup(func() {
		if s.proc != nil {
			s.proc.kill()
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the files of a redis-server: %v", err)
		}
	})
	s.launch()
	return s
}

// Addr answers where the server listens: the path of its socket, or host:port
// with the option TCP.
func (s *Server) Addr() string {
	if s.tcp {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port))
	}
	return s.socket()
}

// URL answers the server's address in the form that redis.ParseURL reads.
func (s *Server) URL() string {
	var user *url.Userinfo
	if s.password != "" {
		user = url.UserPassword("", s.password)
	}
	if s.tcp {
		return (&url.URL{Scheme: "redis", User: user, Host: s.Addr(), Path: "/0"}).String()
	}
	return (&url.URL{Scheme: "unix", User: user, Path: s.socket(), RawQuery: "db=0"}).String()
}

// Client answers a new client of the server, closed when the test ends. It
// repeats nothing by itself and gives up on a silent server with the caller's
// context.
func (s *Server) Client() *redis.Client {
	s.t.Helper()
	o, err := redis.ParseURL(s.URL())
	if err != nil {
		s.t.Fatalf("make a client of %s: %v", s.Addr(), err)
	}
	return newClient(s.t, o)
}

// Dir answers the server's data directory.
func (s *Server) Dir() string { return s.dir }

// PID answers the process id of the server as it runs now.
func (s *Server) PID() int { return s.proc.pid() }

// Log answers what the server has written to its log.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.logFile())
	if err != nil {
		return fmt.Sprintf("(no log: %v)", err)
	}
	return string(text)
}

// Freeze stops the server as it stands, as a machine that hangs: connections
// stay open and nothing answers. It returns once the server has stopped.
func (s *Server) Freeze() {
	s.t.Helper()
	s.signal(syscall.SIGSTOP)
	if err := s.proc.waitStopped(); err != nil {
		s.t.Fatalf("freeze the redis-server: %v", err)
	}
}

// Thaw lets a frozen server go on.
func (s *Server) Thaw() {
	s.t.Helper()
	s.signal(syscall.SIGCONT)
}

// Kill ends the server with SIGKILL and returns once it is gone. What it had not
// written to its append-only file is lost.
func (s *Server) Kill() {
	s.t.Helper()
	s.proc.kill()
}

// Restart starts the server again with the same files, socket and port. One
// that still runs is killed first.
func (s *Server) Restart() {
	s.t.Helper()
	s.proc.kill()
	s.launch()
}

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.proc.signal(sig); err != nil {
		s.t.Fatalf("send %v to the redis-server: %v", sig, err)
	}
}

func (s *Server) socket() string  { return filepath.Join(s.dir, "redis.sock") }
func (s *Server) logFile() string { return filepath.Join(s.dir, "redis.log") }
