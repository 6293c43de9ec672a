package devstore

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// holderVariables hand the folders to this test binary run as a holder.
const holderVariables = "DEVSTORE_HOLDER"

// holder is a process that has a store open.
type holder struct {
	cmd    *exec.Cmd
	url    string
	server int // process id
}

// TestHolder is no test by itself: it is the holder that others start and kill.
func TestHolder(t *testing.T) {
	dir, runtime, ok := strings.Cut(os.Getenv(holderVariables), ":")
	if !ok {
		return
	}
	s, err := Open(context.Background(), Options{Dir: dir, Runtime: runtime})
	if err != nil {
		fmt.Printf("holder failed %v\n", err)
		return
	}
	fmt.Printf("holder %s %d\n", s.URL(), s.PID())
	select {}
}

func startHolder(t *testing.T, o Options) *holder {
	t.Helper()
	h := &holder{cmd: exec.Command(os.Args[0], "-test.run=^TestHolder$")}
	h.cmd.Env = append(os.Environ(), holderVariables+"="+o.Dir+":"+o.Runtime)
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.kill()
		if h.server != 0 {
			_ = syscall.Kill(h.server, syscall.SIGKILL)
		}
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) == 3 && words[0] == "holder" {
			h.url = words[1]
			if h.server, err = strconv.Atoi(words[2]); err != nil {
				t.Fatal(err)
			}
			return h
		}
	}
	t.Fatal("the holder ended without a store")
	return nil
}

// kill ends the holder as kill -9 does.
func (h *holder) kill() {
	_ = h.cmd.Process.Kill()
	_ = h.cmd.Wait()
}

func TestTheServerOfAKilledHolderIsTakenOver(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		meanwhile func(t *testing.T, h *holder)
		takenOver bool
	}{
		{"while it serves", func(*testing.T, *holder) {}, true},
		{"unless it was killed too", func(t *testing.T, h *holder) {
			if err := syscall.Kill(h.server, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"unless it is ending", func(t *testing.T, h *holder) {
			if err := syscall.Kill(h.server, syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := folders(t)
			h := startHolder(t, o)
			if err := client(t, h.url).Set(t.Context(), "k", "v", 0).Err(); err != nil {
				t.Fatal(err)
			}
			h.kill()
			tt.meanwhile(t, h)
			s, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if s.TakenOver() != tt.takenOver || (s.PID() == h.server) != tt.takenOver {
				t.Errorf("taken over: got %v, server %d after %d, want %v", s.TakenOver(), s.PID(), h.server, tt.takenOver)
			}
			if got := client(t, s.URL()).Get(t.Context(), "k").Val(); got != "v" {
				t.Errorf("the data: got %q, want %q", got, "v")
			}
			if err := s.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := ping(t.Context(), s.URL()); err == nil {
				t.Error("the server still answers after Close")
			}
		})
	}
}

func TestAServerWhoseSocketIsInAnotherRuntimeFolderIsTakenOver(t *testing.T) {
	t.Parallel()
	o := folders(t)
	o.Dir = filepath.Join(o.Dir, strings.Repeat("long", 30))
	h := startHolder(t, o)
	h.kill()
	o.Runtime = t.TempDir()
	if s := open(t, o); !s.TakenOver() || s.PID() != h.server || s.URL() != h.url {
		t.Errorf("got server %d at %s, want %d at %s", s.PID(), s.URL(), h.server, h.url)
	}
}

func TestALivingHolderInAnotherProcessIsNotDisturbed(t *testing.T) {
	t.Parallel()
	o := folders(t)
	h := startHolder(t, o)
	_, err := Open(t.Context(), o)
	if want := fmt.Sprintf("process %d", h.cmd.Process.Pid); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want an error with %q", err, want)
	}
	if err := ping(t.Context(), h.url); err != nil {
		t.Errorf("the holder's store: %v", err)
	}
}

func TestAServerThatDoesNotAnswerIsNotFought(t *testing.T) {
	t.Parallel()
	o := folders(t)
	h := startHolder(t, o)
	h.kill()
	if err := syscall.Kill(h.server, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, o)
	if err == nil || !strings.Contains(err.Error(), "cannot be taken over") {
		t.Errorf("got %v, want a refusal", err)
	}
	if err := syscall.Kill(h.server, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if s := open(t, o); !s.TakenOver() || s.PID() != h.server {
		t.Errorf("once it answers: got server %d, want %d", s.PID(), h.server)
	}
}
