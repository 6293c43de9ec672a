package pidone_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/internal/pidone"
)

// play names what the test binary is when a test starts it.
const play = "PIDONE_PLAY"

func TestMain(m *testing.M) {
	if os.Getenv(play) == "" {
		os.Exit(m.Run())
	}
	code, served := pidone.Serve()
	if !served {
		code = program(os.Getenv(play))
	}
	os.Exit(code)
}

// program is what runs under process 1.
func program(part string) int {
	switch part {
	case "orphan":
		return leaveOrphans()
	case "wait":
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP)
		fmt.Println("waits")
		if <-signals == syscall.SIGHUP {
			return 7
		}
		return 8
	case "killed":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	default:
		code, err := strconv.Atoi(part)
		if err != nil || os.Getpid() == 1 {
			return 99
		}
		return code
	}
}

// leaveOrphans makes ten processes whose parents have gone, waits until they have
// ended, and fails when zombies are left.
func leaveOrphans() int {
	for range 10 {
		if err := exec.Command("sh", "-c", "sh -c 'read x' </dev/null &").Run(); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	deadline := time.NewTimer(20 * time.Second)
	look := time.NewTicker(10 * time.Millisecond)
	for {
		left := others()
		if left == "" {
			return 0
		}
		select {
		case <-look.C:
		case <-deadline.C:
			fmt.Printf("still there:\n%s", left)
			return 1
		}
	}
}

// others lists the processes besides process 1 and this one.
func others() string {
	var list strings.Builder
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		text, err := os.ReadFile(file)
		if err == nil && pid != 1 && pid != os.Getpid() {
			fmt.Fprintf(&list, "%.60s\n", text)
		}
	}
	return list.String()
}

// asProcessOne is a command that runs the test binary as process 1 of a namespace.
func asProcessOne(t *testing.T, part string) *exec.Cmd {
	t.Helper()
	args := []string{"--fork", "--pid", "--mount-proc", "--kill-child"}
	if os.Getuid() != 0 {
		args = append(args, "--user", "--map-root-user")
	}
	if out, err := exec.Command("unshare", append(args, "true")...).CombinedOutput(); err != nil {
		t.Skipf("this machine makes no namespaces of processes: %v: %s", err, out)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "unshare", append(args, os.Args[0])...)
	cmd.Env = append(os.Environ(), play+"="+part)
	return cmd
}

func TestProcessOneEndsWithTheCodeOfItsProgram(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, part string
		want       int
	}{
		{"success", "0", 0},
		{"a failure", "42", 42},
		{"a kill", "killed", 128 + 9},
		{"no zombie is left of ten orphans", "orphan", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := asProcessOne(t, tt.part)
			out, err := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != tt.want {
				t.Errorf("exit code: got %d, want %d (%v)\n%s", got, tt.want, err, out)
			}
		})
	}
}

func TestProcessOneHandsSignalsOn(t *testing.T) {
	t.Parallel()
	for sent, want := range map[syscall.Signal]int{syscall.SIGHUP: 7, syscall.SIGTERM: 8} {
		t.Run(sent.String(), func(t *testing.T) {
			t.Parallel()
			cmd := asProcessOne(t, "wait")
			var talk bytes.Buffer
			cmd.Stderr = &talk
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(out).ReadString('\n'); line != "waits\n" {
				t.Fatalf("got %q, %v, want that it waits\n%s", line, err, talk.String())
			}
			if err := syscall.Kill(childOf(t, cmd.Process.Pid), sent); err != nil {
				t.Fatal(err)
			}
			cmd.Wait() // its state tells
			if got := cmd.ProcessState.ExitCode(); got != want {
				t.Errorf("exit code after %v: got %d, want %d\n%s", sent, got, want, talk.String())
			}
		})
	}
}

// childOf answers the one child of a process, as this side of the namespace sees it.
func childOf(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatalf("children of %d: %q", pid, text)
	}
	return child
}
