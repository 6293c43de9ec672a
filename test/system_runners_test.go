package test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// reload writes the settings file of an agent, and has it read.
func (h *host) reload(d *daemon, name, text string) {
	h.t.Helper()
	h.write(name, text)
	if err := d.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		h.t.Fatal(err)
	}
}

// serving waits until the board knows what an agent serves.
func (h *host) serving(name string, types ...string) {
	h.t.Helper()
	eventually(h.t, fmt.Sprintf("agent %s serves %v", name, types), func() bool {
		a := h.agents()[name]
		return a.State == "alive" && slices.Equal(a.Runners, types)
	})
}

func TestAReloadLosesNoRunUnderLoad(t *testing.T) {
	t.Parallel()
	h := newHost(t, redistest.Start(t, redistest.TCP()).URL())
	did := h.file("did")
	settings := func(more string) string {
		return "name: a\nconcurrency: 8\nrunners:\n  count: {command: 'echo {payload} >>" + did + "'" + more + "\n"
	}
	with := settings(", umask: '027'}\n  shell: {nice: 3}")
	without := settings("}")
	config := h.write("agent.yaml", with)
	agent := h.start("agent", "--config", config, "--http", "")
	h.serving("a", "count", "shell")
	// This one is under way when its type is taken away, and must end well.
	h.ok("enqueue", "shell", "touch "+h.file("begun")+"; while ! test -e "+h.file("go")+"; do sleep 0.1; done; echo through", "--id", "long")
	eventually(t, "the long run is under way", func() bool { _, err := os.Stat(h.file("begun")); return err == nil })

	const runs = 1200
	var lines strings.Builder
	for i := range runs {
		fmt.Fprintf(&lines, "n%d\n", i)
	}
	h.ok("enqueue", "count", "--lines", h.write("lines", lines.String()))
	written := func() int { text, _ := os.ReadFile(did); return strings.Count(string(text), "\n") }
	reloads := 0
	for ; written() < runs-200; reloads++ {
		if text := without; reloads%2 == 0 {
			h.reload(agent, "agent.yaml", text)
			h.serving("a", "count")
		} else {
			h.reload(agent, "agent.yaml", with)
			h.serving("a", "count", "shell")
		}
	}
	t.Logf("measured: %d reloads while %d runs ran", reloads, runs)
	if reloads < 2 {
		t.Errorf("got %d reloads under load, want some", reloads)
	}
	h.reload(agent, "agent.yaml", without)
	h.serving("a", "count")
	h.write("go", "")
	eventually(t, "all runs have ended", func() bool { return written() >= runs && len(h.endedRuns("shell")) == 1 })
	text, _ := os.ReadFile(did)
	got := strings.Fields(string(text))
	slices.Sort(got)
	if n := len(slices.Compact(slices.Clone(got))); n != runs || len(got) != runs {
		t.Errorf("got %d runs, %d different ones, want %d", len(got), n, runs)
	}
	if ended := h.endedRuns("shell"); ended[0].State != "succeeded" || ended[0].Attempt != 1 || !strings.Contains(h.ok("logs", "shell"), "through") {
		t.Errorf("the run under way: got %+v, want that it succeeded at the first attempt", ended[0])
	}
	h.ok("enqueue", "shell", "true")
	agent.terminate()
	var count struct{ Queued map[string]int }
	if h.read(&count, "count"); count.Queued["shell"] != 1 {
		t.Errorf("a run of a type that was taken away: got %v, want it still queued", count.Queued)
	}
}

func TestEachTypeRunsOnlyWhereItIsRegisteredAndNobodyMissingIsReported(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP())
	h := newHost(t, server.URL())
	files := map[string]string{"a": "runners: [shell]\n", "b": "runners: ['mail=echo {payload}', shell]\n", "c": "runners: ['pay=echo {payload}']\n"}
	daemons := map[string]*daemon{}
	for name, text := range files {
		daemons[name] = h.start("agent", "--config", h.write(name+".yaml", text), "--name", name, "--http", "")
	}
	h.serving("a", "shell")
	h.serving("b", "mail", "shell")
	h.serving("c", "pay")
	ran := func(kind string, allowed ...string) {
		t.Helper()
		for range 10 {
			h.ok("enqueue", kind, "echo x")
		}
		eventually(t, "10 runs of "+kind+" have ended", func() bool { return len(h.endedRuns(kind))%10 == 0 && len(h.endedRuns(kind)) > 0 })
		for _, run := range h.endedRuns(kind)[:10] {
			if !slices.Contains(allowed, run.Agent) || run.State != "succeeded" {
				t.Errorf("%s: got %s on agent %s, want it on one of %v", kind, run.State, run.Agent, allowed)
			}
		}
	}
	ran("shell", "a", "b")
	ran("mail", "b")
	h.reload(daemons["a"], "a.yaml", "runners: [shell, 'pay=echo {payload}']\n")
	h.serving("a", "pay", "shell")
	ran("pay", "a", "c")

	// The one that serves mail is killed, so it cannot say that it goes.
	daemons["b"].kill()
	begin := time.Now()
	h.ok("enqueue", "mail", "x")
	eventually(t, "the ledger says that nobody serves mail", func() bool { return unservedIn(t, server.Client(), "mail") })
	within(t, "no live agent serves mail: reported after", time.Since(begin), 5*time.Second)
	eventually(t, "count says so", func() bool { return strings.Contains(h.ok("count"), "unserved mail") })
	within(t, "no live agent serves mail: counted after", time.Since(begin), 5*time.Second)
	if unservedIn(t, server.Client(), "shell") || unservedIn(t, server.Client(), "pay") {
		t.Error("the ledger says of a type that nobody serves it, which somebody does")
	}
}

// unservedIn tells whether the ledger says that nobody serves a type.
func unservedIn(t *testing.T, rdb *redis.Client, kind string) bool {
	t.Helper()
	lines, err := rdb.XRange(context.Background(), "jobs:ledger", "-", "+").Result()
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(lines, func(m redis.XMessage) bool {
		text, _ := m.Values[kind].(string)
		return strings.Contains(text, `"unserved"`)
	})
}
