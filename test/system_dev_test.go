package test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// devDoc is what `dev -o json` says once it is ready.
type devDoc struct {
	Store, Redis, Data string
	PID                int
	TakenOver          bool `json:"taken_over"`
}

// dev starts a dev and waits until it says where things are. The server that it
// may leave behind ends with the test.
func (h *host) dev(args ...string) (*daemon, devDoc) {
	h.t.Helper()
	d := h.start(append([]string{"dev", "-o", "json"}, args...)...)
	var doc devDoc
	eventually(h.t, "dev is ready", func() bool {
		select {
		case <-d.done:
			h.t.Fatalf("dev has ended\n%s", d.talk())
		default:
		}
		return json.Unmarshal([]byte(d.out()), &doc) == nil
	})
	if doc.PID != d.pid() {
		h.t.Cleanup(func() {
			if alive(doc.PID) {
				syscall.Kill(doc.PID, syscall.SIGKILL)
			}
		})
	}
	return d, doc
}

// headings finds the runs of hello that have ended in what logs prints, with how. A run
// that was seen under way has a heading before.
func headings(text string) (runs, ends []string) {
	for _, m := range regexp.MustCompile(`(?m)^== (hello@\d+\.\d+) \S+ (.+) ==$`).FindAllStringSubmatch(text, -1) {
		if m[2] != "running" {
			runs, ends = append(runs, m[1]), append(ends, m[2])
		}
	}
	return runs, ends
}

func TestSystemTheFirstFiveMinutesAndAKillOfDev(t *testing.T) {
	t.Parallel()
	h := newHost(t, "")
	data := h.file("data")
	dev, store := h.dev("--data", data)

	h.ok("put", "hello", "--every", "1s", "--", "date")
	put := time.Now()
	follow := h.start("logs", "hello", "-f")
	eventually(t, "logs -f shows a run", func() bool { _, ends := headings(follow.out()); return len(ends) > 0 })
	within(t, "from the put to the first run in logs -f", time.Since(put), 3*time.Second)
	eventually(t, "logs -f shows three runs", func() bool { _, ends := headings(follow.out()); return len(ends) >= 3 })
	shown := wantAgreement(t, h, follow)

	text := h.ok("logs", shown[0])
	if !regexp.MustCompile(`(?s)^== .* exit 0 ==\n.*\d\d:\d\d:\d\d.*\n$`).MatchString(text) {
		t.Errorf("logs %s: got %q, want a heading and a date", shown[0], text)
	}

	before := h.endedRuns("hello")
	dev.kill()
	killed := time.Now()
	if !alive(store.PID) {
		t.Fatal("the store did not outlive dev: there is nothing to take over")
	}
	dev, again := h.dev("--data", data)
	if !again.TakenOver || again.PID != store.PID || again.Redis != store.Redis {
		t.Errorf("second dev: got %+v, want the store %+v taken over", again, store)
	}
	wantKept(t, before, h.endedRuns("hello"))
	if got := h.ok("logs", shown[0]); got != text {
		t.Errorf("output after the kill: got %q, want %q", got, text)
	}
	eventually(t, "the job runs on", func() bool {
		runs := h.endedRuns("hello")
		return len(runs) > 0 && runs[0].Due.After(killed) && runs[0].State == "succeeded"
	})

	h.ok("enqueue", "shell", "sleep 300 & wait")
	var family []int
	eventually(t, "a program runs", func() bool {
		family = descendants(dev.pid())
		return len(family) >= 3 // the supervisor, the shell and sleep
	})
	begin := time.Now()
	dev.terminate()
	t.Logf("measured: dev with a running program ended %v after SIGTERM", time.Since(begin).Round(time.Millisecond))
	for _, pid := range append(family, store.PID) {
		if alive(pid) {
			t.Errorf("process %d is left after SIGTERM", pid)
		}
	}
	if _, err := os.Stat(filepath.Join(data, "redis.sock")); err == nil {
		t.Error("the socket is left after SIGTERM")
	}
}

// wantAgreement compares what logs -f printed with runs and answers the runs it
// printed, oldest first.
func wantAgreement(t *testing.T, h *host, follow *daemon) []string {
	t.Helper()
	runs := h.endedRuns("hello")
	var shown, ends []string
	eventually(t, "logs -f shows all that runs tells", func() bool {
		shown, ends = headings(follow.out())
		return len(shown) >= len(runs)
	})
	for i, run := range runs {
		at := len(runs) - 1 - i // newest first against oldest first
		if shown[at] != run.Run || ends[at] != "exit 0" {
			t.Errorf("logs -f, run %d: got %s %s, want %s exit 0", at, shown[at], ends[at], run.Run)
		}
		if run.State != "succeeded" || run.ExitCode == nil || *run.ExitCode != 0 || run.Attempt != 1 {
			t.Errorf("runs: got %+v, want it succeeded with exit code 0", run)
		}
		if run.Queued.Before(run.Due) || run.Started.Before(run.Queued) || run.Finished.Before(run.Started) {
			t.Errorf("run %s: its times are not in order: %+v", run.Run, run)
		}
	}
	return shown
}

// wantKept looks that runs that had ended are told of as before.
func wantKept(t *testing.T, before, after []runDoc) {
	t.Helper()
	known := map[string]runDoc{}
	for _, run := range after {
		known[run.Run] = run
	}
	for _, want := range before {
		got, ok := known[want.Run]
		if !ok {
			t.Errorf("run %s is gone", want.Run)
			continue
		}
		if *got.ExitCode != *want.ExitCode {
			t.Errorf("run %s: exit code %d, want %d", want.Run, *got.ExitCode, *want.ExitCode)
		}
		got.ExitCode = want.ExitCode // pointers differ
		if got != want {
			t.Errorf("run %s: got %+v, want %+v", want.Run, got, want)
		}
	}
}

func TestSystemDevWithoutAServerKeepsEverythingInMemory(t *testing.T) {
	t.Parallel()
	h := newHost(t, "")
	h.path = h.file("bin")
	if err := os.Mkdir(h.path, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sh", "date"} {
		file, err := exec.LookPath(name)
		if err == nil {
			err = os.Symlink(file, filepath.Join(h.path, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	dev, store := h.dev("--data", h.file("data"))
	if store.Store != "memory" || store.Data != "" {
		t.Errorf("store: got %+v, want one in memory without a folder", store)
	}
	for _, words := range []string{"The store is in memory", "redis-server or valkey-server"} {
		if !strings.Contains(dev.talk(), words) {
			t.Errorf("banner: got %q, want %q in it", dev.talk(), words)
		}
	}
	h.ok("put", "hello", "--every", "1s", "--", "date")
	put := time.Now()
	follow := h.start("logs", "hello", "-f")
	eventually(t, "logs -f shows a run", func() bool { _, ends := headings(follow.out()); return len(ends) > 0 })
	within(t, "from the put to the first run in logs -f, in memory", time.Since(put), 3*time.Second)
	eventually(t, "logs -f shows two runs", func() bool { _, ends := headings(follow.out()); return len(ends) >= 2 })
	wantAgreement(t, h, follow)
	dev.terminate()

	dev, _ = h.dev()
	if list := h.ok("list", "-o", "name"); list != "" {
		t.Errorf("board of a new store in memory: got %q, want none", list)
	}
	dev.terminate()
}
