package runners

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
)

// realGround makes a group of the test's own on the real cgroup v2 of this machine,
// without any controller: memory.max and the like need a machine that delegates them.
func realGround(t testing.TB) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may make a cgroup here")
	}
	here, err := thisHost().own()
	if err == nil {
		err = canCloneInto()
	}
	if err != nil {
		t.Skipf("no cgroup v2 to try it on: %v", err)
	}
	dir := filepath.Join(here, "jobs-test-"+strconv.Itoa(os.Getpid())+"-"+strings.NewReplacer("/", "-").Replace(t.Name()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skipf("no cgroup can be made here: %v", err)
	}
	t.Cleanup(func() {
		left := groupsIn(t, dir)
		for _, group := range left {
			(&cell{dir: filepath.Join(dir, group)}).remove(time.Second)
		}
		if !(&cell{dir: dir}).remove(time.Second) {
			t.Errorf("%s cannot be removed; in it were %q", dir, left)
		}
	})
	return dir
}

func groupsIn(t testing.TB, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", groupProcs))
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range found {
		found[i] = filepath.Base(filepath.Dir(file))
	}
	return found
}

// inGround answers a shell whose runs get groups in dir, and limits that nobody has to
// delegate: none.
func inGround(t testing.TB, dir string) (*Supervisor, jobs.Runner) {
	t.Helper()
	// Not by StartBounded, which would want a controller and move this process.
	c := creed{Ground: dir}
	l, err := openLink(c)
	if err != nil {
		t.Fatal(err)
	}
	s := &Supervisor{link: l, creed: c}
	s.buffers.New = newBuffer
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	_, r, err := New("shell", Config{Supervisor: s})
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

func attemptAt(payload string, out io.Writer) *jobs.Attempt {
	id := jobs.MintRunID("job", time.Now())
	return &jobs.Attempt{Run: id, Job: "job", Runner: "shell", Payload: payload, Number: 1, Token: "1/cell/" + string(id), Output: out}
}

func TestAProgramIsInItsGroupFromItsFirstInstruction(t *testing.T) {
	t.Parallel()
	dir := realGround(t)
	_, r := inGround(t, dir)
	var out bytes.Buffer
	// The second is of a child in a session of its own.
	if err := r.Run(t.Context(), attemptAt("grep ^0:: /proc/self/cgroup; setsid grep ^0:: /proc/self/cgroup", &out)); err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(out.String())
	if len(lines) != 2 || lines[0] != lines[1] || !strings.Contains(lines[0], "/"+filepath.Base(dir)+"/"+runGroup) {
		t.Errorf("got groups %q, want one of the run below %s, twice", lines, dir)
	}
	if left := groupsIn(t, dir); len(left) != 0 {
		t.Errorf("after the run there is %q, want no group", left)
	}
	if err := r.Run(t.Context(), attemptAt("exit 3", &out)); err == nil || err.Error() != "exit code 3" {
		t.Errorf("a program that fails by itself: got %v, want its exit code alone", err)
	}
}

func TestAHundredRunsLeaveNoGroup(t *testing.T) {
	t.Parallel()
	dir := realGround(t)
	s, r := inGround(t, dir)
	var out bytes.Buffer
	var mu sync.Mutex
	seen := map[string]bool{}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 25 {
				var own bytes.Buffer
				err := r.Run(t.Context(), attemptAt("cat /proc/self/cgroup | grep ^0::; (setsid sleep 1000 &)", &own))
				mu.Lock()
				if err != nil {
					t.Error(err)
				}
				seen[own.String()] = true
				out.Write(own.Bytes())
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(seen) != 100 {
		t.Errorf("100 runs had %d groups, want one each:\n%s", len(seen), out.String())
	}
	if left := groupsIn(t, dir); len(left) != 0 {
		t.Errorf("left after 100 runs: %q", left)
	}
	// A program that is not there gets a group as well.
	if err := r.Run(t.Context(), &jobs.Attempt{Payload: "true", Output: &out, Token: "x"}); err != nil {
		t.Fatal(err)
	}
	_, missing, err := New("exec", Config{Supervisor: s})
	if err != nil {
		t.Fatal(err)
	}
	if err := missing.Run(t.Context(), attemptAt(`["/no/such/program"]`, &out)); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v, want that there is no such program", err)
	}
	if left := groupsIn(t, dir); len(left) != 0 {
		t.Errorf("left after a program that is not there: %q", left)
	}
}

func TestTheEndOfARunEndsWhatItLeftInItsGroup(t *testing.T) {
	t.Parallel()
	dir := realGround(t)
	_, r := inGround(t, dir)
	var out bytes.Buffer
	if err := r.Run(t.Context(), attemptAt(`setsid env -i sh -c 'trap "" TERM; exec sleep 1000' >/dev/null 2>&1 & echo $!`, &out)); err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup"); err == nil && strings.Contains(string(text), runGroup) {
		if stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); !strings.Contains(string(stat), ") Z ") {
			t.Errorf("process %d goes on after its run: %s", pid, text)
		}
	}
}

