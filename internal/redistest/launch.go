package redistest

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"
)

const (
	// startDeadline is generous: a loaded machine is slow, a broken server exits.
	startDeadline = 20 * time.Second
	// portTries bounds how often another program may win the race for a port.
	portTries = 20
)

// launch starts the server's process and waits until it answers.
func (s *Server) launch() {
	s.t.Helper()
	fresh := s.tcp && s.port == 0
	for try := 1; ; try++ {
		if fresh {
			s.port = freePort()
		}
		err := s.try()
		if err == nil {
			return
		}
		if !s.tcp || try == portTries || !strings.Contains(s.Log(), "ddress already in use") {
			s.t.Fatalf("start %s: %v\n%s", s.binary, err, s.Log())
		}
	}
}

// try starts one process and pings its socket until it answers or has ended.
func (s *Server) try() error {
	args := append([]string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(s.port), "--unixsocket", s.socket(),
		"--dir", s.dir, "--logfile", s.logFile(), "--daemonize", "no",
		"--save", "", "--appendonly", "no",
	}, s.args...)
	proc, err := startProcess(s.binary, args)
	if err != nil {
		return err
	}
	s.proc = proc
	pause := time.NewTicker(time.Millisecond)
	defer pause.Stop()
	deadline := time.NewTimer(startDeadline)
	defer deadline.Stop()
	for {
		select {
		case <-proc.done:
			return errors.New("it ended at once")
		case <-deadline.C:
			proc.kill()
			return fmt.Errorf("no answer within %v", startDeadline)
		case <-pause.C:
			if s.answers() {
				return nil
			}
		}
	}
}

// answers tells whether the server serves commands: it listens and has loaded
// its files.
func (s *Server) answers() bool {
	conn, err := net.Dial("unix", s.socket())
	if err != nil {
		return false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Second))
	// An unknown password, none being asked for, is answered by an error and does
	// no harm; PING is what counts. QUIT ends the answer.
	fmt.Fprintf(conn, "*2\r\n$4\r\nAUTH\r\n$%d\r\n%s\r\nPING\r\nQUIT\r\n", len(s.password), s.password)
	reply, err := io.ReadAll(conn)
	return err == nil && strings.Contains(string(reply), "+PONG")
}

// freePort answers a loopback port that nobody listens on. It is taken from below
// the range out of which systems give ports to outgoing connections, so that none
// of those occupies it while the server is down.
func freePort() int {
	for {
		port := 20000 + rand.IntN(10000)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			l.Close()
			return port
		}
	}
}
