package systemd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// machine is a systemd as process 1 of namespaces of its own, with a Redis and the
// unit of the agent, which starts the program as it is built here.
type machine struct {
	t   *testing.T
	pid string // of its systemd, as seen from outside
}

// boot starts a machine, whose unit has dropIn besides, and skips the test where that cannot be.
func boot(t *testing.T, dropIn string) *machine {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can make a machine of namespaces")
	}
	for _, program := range []string{"/lib/systemd/systemd", "systemctl", "unshare", "nsenter", "ip", "cc", "setpriv"} {
		needs(t, program)
	}
	dir := t.TempDir()
	build(t, dir, "CGO_ENABLED=0", "go", "build", "-o", filepath.Join(dir, "jobs-agent"), "../../cmd/jobs-agent")
	build(t, dir, "", "cc", "-shared", "-fPIC", "-o", filepath.Join(dir, "cgroups.so"), "testdata/cgroups.c")
	for name, text := range map[string]string{
		"jobs-agent.sysusers":                  read(t, "jobs-agent.sysusers"),
		"jobs-agent.tmpfiles":                  read(t, "jobs-agent.tmpfiles"),
		"units/jobs-agent.service":             read(t, "jobs-agent.service"),
		"units/jobs-agent.service.d/here.conf": "[Service]\nStandardOutput=append:/run/agent.log\nStandardError=append:/run/agent.log\n" + dropIn,
		"units/redis-server.service":           "[Service]\nType=notify\nExecStart=" + redis(t) + " --bind 127.0.0.1 --supervised systemd --appendonly no --save '' --maxmemory-policy noeviction\n",
		"units/start.target":                   "[Unit]\nDefaultDependencies=no\n",
		"units/sysinit.target":                 "[Unit]\nDefaultDependencies=no\n",
		"units/basic.target":                   "[Unit]\nDefaultDependencies=no\n",
		"units/network-online.target":          "[Unit]\nDefaultDependencies=no\n",
		"units/shutdown.target":                "[Unit]\nDefaultDependencies=no\n",
	} {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return start(t, dir)
}

func start(t *testing.T, dir string) *machine {
	t.Helper()
	const flags = "--mount --pid --fork --kill-child --mount-proc --net --uts --ipc /bin/sh testdata/boot.sh"
	// Nothing that runs in there may set the clock, load a module or restart the machine.
	here, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		t.Skipf("no namespaces: %v", err)
	}
	args := append([]string{"--bounding-set=-sys_time,-sys_module,-sys_boot", "unshare"}, append(strings.Fields(flags), dir, here)...)
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "setpriv", args...)
	var talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &talk, &talk
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // its end is killed, or told below
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	m := &machine{t: t}
	m.until("systemd has started", func() (string, bool) {
		select {
		case <-ended:
			if cmd.ProcessState.ExitCode() == 125 {
				t.Skipf("this machine makes no other of namespaces: %s", talk.String())
			}
			t.Fatalf("systemd has ended: %v: %s", cmd.ProcessState, talk.String())
		default:
		}
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", cmd.Process.Pid, cmd.Process.Pid))
		m.pid = strings.TrimSpace(string(children))
		if err != nil || m.pid == "" {
			return fmt.Sprint("no child: ", err), false
		}
		return m.try("systemctl", "is-active", "start.target")
	})
	return m
}

// in is the machine in a part of the test.
func (m *machine) in(t *testing.T) *machine { return &machine{t: t, pid: m.pid} }

// try runs a command on the machine and answers what it says and whether it succeeded.
func (m *machine) try(args ...string) (string, bool) {
	ctx, cancel := context.WithTimeout(m.t.Context(), 2*time.Minute)
	defer cancel()
	enter := append([]string{"--target", m.pid, "--mount", "--pid", "--net", "--uts", "--ipc"}, args...)
	out, err := exec.CommandContext(ctx, "nsenter", enter...).CombinedOutput()
	return strings.TrimSpace(string(out)), err == nil
}

// run runs a command on the machine, which has to succeed.
func (m *machine) run(args ...string) string {
	m.t.Helper()
	out, ok := m.try(args...)
	if !ok {
		log, _ := m.try("tail", "-n", "40", "/run/agent.log")
		status, _ := m.try("systemctl", "status", "--no-pager", "jobs-agent.service")
		m.t.Fatalf("%v: %s\nits unit: %s\nits log: %s", args, out, status, log)
	}
	return out
}

// property answers what systemd knows of the agent.
func (m *machine) property(name string) string {
	m.t.Helper()
	return m.run("systemctl", "show", "--value", "--property="+name, "jobs-agent.service")
}

// until waits until holds does; what it says last is shown when it never does.
func (m *machine) until(what string, holds func() (string, bool)) {
	m.t.Helper()
	end := time.NewTimer(30 * time.Second)
	defer end.Stop()
	each := time.NewTicker(50 * time.Millisecond)
	defer each.Stop()
	for {
		last, ok := holds()
		if ok {
			return
		}
		select {
		case <-end.C:
			m.t.Fatalf("after 30 s not yet: %s; last: %s", what, last)
		case <-each.C:
		}
	}
}

func build(t *testing.T, dir, env string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	if env != "" {
		cmd.Env = append(cmd.Env, env)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v: %s", args, err, out)
	}
}

func redis(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("neither redis-server nor valkey-server is installed here")
	return ""
}
