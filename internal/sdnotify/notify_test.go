package sdnotify

import (
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
)

// listen is a service manager that hears what it is told.
func listen(t *testing.T) (socket string, hear func() string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return socket, func() string {
		t.Helper()
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		text := make([]byte, 256)
		n, err := conn.Read(text)
		if err != nil {
			t.Fatalf("nothing was told: %v", err)
		}
		return string(text[:n])
	}
}

func TestTheManagerHearsReadyThenStopping(t *testing.T) {
	t.Parallel()
	socket, hear := listen(t)
	ready, stopping := make(chan struct{}), make(chan struct{})
	end := (&Manager{socket: socket}).Follow(ready, stopping, func() string { return "" }, zap.NewNop())
	defer end()
	close(ready)
	if got, want := hear(), "READY=1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	close(stopping)
	if got, want := hear(), "STOPPING=1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheWatchdogHearsNothingOfAnAgentThatIsStuck(t *testing.T) {
	t.Parallel()
	socket, hear := listen(t)
	var asked atomic.Int64
	ready := make(chan struct{})
	stuck := func() string {
		if asked.Add(1) <= 5 {
			return "it does not turn"
		}
		return ""
	}
	end := (&Manager{socket: socket, watchdog: 20 * time.Millisecond}).Follow(ready, nil, stuck, zap.NewNop())
	defer end()
	if got, want := hear(), "WATCHDOG=1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := asked.Load(); got <= 5 {
		t.Errorf("the watchdog heard of it after %d answers, the first five of which said that it is stuck", got)
	}
}

func TestWhoStartedThisProcess(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		env      map[string]string
		nobody   bool
		watchdog time.Duration
	}{
		{"nobody", nil, true, 0},
		{"a manager without a watchdog", map[string]string{"NOTIFY_SOCKET": "/s"}, false, 0},
		{"one with a watchdog", map[string]string{"NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "30000000"}, false, 30 * time.Second},
		{"one that watches this process", map[string]string{"NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "7"}, false, time.Millisecond},
		{"one that watches another", map[string]string{"NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "8"}, false, 0},
		{"a period that is no number", map[string]string{"NOTIFY_SOCKET": "/s", "WATCHDOG_USEC": "soon"}, false, 0},
		{"a watchdog without a socket", map[string]string{"WATCHDOG_USEC": "1000"}, true, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := read(func(name string) string { return tt.env[name] }, 7)
			if (got == nil) != tt.nobody {
				t.Fatalf("got %+v, want nobody: %v", got, tt.nobody)
			}
			if got != nil && got.watchdog != tt.watchdog {
				t.Errorf("watchdog: got %v, want %v", got.watchdog, tt.watchdog)
			}
		})
	}
}

func TestNobodyIsToldNothing(t *testing.T) {
	t.Parallel()
	var nobody *Manager
	nobody.Follow(nil, nil, nil, nil)()
}

func TestTakeLeavesNothingForThePrograms(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "/run/s")
	t.Setenv("WATCHDOG_USEC", "1000")
	t.Setenv("WATCHDOG_PID", "1")
	if got := Take(); got == nil || got.socket != "/run/s" {
		t.Errorf("got %+v, want the socket /run/s", got)
	}
	if got := Take(); got != nil {
		t.Errorf("got %+v in what is left of the environment, want nothing", got)
	}
}
