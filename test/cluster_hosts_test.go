package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// TestClusterHostsTakeWhatIsForThem has three agents that differ in labels and runner
// types, and a job of each kind.
func TestClusterHostsTakeWhatIsForThem(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP())
	c := &cluster{host: newHost(t, server.URL()), server: server, nodes: map[string]*daemon{}}
	join := func(name string, args ...string) {
		c.nodes[name] = c.start(slices.Concat([]string{"agent", "--name", name, "--log-format", "json"}, args)...)
	}
	join("one", "--runner", "shell", "--runner", "console", "--label", "zone=a", "--label", "gpu=true")
	join("two", "--runner", "shell", "--label", "zone=b")
	join("three", "--runner", "console", "--label", "gpu=true")
	c.settled(3)

	c.ok("put", "plain", "shell", "true", "--every", "1s")
	c.ok("put", "talk", "console", "hello", "--every", "1s")
	c.ok("put", "everywhere", "shell", "true", "--every", "1s", "--hosts", "all")
	c.ok("put", "chosen", "shell", "true", "--every", "1s", "--hosts", "gpu = true")
	c.ok("put", "named", "shell", "true", "--every", "1s", "--hosts", "agent=two")
	c.ok("put", "alone", "shell", "true", "--every", "1s", "--hosts", "gpu=mars", "--overlap", "allow")
	c.ok("put", "nowhere", "exec", `["true"]`, "--every", "1s")
	begin := time.Now()
	for job, runs := range map[string]int{"plain": 4, "talk": 4, "everywhere": 8, "chosen": 4, "named": 4} {
		c.goesOn(job, runs, begin)
	}

	c.wantOn("plain", "one", "two")
	c.wantOn("talk", "one", "three")
	c.wantOn("chosen", "one")
	c.wantOn("named", "two")
	c.wantOnceOnEach("everywhere", "one", "two")
	for _, job := range []string{"alone", "nowhere"} {
		if ended := c.endedRuns(job); len(ended) > 0 {
			t.Errorf("%s: got %d runs that ended, the first on %s, want none", job, len(ended), ended[0].Agent)
		}
	}
	for what, verb := range map[string][]string{
		"no live agent matches gpu=mars":              {"list", "-o", "wide"},
		"no agent that serves shell matches gpu=mars": {"why", "alone"},
		"no live agent matches gpu=mars ":             {"queue", "list", "-o", "wide"},
		"no agent serves exec (":                      {"doctor"},
		`"selector": "gpu=mars"`:                      {"queue", "list", "-o", "json"},
	} {
		if got := c.run(verb...); !strings.Contains(strings.Join(strings.Fields(got.stdout+got.stderr), " ")+" ", strings.TrimSpace(what)) {
			t.Errorf("%s does not say %q:\n%s%s", got.args, what, got.stdout, got.stderr)
		}
	}
	if got := c.run("put", "wrong", "shell", "true", "--every", "1s", "--hosts", "gpu true"); got.code != 2 || !strings.Contains(got.stderr, `label "gpu true"`) {
		t.Errorf("a selector that is none: got %d, %s, want 2 and what is wrong", got.code, got.stderr)
	}

	b := openBoard(t, c.server.URL())
	eventually(t, "the ledger tells of the selector that nobody matches", func() bool {
		for line, err := range b.Ledger(t.Context(), time.Time{}, true) {
			if err == nil && line.Outcome == "unserved" && line.Reason == "no live agent matches gpu=mars" {
				return true
			}
		}
		return false
	})

	joined := time.Now()
	join("four", "--runner", "shell", "--label", "gpu=mars")
	eventually(t, "what waited runs on the agent that matches", func() bool { return len(c.endedRuns("alone")) > 0 })
	c.wantOn("alone", "four")
	c.nodes["two"].kill()
	c.goesOn("everywhere", 12, joined)
	c.wantOnceOnEach("everywhere", "one", "two", "four")
	c.goesOn("plain", 3, time.Now())
}

// wantOn fails unless the ended runs of a job were on these agents.
func (c *cluster) wantOn(job string, agents ...string) {
	c.t.Helper()
	on := map[string]int{}
	for _, run := range c.endedRuns(job) {
		on[run.Agent]++
		if !slices.Contains(agents, run.Agent) {
			c.t.Errorf("%s: run %s was on %s, want it on %v", job, run.Run, run.Agent, agents)
		}
	}
	c.t.Logf("%s ran on %v", job, on)
}

// wantOnceOnEach fails when an agent has executed a nominal time of a job twice, and
// when, of agents that live, some had less of the times than the others.
func (c *cluster) wantOnceOnEach(job string, agents ...string) {
	c.t.Helper()
	seen := map[string]string{}
	for _, run := range c.endedRuns(job) {
		if run.State != "succeeded" {
			continue // of an agent that is dead
		}
		key := fmt.Sprintf("%s on %s", run.Due.Format(time.TimeOnly), run.Agent)
		if other, twice := seen[key]; twice {
			c.t.Errorf("%s: %s was executed by %s and by %s", job, key, other, run.Run)
		}
		if !slices.Contains(agents, run.Agent) {
			c.t.Errorf("%s: run %s was on %s, want it on %v", job, run.Run, run.Agent, agents)
		}
		seen[key] = run.Run
	}
	if len(agents) > 2 {
		return // they did not live all the time
	}
	times := map[string]int{}
	for key := range seen {
		due, _, _ := strings.Cut(key, " ")
		times[due]++
	}
	newest := slices.Max(slices.Collect(maps.Keys(times))) // may be under way on one of them
	for due, n := range times {
		if n != len(agents) && due != newest {
			c.t.Errorf("%s: the time %s ran on %d agents, want %d", job, due, n, len(agents))
		}
	}
}
