package board_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/embedded"
	"github.com/jobs-agent/jobs/internal/redistest"
)

// TestMain gives the examples a store, in the variable that programs read.
func TestMain(m *testing.M) { os.Exit(withStore(m.Run)) }

func withStore(run func() int) int {
	store, err := embedded.Start("")
	if err != nil {
		fmt.Fprintln(os.Stderr, "start the examples' store:", err)
		return 1
	}
	defer store.Close()
	os.Setenv("JOBS_REDIS", store.URL())
	return run()
}

// both runs the test on a board in a real redis-server and on one in the embedded
// store, each its own.
func both(t *testing.T, test func(t *testing.T, b *board.Board)) {
	t.Helper()
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, redistest.Start(t).URL()))
	})
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, redistest.EmbeddedURL(t)))
	})
}

func open(t *testing.T, url string) *board.Board {
	t.Helper()
	b, err := board.Open(t.Context(), url, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// must is for steps that a test needs and that have their own tests elsewhere.
func must[T any](t *testing.T) func(value T, err error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	deadline := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("%s: not within 20 s", what)
		}
	}
}

func TestOpenTellsWhatItIsConnectedTo(t *testing.T) {
	t.Parallel()
	b := open(t, redistest.EmbeddedURL(t))
	if b.Name() != "jobs" {
		t.Errorf("name: got %q, want jobs", b.Name())
	}
	if now, err := b.Now(t.Context()); err != nil || time.Since(now).Abs() > time.Minute {
		t.Errorf("now: got %v, %v", now, err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenFailsSoonWhenNobodyListens(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	failsSoon(t, "redis://me:secret@"+address+"/0")
}

func TestOpenFailsSoonWhenRedisHangs(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP(), redistest.Password("secret"))
	server.Freeze()
	failsSoon(t, server.URL())
}

func failsSoon(t *testing.T, url string) {
	t.Helper()
	begun := time.Now()
	_, err := board.Open(t.Context(), url, "")
	if took := time.Since(begun); took > 3500*time.Millisecond {
		t.Errorf("took %v, want 3 s at most", took)
	}
	if !errors.Is(err, jobs.ErrUnreachable) || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), ":***@127.0.0.1:") {
		t.Errorf("got %v, want ErrUnreachable at a masked address", err)
	}
}

func TestOpenWithAWrongPasswordSaysSo(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.Password("right"))
	_, err := board.Open(t.Context(), strings.Replace(server.URL(), "right", "secret", 1), "")
	if err == nil || !strings.Contains(err.Error(), "invalid username-password pair") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v, want the reason without the password", err)
	}
	open(t, server.URL())
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	url := redistest.EmbeddedURL(t)
	for name, arguments := range map[string][2]string{
		"an address without a scheme":         {"localhost:6379", ""},
		"an unknown scheme":                   {"http://:secret@localhost", ""},
		"a database that is no number":        {"redis://:secret@localhost/x", ""},
		"a pool without connections":          {"redis://:secret@localhost?pool_size=0", ""},
		"sentinels without a master":          {"redis+sentinel://:secret@localhost", ""},
		"a socket without a path":             {"unix://", ""},
		"a cluster and a name without braces": {"redis+cluster://:secret@localhost", "jobs"},
		"a cluster and empty braces":          {"redis+cluster://:secret@localhost", "jobs{}"},
		"a name with a colon":                 {url, "a:b"},
		"a name with a blank":                 {url, "a b"},
		"the name of the hash of commands":    {url, "commands"},
	} {
		b, err := board.Open(t.Context(), arguments[0], arguments[1])
		if !errors.Is(err, jobs.ErrInvalid) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, %v, want ErrInvalid without the password", name, b, err)
		}
	}
}

func TestAnEndedContextEndsCalls(t *testing.T) {
	t.Parallel()
	b := open(t, redistest.EmbeddedURL(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Put(ctx, jobs.Job{ID: "a", Runner: "r"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