func TestACancelEndsTheGroupAndIsOneEnd(t *testing.T) {
	t.Parallel()
	dir := realGround(t)
	_, r := inGround(t, dir)
	reading, writing := io.Pipe()
	a := attemptAt(`trap '' TERM; setsid env -i sh -c 'trap "" TERM; while :; do sleep 1000; done' & echo ready; while :; do sleep 1000; done`, writing)
	a.Grace = 200 * time.Millisecond
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx, a) }()
	if _, err := bufio.NewReader(reading).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, reading) }()
	cancel(jobs.ErrCancelled)
	start := time.Now()
	err := <-done
	_ = writing.Close()
	var exit *jobs.ExitError
	if took := time.Since(start); !errors.As(err, &exit) || exit.Signal != "SIGKILL" || took > a.Grace+time.Second {
		t.Errorf("got %v after %v, want SIGKILL within the grace and a second", err, took)
	}
	if left := groupsIn(t, dir); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

func TestCloseLeavesNoGroup(t *testing.T) {
	t.Parallel()
	dir := realGround(t)
	s, r := inGround(t, dir)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if err := r.Run(t.Context(), attemptAt("exec sleep 1000", io.Discard)); err == nil {
				t.Error("a program outlived its supervisor")
			}
		})
	}
	for deadline := time.After(10 * time.Second); len(groupsIn(t, dir)) < 16; {
		select {
		case <-deadline:
			t.Fatalf("got %d runs after 10 s, want 16", len(groupsIn(t, dir)))
		case <-time.After(5 * time.Millisecond):
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
	if left := groupsIn(t, dir); len(left) != 0 {
		t.Errorf("left by a supervisor that was closed: %q", left)
	}
}

func TestADeadSupervisorLeavesNoGroup(t *testing.T) {
	t.Parallel()
	dir := realGround(t)
	s, r := inGround(t, dir)
	reading, writing := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- r.Run(t.Context(), attemptAt("echo ready; sleep 1000", writing)) }()
	if _, err := bufio.NewReader(reading).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, reading) }()
	if before := groupsIn(t, dir); len(before) != 1 {
		t.Fatalf("during the run there is %q, want one group", before)
	}
	if err := s.link.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	err := <-done
	_ = writing.Close()
	if err == nil || !strings.Contains(err.Error(), "the supervisor process died") {
		t.Errorf("got %v, want the death of the supervisor", err)
	}
	for deadline := time.After(3 * time.Second); len(groupsIn(t, dir)) > 0; {
		select {
		case <-deadline:
			t.Fatalf("left 3 s after the death: %q", groupsIn(t, dir))
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestAGroupThatCannotBeMadeFailsTheRunAndSaysSo(t *testing.T) {
	t.Parallel()
	_, r := inGround(t, filepath.Join(t.TempDir(), "gone"))
	var out bytes.Buffer
	err := r.Run(t.Context(), attemptAt("echo never", &out))
	if err == nil || !strings.Contains(err.Error(), "make its cgroup in") || out.Len() > 0 {
		t.Errorf("got %v and output %q, want that it was not started without its group", err, out.String())
	}
}
