package runners_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/jobs-agent/jobs/runners"
)

// grouped makes the agent that a test starts give each run a cgroup.
const grouped = "RUNNERS_TEST_GROUPED"

func init() {
	if os.Getenv(grouped) != "" {
		startAgent = runners.StartGrouped
	}
}

// agentIn starts an agent in a group, as a unit does, that runs one payload.
func agentIn(t *testing.T, dir, payload string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	agent := exec.Command(os.Args[0])
	agent.Env = append(os.Environ(), asAgent+"="+payload, grouped+"=1")
	agent.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: fd}
	agent.Stderr = os.Stderr
	out, err := agent.StdoutPipe()
	if err == nil {
		err = agent.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = agent.Process.Kill(), agent.Wait() })
	return agent, bufio.NewReader(out)
}

func TestTheAgentIsInALeafAndItsRunsBeside(t *testing.T) {
	t.Parallel()
	dir := runners.RealGround(t)
	_, out := agentIn(t, dir, `
		sup=$PPID; agent=$(ps -o ppid= -p $sup | tr -d ' ')
		for pid in $agent $sup $$; do grep ^0:: /proc/$pid/cgroup; done`)
	text, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range strings.Fields(string(text)) {
		_, below, _ := strings.Cut(line, "/"+filepath.Base(dir))
		got = append(got, below)
	}
	if len(got) != 3 || got[0] != "/jobs-agent-self" || got[1] != got[0] || !strings.HasPrefix(got[2], "/jobs-run-") {
		t.Errorf("agent, supervisor and program: got groups %q, want the leaf twice and one of the run", got)
	}
	if left := runners.GroupsIn(t, dir); !slices.Equal(left, []string{"jobs-agent-self"}) {
		t.Errorf("left: %q, want the leaf alone", left)
	}
}

func TestKillOfAnAgentLeavesNoGroupOfARun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, payload string
		also          bool // the supervisor is killed too, and the next agent looks
	}{
		{"its supervisor sees to it", "echo ready; exec sleep 1000", false},
		{"its supervisor sees to it, when the last to die is no child of the run", `
			setsid sh -c 'trap "" TERM; echo ready; while :; do sleep 1000; done' &
			exec sleep 1000`, false},
		{"the next agent sees to it", "echo ready; exec sleep 1000", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := runners.RealGround(t)
			agent, out := agentIn(t, dir, tt.payload)
			if line, err := out.ReadString('\n'); err != nil {
				t.Fatalf("got %q, %v, want ready", line, err)
			}
			runs := func() (n int) {
				for _, group := range runners.GroupsIn(t, dir) {
					if strings.HasPrefix(group, "jobs-run-") {
						n++
					}
				}
				return n
			}
			if n := runs(); n != 1 {
				t.Fatalf("during the run: got %d groups of runs, want 1", n)
			}
			supervisor := supervisorOf(t, agent.Process.Pid)
			if tt.also {
				// Stopped, it can do nothing between the two kills.
				_ = syscall.Kill(supervisor, syscall.SIGSTOP)
			}
			_ = agent.Process.Kill()
			_ = agent.Wait()
			if tt.also {
				_ = syscall.Kill(supervisor, syscall.SIGKILL)
				until(t, 10*time.Second, fmt.Sprintf("process %d is gone", supervisor), func() bool { return unix.Kill(supervisor, 0) != nil })
				left, _ := filepath.Glob(filepath.Join(dir, "jobs-run-*"))
				if len(left) != 1 {
					t.Fatalf("after both were killed: got groups %q, want that nobody was left to remove the one", left)
				}
				until(t, 3*time.Second, "nobody in the group of the run", func() bool {
					text, err := os.ReadFile(filepath.Join(left[0], "cgroup.procs"))
					return err == nil && len(text) == 0
				})
				_, next := agentIn(t, dir, "echo over")
				if text, err := io.ReadAll(next); string(text) != "over\n" || err != nil {
					t.Fatalf("the next agent: got %q, %v", text, err)
				}
				if n := runs(); n != 0 {
					t.Errorf("after the next agent: got %d groups of runs, want none", n)
				}
				return
			}
			until(t, 6*time.Second, "no group of a run left", func() bool { return runs() == 0 })
		})
	}
}
