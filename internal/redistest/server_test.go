package redistest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/redis/go-redis/v9"
)

func TestAServerAnswersInEveryForm(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		options []redistest.Option
		prefix  string // of the URL
	}{
		{"on its unix socket", nil, "unix:///tmp/"},
		{"on a loopback port", []redistest.Option{redistest.TCP()}, "redis://127.0.0.1:"},
		{"with a password on its socket", []redistest.Option{redistest.Password("p@ss/w%rd")}, "unix://:"},
		{"with a password on a port", []redistest.Option{redistest.Password("p@ss/w%rd"), redistest.TCP()}, "redis://:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t, tt.options...)
			if !strings.HasPrefix(s.URL(), tt.prefix) {
				t.Errorf("URL: got %s, want it to begin with %s", s.URL(), tt.prefix)
			}
			if err := s.Client().Ping(t.Context()).Err(); err != nil {
				t.Errorf("ping %s: %v", s.URL(), err)
			}
		})
	}
}

func TestAPasswordIsAskedFor(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t, redistest.Password("secret"))
	rdb := redis.NewClient(&redis.Options{Network: "unix", Addr: s.Addr()})
	defer rdb.Close()
	if err := rdb.Ping(t.Context()).Err(); err == nil || !strings.Contains(err.Error(), "NOAUTH") {
		t.Errorf("ping without the password: got %v, want NOAUTH", err)
	}
}

func TestArgsReachTheServer(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t, redistest.Args("--maxmemory", "5mb", "--maxmemory-policy", "noeviction")).Client()
	got, err := rdb.ConfigGet(t.Context(), "maxmemory").Result()
	if err != nil || got["maxmemory"] != "5242880" {
		t.Errorf("maxmemory: got %v, %v, want 5242880", got, err)
	}
}

func TestTwoServersShareNothing(t *testing.T) {
	t.Parallel()
	a, b := redistest.Start(t).Client(), redistest.Start(t).Client()
	if err := a.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got := b.Exists(t.Context(), "k").Val(); got != 0 {
		t.Errorf("keys of one server on the other: got %d, want 0", got)
	}
}

func TestKillAndRestartKeepWhatTheOptionsPromise(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		options []redistest.Option
		want    int64
	}{
		{"nothing by default", nil, 0},
		{"every write with AOF always", []redistest.Option{redistest.AOF("always")}, 1},
		{"the same on a port", []redistest.Option{redistest.AOF("always"), redistest.TCP()}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t, tt.options...)
			if err := s.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
				t.Fatal(err)
			}
			pid, addr := s.PID(), s.Addr()
			s.Kill()
			if err := s.Client().Ping(t.Context()).Err(); err == nil {
				t.Error("a killed server answers")
			}
			s.Restart()
			if s.PID() == pid || s.Addr() != addr {
				t.Errorf("restarted: got pid %d at %s, want another than %d at %s", s.PID(), s.Addr(), pid, addr)
			}
			if got := s.Client().Exists(t.Context(), "k").Val(); got != tt.want {
				t.Errorf("keys after the restart: got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestAFrozenServerIsSilentUntilThawed(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	rdb := s.Client()
	if err := rdb.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	s.Freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := rdb.Ping(ctx).Err(); !errors.Is(err, context.DeadlineExceeded) && !os.IsTimeout(err) {
		t.Errorf("ping of a frozen server: got %v, want a timeout", err)
	}
	s.Thaw()
	if err := rdb.Ping(t.Context()).Err(); err != nil {
		t.Errorf("ping after the thaw: %v", err)
	}
}

// TestAServerDiesWithItsTest runs this test once more in a process of its own,
// which starts a server and is killed.
func TestAServerDiesWithItsTest(t *testing.T) {
	const child = "REDISTEST_CHILD"
	if os.Getenv(child) != "" {
		s := redistest.Start(t)
		os.Stdout.WriteString("\nurl " + s.URL() + "\n")
		<-t.Context().Done() // killed here
	}
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), child+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addr := readURL(t, out)
	o, err := redis.ParseURL(addr)
	if err != nil {
		t.Fatal(err)
	}
	o.MaxRetries, o.DialerRetries = -1, 1
	rdb := redis.NewClient(o)
	defer rdb.Close()
	if err := rdb.Ping(t.Context()).Err(); err != nil {
		t.Fatalf("ping the child's server: %v", err)
	}
	defer os.RemoveAll(strings.TrimSuffix(o.Addr, "/redis.sock"))

	cmd.Process.Signal(syscall.SIGKILL)
	cmd.Wait()
	deadline := time.Now().Add(10 * time.Second)
	for rdb.Ping(t.Context()).Err() == nil {
		if time.Now().After(deadline) {
			t.Fatal("the server outlived the test that started it")
		}
	}
}

func readURL(t *testing.T, from interface{ Read([]byte) (int, error) }) string {
	t.Helper()
	var text strings.Builder
	buffer := make([]byte, 1024)
	for {
		n, err := from.Read(buffer)
		text.Write(buffer[:n])
		if _, rest, ok := strings.Cut(text.String(), "\nurl "); ok && strings.Contains(rest, "\n") {
			line, _, _ := strings.Cut(rest, "\n")
			return line
		}
		if err != nil {
			t.Fatalf("the child ended without naming its server: %v\n%s", err, text.String())
		}
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		redistest.Start(b)
	}
}

func TestSentinelsPutAReplicaInThePlaceOfItsMaster(t *testing.T) {
	t.Parallel()
	w := redistest.Watch(t, 1, redistest.Secrets{Data: "data", Sentinel: "watch"})
	first := w.Master()
	if err := first.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	w.Failover()
	second := w.Master()
	if times := w.Switches(); len(times) == 0 || times[0].Before(before.Add(-time.Second)) || times[0].After(time.Now()) {
		t.Errorf("switches: got %v, want some since %v", times, before)
	}
	if second == first {
		t.Fatal("the master is the same")
	}
	if got := second.Client().Get(t.Context(), "k").Val(); got != "v" {
		t.Errorf("the new master has %q, want what the old one had", got)
	}
}
