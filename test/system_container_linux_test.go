package test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// inEmptyRoot is a command in a folder that holds the static program alone, as an
// image from scratch does, and as process 1.
func (h *host) inEmptyRoot(ctx context.Context, env []string, args ...string) *exec.Cmd {
	h.t.Helper()
	root := h.file("root")
	for _, dir := range []string{"proc", "dev", "usr/bin"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			h.t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "usr/bin/jobs-agent")); err != nil {
		if err := os.Link(program(h.t), filepath.Join(root, "usr/bin/jobs-agent")); err != nil {
			h.t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "dev/null"), nil, 0o600); err != nil {
		h.t.Fatal(err)
	}
	flags := []string{"--fork", "--pid", "--kill-child", "--mount"}
	if os.Getuid() != 0 {
		flags = append(flags, "--user", "--map-root-user")
	}
	// What a container engine does before it starts process 1.
	const engine = `mount --bind /dev/null "$1/dev/null" && mount -t proc proc "$1/proc" || exit 125
root=$1; shift; exec chroot "$root" /usr/bin/jobs-agent "$@"`
	flags = append(flags, "/bin/sh", "-c", engine, "sh", root)
	out, err := exec.Command("unshare", append(slices.Clone(flags), "version")...).CombinedOutput()
	if err != nil {
		h.t.Skipf("this machine makes no container of namespaces: %v: %s", err, out)
	}
	cmd := exec.CommandContext(ctx, "unshare", append(flags, args...)...)
	cmd.Env = append([]string{"PATH=" + h.path}, env...)
	return cmd
}

func TestAContainerFromScratchRunsAnAgent(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP())
	h := newHost(t, server.URL())
	address := "127.0.0.1:" + freePort(t)
	env := []string{"JOBS_REDIS=" + server.URL(), "JOBS_HTTP=" + address, "JOBS_NAME=scratch", "JOBS_RUNNER=exec,console"}
	agent := h.background(h.inEmptyRoot(context.Background(), env, "agent"))

	health := func() (string, error) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		cmd := h.inEmptyRoot(ctx, env, "health")
		var talk bytes.Buffer
		cmd.Stderr = &talk
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)) + talk.String(), err
	}
	answer, err := "", error(nil)
	eventually(t, "the container is healthy", func() bool {
		answer, err = health()
		return err == nil
	})
	if answer != "ok" {
		t.Errorf("health: got %q, want ok", answer)
	}

	// What an agent executes there is what is mounted: here, the program itself.
	h.ok("put", "hello", "exec", `["/usr/bin/jobs-agent", "version"]`, "--every", "1s")
	eventually(t, "a run in the container succeeds", func() bool {
		runs := h.endedRuns("hello")
		return len(runs) > 0 && runs[0].State == "succeeded" && runs[0].Agent == "scratch"
	})

	inside := descendants(agent.pid())
	if len(inside) < 3 {
		t.Fatalf("got the processes %v in the container, want process 1, the agent and its supervisor", inside)
	}
	if err := syscall.Kill(inside[0], syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	agent.wait()
	if code := agent.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("after SIGTERM to process 1: exit code %d, want 0", code)
	}
	if answer, err := health(); err == nil || !strings.Contains(answer, "refused") {
		t.Errorf("health without an agent: got %q, %v, want a refusal", answer, err)
	}
}

func TestProcessOneLeavesNoZombiesOfRuns(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP())
	h := newHost(t, server.URL())
	flags := []string{"--fork", "--pid", "--kill-child", "--mount-proc"}
	if os.Getuid() != 0 {
		flags = append(flags, "--user", "--map-root-user")
	}
	if out, err := exec.Command("unshare", append(flags, "true")...).CombinedOutput(); err != nil {
		t.Skipf("this machine makes no namespaces of processes: %v: %s", err, out)
	}
	cmd := exec.Command("unshare", append(flags, program(t), "agent", "--name", "one", "--runner", "shell")...)
	cmd.Env = append([]string{"PATH=" + h.path}, h.env...)
	agent := h.background(cmd)
	// The supervisor is killed, so that what it would have buried comes to process 1.
	var doc struct{ Run string }
	h.read(&doc, "enqueue", "shell", "sleep 30 & sleep 30")
	eventually(t, "the program runs", func() bool { return len(descendants(agent.pid())) >= 6 })
	before := descendants(agent.pid())
	if err := syscall.Kill(before[2], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nothing is left of the programs, not even zombies", func() bool {
		for _, pid := range before[2:] {
			if _, state := parentOf(pid); state != "" {
				return false
			}
		}
		return true
	})
	if !alive(before[0]) || !alive(before[1]) {
		t.Error("process 1 or the agent ended with the supervisor")
	}
}

// freePort answers a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}
