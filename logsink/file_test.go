package logsink

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// readFiles is what a rotated file and its predecessors hold, oldest first.
func readFiles(t *testing.T, path string) (text string, sizes []int) {
	t.Helper()
	names, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	for i := len(names) - 1; i >= 0; i-- { // fewer than ten
		part, err := os.ReadFile(names[i])
		if err != nil {
			t.Fatal(err)
		}
		text += string(part)
		sizes = append(sizes, len(part))
	}
	return text, sizes
}

var plainHead = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z dump@1000\.1 \| `)

func TestAFileGetsAllThatRunsPrintAsItWasPrinted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "output.log")
	s := opened(t, "file:"+path)
	w := s.attempt("dump")
	s.print(w, "a\n\x1b[31mred\x1b[0m \xff\r\n\nend")
	w.Close()
	s.delivered(4)
	text, _ := readFiles(t, path)
	if got, want := plainHead.ReplaceAllString(text, ""), "a\n\x1b[31mred\x1b[0m \xff\n\nend\n"; got != want {
		t.Errorf("got %q, want %q behind time and run; the file: %q", got, want, text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("got %v, %v, want a file that not everybody reads", info.Mode(), err)
	}
}

func TestAFileIsRotatedBySizeAndOnlySoManyAreKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "output.log")
	text := numbered(0, 60_000, " 0123456789012345678901234567890123456789")
	s := opened(t, "file:"+path+"?max=1MiB&keep=9&wait=1m")
	w := s.attempt("dump")
	s.print(w, text)
	w.Close()
	s.delivered(60_000)
	all, sizes := readFiles(t, path)
	if got := plainHead.ReplaceAllString(all, ""); got != text {
		t.Errorf("got %d bytes in the files together, want the %d printed, in order", len(got), len(text))
	}
	for _, size := range sizes {
		if size > 1<<20 {
			t.Errorf("got files of %v bytes, want none above 1 MiB", sizes)
		}
	}

	s = opened(t, "file:"+path+"?max=1MiB&keep=2&wait=1m")
	w = s.attempt("dump")
	s.print(w, text)
	w.Close()
	s.delivered(60_000)
	all, _ = readFiles(t, path+".1")
	if _, err := os.Stat(path + ".2"); err != nil || !strings.Contains(text, plainHead.ReplaceAllString(all, "")) {
		t.Errorf("got no second file (%v), or a first one with foreign lines", err)
	}
}

func TestAFileThatSomebodyMovesAwayIsMadeAnew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "output.log")
	s := opened(t, "file:"+path+"?format=json")
	w := s.attempt("dump")
	for _, text := range []string{"before", "after"} {
		s.print(w, text+"\n")
		eventually(t, text, func() bool { got, _ := os.ReadFile(path); return strings.Contains(string(got), text) })
		if text == "before" {
			if err := os.Rename(path, path+".moved"); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, nil, 0o600); err != nil { // as logrotate does
				t.Fatal(err)
			}
		}
	}
	s.delivered(2)
	moved, _ := os.ReadFile(path + ".moved")
	var got struct{ Time, Job, Run, Text string }
	if err := json.Unmarshal(moved, &got); err != nil || got.Text != "before" || got.Job != "dump" || got.Run != "dump@1000.1" || got.Time == "" {
		t.Errorf("got %q, %v in the file that was moved, want one JSON line of what was before", moved, err)
	}
}

// TestAFullDiskStopsNothingAndLeavesWholeLines takes the right to mount a small disk.
func TestAFullDiskStopsNothingAndLeavesWholeLines(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if text, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("cannot mount a small disk: %v: %s", err, text)
	}
	t.Cleanup(func() { exec.Command("umount", "-l", disk).Run() })
	filler, path := filepath.Join(disk, "filler"), filepath.Join(disk, "output.log")
	s := opened(t, "file:"+path+"?buffer=1MiB&wait=100ms")
	if err := os.WriteFile(filler, make([]byte, 900<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	w := s.attempt("dump")
	begin := time.Now()
	s.print(w, numbered(0, 30_000, " 0123456789012345678901234567890123456789"))
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("the run was held up for %v, want little more than 100ms", took)
	}
	eventually(t, "the full disk in the log", func() bool { return strings.Contains(s.log.String(), "there is no room for "+path) })
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an empty buffer", func() bool { return s.Stats()[0].Waiting == 0 })
	s.print(w, "the last\n")
	w.Close()
	got, err := s.end(patience)
	if err != nil || got.Written != 30_001 || got.Dropped[dropFull] == 0 || got.Delivered+got.Dropped[dropFull] != 30_001 {
		t.Errorf("got %+v, %v, want 30001 lines, each delivered or dropped", got, err)
	}
	text, _ := readFiles(t, path)
	whole := plainHead.ReplaceAllString(text, "")
	if n := int64(strings.Count(whole, "\n")); n != got.Delivered+1 {
		t.Errorf("got %d lines in the file, want the %d delivered and a note", n, got.Delivered)
	}
	for l := range strings.Lines(whole) {
		if !regexp.MustCompile(`^(line \d{7} [\d]{40}|jobs-agent: \d+ lines dropped here.*|the last)\n$`).MatchString(l) {
			t.Fatalf("got the line %q, want whole lines only", l)
		}
	}
}

func TestAFileThatMayNotBeWrittenIsAnErrorAtTheStart(t *testing.T) {
	t.Parallel()
	spec, err := Parse("file:" + t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), []Spec{spec}, Config{}); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("got %v, want that it is a folder", err)
	}
}

// halfWriter takes half of each write while it is to fail.
type halfWriter struct {
	bytes.Buffer
	fail atomic.Bool
}

func (h *halfWriter) Write(p []byte) (int, error) {
	if h.fail.Swap(false) {
		n, _ := h.Buffer.Write(p[:len(p)/2])
		return n, io.ErrShortWrite
	}
	return h.Buffer.Write(p)
}

func TestStandardOutputThatBreaksOffMissesNoLine(t *testing.T) {
	t.Parallel()
	out := &halfWriter{}
	out.fail.Store(true)
	to := &stream{out: out}
	lines := []line{}
	for _, text := range strings.Fields("a b c d e") {
		lines = append(lines, line{from: ownLines("h", "one"), text: text, note: true})
	}
	left, _, err := to.deliver(t.Context(), lines)
	if !errors.Is(err, io.ErrShortWrite) || len(left) != 3 || left[0].text != "c" {
		t.Errorf("got %v, %v, want c, d and e to come again", left, err)
	}
}
