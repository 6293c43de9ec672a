package devstore

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// folders answers a data directory and a runtime folder with short paths.
func folders(t *testing.T) Options {
	t.Helper()
	base, err := os.MkdirTemp("/tmp", "devstore-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	o := Options{Dir: filepath.Join(base, "data"), Runtime: filepath.Join(base, "run")}
	if err := os.Mkdir(o.Runtime, 0o700); err != nil {
		t.Fatal(err)
	}
	return o
}

func open(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func client(t *testing.T, url string) *redis.Client {
	t.Helper()
	rdb, err := connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rdb.Close() })
	return rdb
}

func TestAStoreKeepsItsDataWhenClosed(t *testing.T) {
	t.Parallel()
	o := folders(t)
	first, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if first.Kind() == Memory || first.Banner() != "" || !strings.HasPrefix(first.URL(), "unix:///") {
		t.Fatalf("got a store of kind %s at %s saying %q, want a server", first.Kind(), first.URL(), first.Banner())
	}
	if err := client(t, first.URL()).Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(first.PID(), 0); err == nil {
		t.Errorf("the server (process %d) outlives Close", first.PID())
	}
	second := open(t, o)
	if got := client(t, second.URL()).Get(t.Context(), "k").Val(); got != "v" || second.TakenOver() {
		t.Errorf("opened again: got %q, taken over %v, want the value in a new server", got, second.TakenOver())
	}
}

func TestTheServerIsConfiguredToKeepEverything(t *testing.T) {
	t.Parallel()
	s := open(t, folders(t))
	want := map[string]string{
		"appendonly": "yes", "appendfsync": "everysec", "save": "", "port": "0",
		"maxmemory": "0", "maxmemory-policy": "noeviction", "unixsocketperm": "700",
	}
	for name, value := range want {
		got, err := client(t, s.URL()).ConfigGet(t.Context(), name).Result()
		if err != nil || got[name] != value {
			t.Errorf("%s: got %q, %v, want %q", name, got[name], err, value)
		}
	}
}

func TestASecondHolderIsRefusedAndToldWhoHoldsIt(t *testing.T) {
	t.Parallel()
	o := folders(t)
	first := open(t, o)
	_, err := Open(t.Context(), o)
	if want := "process " + strconv.Itoa(os.Getpid()); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), o.Dir) {
		t.Errorf("got %v, want an error with %q and %q", err, want, o.Dir)
	}
	if err := ping(t.Context(), first.URL()); err != nil {
		t.Errorf("the first store after the refusal: %v", err)
	}
}

func TestALongDirectoryHasItsSocketElsewhere(t *testing.T) {
	t.Parallel()
	o := folders(t)
	o.Dir = filepath.Join(o.Dir, strings.Repeat("long", 20), "er")
	s := open(t, o)
	if err := ping(t.Context(), s.URL()); err != nil || !strings.HasPrefix(s.URL(), "unix://"+o.Runtime) {
		t.Errorf("%s: got %v, want an answer from a socket in %s", s.URL(), err, o.Runtime)
	}
}

func TestADirectoryThatCannotBeUsedIsNamed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(t *testing.T, o *Options)
		want  string
	}{
		{"a file is in the way", func(t *testing.T, o *Options) { write(t, o.Dir, "") }, "not a directory; name another one with --data"},
		{"nothing can be made there", func(_ *testing.T, o *Options) { o.Dir = "/proc/jobs" }, "make the data directory"},
		{"nothing can be written there", func(_ *testing.T, o *Options) { o.Dir = "/proc/self" }, "write to the data directory"},
		{"the data is spoiled", func(t *testing.T, o *Options) {
			write(t, filepath.Join(o.Dir, "appendonlydir", "appendonly.aof.manifest"), "spoiled\n")
		}, "it ended (exit status 1), saying last: "},
		{"the program is no server", func(_ *testing.T, o *Options) { o.Server = "/bin/false" }, "start /bin/false: it ended (exit status 1)"},
		{"the program is none", func(_ *testing.T, o *Options) { o.Server = "/nowhere/redis-server" }, "no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := folders(t)
			tt.spoil(t, &o)
			began := time.Now()
			s, err := Open(t.Context(), o)
			if err == nil {
				s.Close(t.Context())
				t.Fatal("got a store, want an error")
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), o.Dir) {
				t.Errorf("got %v, want %q and %q", err, tt.want, o.Dir)
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("the error took %v, want at most 3 s", took)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
