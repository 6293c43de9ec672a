package test

import (
	"context"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/internal/redistest"
)

func TestTheServiceManagerHearsHowAnAgentIs(t *testing.T) {
	t.Parallel()
	h := newHost(t, redistest.Start(t, redistest.TCP()).URL())
	socket := h.file("notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	// hear answers what is told next, besides the watchdog if that is not asked for.
	hear := func(watchdog bool) string {
		t.Helper()
		if err := manager.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		for text := make([]byte, 256); ; {
			n, err := manager.Read(text)
			if err != nil {
				t.Fatalf("nothing was told: %v", err)
			}
			if got := string(text[:n]); watchdog || got != "WATCHDOG=1" {
				return got
			}
		}
	}
	cmd := h.command(context.Background(), "agent", "--name", "one", "--runner", "shell")
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=200000")
	agent := h.background(cmd)
	if got := hear(false); got != "READY=1" {
		t.Errorf("at the start: got %q, want READY=1", got)
	}
	if state := h.agents()["one"].State; state != "alive" {
		t.Errorf("when it was ready: got an agent that is %q, want alive", state)
	}
	for range 3 {
		if got := hear(true); got != "WATCHDOG=1" {
			t.Errorf("while it runs: got %q, want WATCHDOG=1", got)
		}
	}
	// What programs would say there is not the agent's word.
	environment := h.file("environment")
	h.ok("enqueue", "shell", "env >"+environment+"; echo done >>"+environment)
	eventually(t, "a program tells its environment", func() bool { return strings.HasSuffix(readText(environment), "done\n") })
	if got := readText(environment); strings.Contains(got, "NOTIFY_SOCKET") || strings.Contains(got, "WATCHDOG") {
		t.Errorf("a program knows the socket of the service manager:\n%s", got)
	}
	if err := agent.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := hear(false); got != "STOPPING=1" {
		t.Errorf("at the stop: got %q, want STOPPING=1", got)
	}
	agent.wait()
}
