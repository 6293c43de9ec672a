package devstore

import (
	"os"
	"path/filepath"
	"testing"
)

func TestALiveStoreIsFoundUntilItIsClosed(t *testing.T) {
	t.Parallel()
	o := folders(t)
	if got, ok := find(t.Context(), records(o.Runtime)); ok {
		t.Errorf("before any: got %v, want none", got)
	}
	s := open(t, o)
	got, ok := find(t.Context(), records(o.Runtime))
	if want := (Found{URL: s.URL(), PID: os.Getpid(), Kind: s.Kind()}); !ok || got != want {
		t.Errorf("open: got %v, %v, want %v", got, ok, want)
	}
	later := o
	later.InMemory = true
	memory, err := Open(t.Context(), later)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := find(t.Context(), records(o.Runtime)); !ok || got.URL != memory.URL() {
		t.Errorf("two open: got %v, %v, want the later one, %s", got, ok, memory.URL())
	}
	if err := memory.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, ok := find(t.Context(), records(o.Runtime)); !ok || got.URL != s.URL() {
		t.Errorf("the later one closed: got %v, %v, want %s", got, ok, s.URL())
	}
}

func TestARecordWhoseWriterWasKilledIsIgnoredAndRemoved(t *testing.T) {
	t.Parallel()
	o := folders(t)
	h := startHolder(t, o)
	got, ok := find(t.Context(), records(o.Runtime))
	if want := (Found{URL: h.url, PID: h.cmd.Process.Pid, Kind: "redis-server"}); !ok || got.URL != want.URL || got.PID != want.PID {
		t.Fatalf("alive: got %v, %v, want %v", got, ok, want)
	}
	h.kill()
	if err := ping(t.Context(), h.url); err != nil {
		t.Fatalf("the server left behind: %v", err)
	}
	if got, ok := find(t.Context(), records(o.Runtime)); ok {
		t.Errorf("killed: got %v, want none", got)
	}
	stale := records(o.Runtime)
	open(t, o)
	if now := records(o.Runtime); len(stale) != 1 || len(now) != 1 || now[0] == stale[0] {
		t.Errorf("records: got %v then %v, want one, another", stale, now)
	}
}

func TestRuntimeFoldersOfOthersAreNotTrusted(t *testing.T) {
	base := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", base)
	folder := filepath.Join(base, "jobs-agent")
	elsewhere := filepath.Join(base, "elsewhere")
	if err := os.Mkdir(elsewhere, 0o700); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		make    func() error
		trusted bool
	}{
		{"none: it is made", func() error { return nil }, true},
		{"a private one", func() error { return os.Mkdir(folder, 0o700) }, true},
		{"one open to all", func() error { return os.Mkdir(folder, 0o700) }, false},
		{"a link, even to a private one", func() error { return os.Symlink(elsewhere, folder) }, false},
		{"a file", func() error { return os.WriteFile(folder, nil, 0o600) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.make(); err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(folder)
			if tt.name == "one open to all" {
				if err := os.Chmod(folder, 0o777); err != nil {
					t.Fatal(err)
				}
			}
			got, err := ownRuntimeFolder()
			if (got == folder) != tt.trusted {
				t.Errorf("got %s, %v, want %s: %v", got, err, folder, tt.trusted)
			}
		})
	}
}

func TestFindReadsTheUsersRuntimeFolder(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	o := folders(t)
	o.Runtime = ""
	o.InMemory = true
	s := open(t, o)
	if got, ok := Find(t.Context()); !ok || got.URL != s.URL() {
		t.Errorf("got %v, %v, want %s", got, ok, s.URL())
	}
}
