// Package sdnotify tells the service manager that started this process, systemd
// with Type=notify, that it is ready, that it is stopping, and that it is not stuck.
package sdnotify

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Manager is who started this process. A nil one is nobody, and told nothing.
type Manager struct {
	socket   string
	watchdog time.Duration // 0: it does not watch
}

// Take answers the manager that the environment names, and takes it out of the
// environment: what the programs of runs would say there is not the agent's word.
func Take() *Manager {
	m := read(os.Getenv, os.Getpid())
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		_ = os.Unsetenv(name) // fails for no name that has a letter
	}
	return m
}

func read(env func(string) string, pid int) *Manager {
	m := &Manager{socket: env("NOTIFY_SOCKET")}
	if m.socket == "" {
		return nil
	}
	micros, err := strconv.ParseInt(env("WATCHDOG_USEC"), 10, 64)
	whose := env("WATCHDOG_PID")
	if err == nil && micros > 0 && (whose == "" || whose == strconv.Itoa(pid)) {
		m.watchdog = time.Duration(micros) * time.Microsecond
	}
	return m
}

// Follow tells the manager READY=1 when ready is closed, STOPPING=1 when stopping
// is, and WATCHDOG=1 twice in each of its periods as long as stuck answers nothing.
// The function that it answers ends it.
func (m *Manager) Follow(ready, stopping <-chan struct{}, stuck func() string, log *zap.Logger) (end func()) {
	if m == nil {
		return func() {}
	}
	done := make(chan struct{})
	var loop sync.WaitGroup
	loop.Go(func() { m.follow(ready, stopping, done, stuck, log) })
	return func() {
		close(done)
		loop.Wait()
	}
}

func (m *Manager) follow(ready, stopping, done <-chan struct{}, stuck func() string, log *zap.Logger) {
	var watch <-chan time.Time
	if m.watchdog > 0 {
		tick := time.NewTicker(m.watchdog / 2)
		defer tick.Stop()
		watch = tick.C
	}
	tell := func(what string) {
		if err := m.tell(what); err != nil {
			log.Warn("the service manager hears nothing", zap.String("what", what), zap.Error(err))
		}
	}
	for {
		select {
		case <-ready:
			ready = nil
			tell("READY=1")
		case <-stopping:
			stopping = nil
			tell("STOPPING=1")
		case <-watch:
			if why := stuck(); why != "" {
				log.Error("the agent is stuck, and leaves it to the watchdog of the service manager", zap.String("why", why))
				continue
			}
			tell("WATCHDOG=1")
		case <-done:
			return
		}
	}
}

func (m *Manager) tell(what string) error {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: m.socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte(what)); err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	return nil
}
