package runners_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/runners"
)

// family prints the process ids of a leader, its child, a child in a session
// of its own, and an orphan in a session of its own without environment, of
// which two ignore TERM.
const family = `
trap '' TERM
echo $$
sh -c 'echo $$; exec sleep 1000' &
setsid sh -c 'echo $$; exec sleep 1000' &
setsid sh -c 'trap "" TERM; env -i setsid sh -c "echo \$\$; exec sleep 1000" & exit 0'
wait; sleep 1000`

// tame is a family in which everybody keeps the environment.
const tame = `
echo $$
sh -c 'echo $$; exec sleep 1000' &
setsid sh -c 'trap "" TERM; setsid sh -c "echo \$\$; exec sleep 1000" & exit 0'
wait; sleep 1000`

// pids reads n process ids, a line each.
func pids(t *testing.T, r io.Reader, n int) []int {
	t.Helper()
	var ids []int
	lines := bufio.NewScanner(r)
	for len(ids) < n && lines.Scan() {
		id, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if len(ids) < n {
		t.Fatalf("got %d process ids, want %d", len(ids), n)
	}
	return ids
}

// gone tells whether no process of that id lives, but for zombies.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(state, "Z")
}

func allGone(ids []int) func() bool {
	return func() bool {
		for _, id := range ids {
			if !gone(id) {
				return false
			}
		}
		return true
	}
}

// supervisorOf answers the supervisor process of an agent.
func supervisorOf(t *testing.T, agent int) (pid int) {
	t.Helper()
	found, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range found {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var state string
		var parent int
		head, rest, _ := strings.Cut(string(stat), " (jobs-supervisor) ")
		if _, err := fmt.Sscan(rest, &state, &parent); err == nil && parent == agent {
			pid, _ = strconv.Atoi(head)
			return pid
		}
	}
	t.Fatal("no supervisor process")
	return 0
}

func TestKillOfTheAgentLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	agent := exec.Command(os.Args[0])
	agent.Env = append(os.Environ(), asAgent+"="+family)
	out, err := agent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	ids := append(pids(t, out, 4), supervisorOf(t, agent.Process.Pid))
	for _, id := range ids {
		if gone(id) {
			t.Fatalf("process %d ended too early", id)
		}
	}
	if err := agent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = agent.Wait()
	until(t, 6*time.Second, "all processes gone", allGone(ids))
}

func TestCloseEndsWhatWasLeftInTheBackground(t *testing.T) {
	t.Parallel()
	s, err := runners.StartSupervisor()
	if err != nil {
		t.Fatal(err)
	}
	out, err := run(t, runner(t, "shell", runners.Config{Supervisor: s}), "setsid sleep 1000 >/dev/null 2>&1 & echo $!")
	if err != nil {
		t.Fatal(err)
	}
	ids := pids(t, strings.NewReader(out), 1)
	if gone(ids[0]) {
		t.Fatal("the background process ended with its run, want it left alone")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !gone(ids[0]) {
		t.Error("the background process outlived the supervisor")
	}
	if _, err := run(t, runner(t, "shell", runners.Config{Supervisor: s}), "true"); err == nil {
		t.Error("a closed supervisor started a program")
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func TestStopEndsDescendantsThatEscaped(t *testing.T) {
	t.Parallel()
	r := runner(t, "shell", runners.Config{Supervisor: supervisor(t)})
	a, _ := attempt(t, `
		setsid sh -c 'trap "" TERM; echo $$; while :; do sleep 1; done' &
		setsid sh -c '(trap "" TERM; setsid sh -c "echo \$\$; exec sleep 1000") & exit 0'
		setsid env -i sh -c 'trap "" TERM; echo $$; exec sleep 1000' &
		setsid env -i sh -c 'setsid sh -c "echo \$\$; exec sleep 1000" & wait' &
		sleep 1000`)
	a.Grace = 300 * time.Millisecond
	reading, writing := io.Pipe()
	a.Output = writing
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx, a) }()
	ids := pids(t, reading, 4)
	go func() { _, _ = io.Copy(io.Discard, reading) }()
	cancel(jobs.ErrCancelled)
	start := time.Now()
	err := <-done
	_ = writing.Close()
	if took := time.Since(start); took > a.Grace+time.Second {
		t.Errorf("took %v, want at most grace + 1s", took)
	}
	var exit *jobs.ExitError
	if !errors.As(err, &exit) || exit.Signal != "SIGTERM" {
		t.Errorf("got %s, want the leader ended by SIGTERM", describe(err))
	}
	if !allGone(ids)() {
		t.Error("a process that left the session outlived the stop")
	}
}

func TestDeathOfTheSupervisorFailsRunsAndIsMadeGoodOnce(t *testing.T) {
	// Not parallel: it looks for the one supervisor process of this process.
	s := supervisor(t)
	r := runner(t, "shell", runners.Config{Supervisor: s})
	kill := func() {
		t.Helper()
		a, _ := attempt(t, tame)
		reading, writing := io.Pipe()
		a.Output = writing
		done := make(chan error, 1)
		go func() { done <- r.Run(t.Context(), a) }()
		ids := pids(t, reading, 3)
		go func() { _, _ = io.Copy(io.Discard, reading) }()
		if err := syscall.Kill(supervisorOf(t, os.Getpid()), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		err := <-done
		_ = writing.Close()
		if err == nil || !strings.Contains(err.Error(), "the supervisor process died: signal: killed") {
			t.Errorf("got %s, want the death of the supervisor", describe(err))
		}
		until(t, 2*time.Second, "programs gone", allGone(ids))
	}
	kill()
	if out, err := run(t, r, "echo again"); out != "again\n" || err != nil {
		t.Fatalf("after the restart: got %q, %v", out, err)
	}
	kill()
	if _, err := run(t, r, "true"); err == nil || !strings.Contains(err.Error(), "died again") {
		t.Errorf("after the second death: got %s, want it refused", describe(err))
	}
}

func TestSupervisorLetsSignalsFallAndProgramsTakeThem(t *testing.T) {
	s := supervisor(t)
	r := runner(t, "shell", runners.Config{Supervisor: s})
	pid := supervisorOf(t, os.Getpid())
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if err := syscall.Kill(pid, sig); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"INT", "TERM", "HUP", "QUIT"} {
		_, err := run(t, r, "kill -"+name+" $$; exit 0")
		var exit *jobs.ExitError
		if !errors.As(err, &exit) || exit.Signal != "SIG"+name {
			t.Errorf("%s: got %s, want SIG%s", name, describe(err), name)
		}
	}
}

func TestProgramsInheritNoFiles(t *testing.T) {
	t.Parallel()
	r := runner(t, "shell", runners.Config{Supervisor: supervisor(t)})
	out, err := run(t, r, "echo /proc/$$/fd/*; readlink /proc/$$/fd/0; ps -o pgid= -p $$ | tr -d ' ' | sed s/^$$\\$/own/")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out, "\n")
	var names []string
	for _, file := range strings.Fields(lines[0]) {
		names = append(names, filepath.Base(file))
	}
	// 3 is the shell looking.
	if got := strings.Join(names, " "); got != "0 1 2 3" {
		t.Errorf("open files: got %s, want 0 1 2 3", got)
	}
	if got, want := lines[1:3], "[/dev/null own]"; fmt.Sprint(got) != want {
		t.Errorf("standard input and group: got %v, want %s", got, want)
	}
}

func TestAMainThatForgetsToDispatchIsToldSo(t *testing.T) {
	t.Parallel()
	agent := exec.Command(os.Args[0])
	agent.Env = append(os.Environ(), forgetful+"=1")
	out, err := agent.CombinedOutput()
	if err == nil || strings.Count(string(out), "main has to begin with IsSupervisor") != 2 {
		t.Errorf("got %v and %s, want a word about it from agent and supervisor", err, out)
	}
}

func TestNothingIsStartedWhenItsLeaseMayBeOver(t *testing.T) {
	t.Parallel()
	s := supervisor(t)
	r := runner(t, "shell", runners.Config{Supervisor: s})
	const lease = 100 * time.Millisecond
	tests := []struct {
		name string
		by   time.Duration
		stop bool // the supervisor process, for longer than the lease
		want error
		out  string
	}{
		{"in time", time.Minute, false, nil, "begun\n"},
		{"no matter when", 1 << 62, false, nil, "begun\n"},
		{"too late", 0, false, jobs.ErrLate, ""},
		{"stopped in between", lease, true, jobs.ErrLate, ""},
	}
	for _, tt := range tests {
		a, out := attempt(t, "echo begun")
		if tt.stop {
			_ = syscall.Kill(s.PID(), syscall.SIGSTOP)
			time.AfterFunc(2*lease, func() { _ = syscall.Kill(s.PID(), syscall.SIGCONT) })
		}
		a.BeginBy = time.Now().Add(tt.by)
		if err := r.Run(t.Context(), a); !errors.Is(err, tt.want) || out.String() != tt.out {
			t.Errorf("%s: got %q, %v, want %q, %v", tt.name, out.String(), err, tt.out, tt.want)
		}
	}
}
