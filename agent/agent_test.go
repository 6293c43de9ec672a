package agent

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
)

// runNode starts an agent and answers it with a function that stops it.
func runNode(t *testing.T, change func(*Config)) (a *Agent, stop func() error) {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Drain = 2 * time.Second
	change(&cfg)
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	select {
	case <-a.Ready():
	case err := <-done:
		t.Fatalf("run: %v", err)
	case <-time.After(20 * time.Second):
		t.Fatal("the agent is not ready")
	}
	return a, func() error {
		cancel()
		return <-done
	}
}

func get(t *testing.T, a *Agent, path string) (int, string) {
	t.Helper()
	answer, err := http.Get("http://" + a.HTTP() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

func TestANodeAnswersHTTPAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP())
	a, stop := runNode(t, func(c *Config) { c.Redis, c.Name = server.URL(), "one" })
	b, err := board.Open(t.Context(), server.URL(), "jobs")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	if _, err := b.Put(t.Context(), jobs.Job{ID: "a", Runner: "console", Payload: "x", Schedule: jobs.Schedule{Interval: time.Hour}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the run has ended", func() bool {
		runs, err := b.Runs(t.Context(), board.RunFilter{Job: "a"})
		return err == nil && len(runs) == 1 && runs[0].State == jobs.Succeeded
	})

	for path, want := range map[string]string{"/livez": "ok", "/readyz": "ok", "/metrics": "jobs_agent_leader 1"} {
		if status, body := get(t, a, path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("GET %s: got %d %s, want 200 and %q", path, status, body, want)
		}
	}
	for _, want := range []string{`jobs_board_jobs{board="jobs"} 1`, `jobs_runs_total{board="jobs",outcome="succeeded"} 1`, `jobs_queue_length{board="jobs",runner="console"} 0`} {
		if _, body := get(t, a, "/metrics"); !strings.Contains(body, want) {
			t.Errorf("GET /metrics: %q is missing in %s", want, body)
		}
	}

	server.Freeze()
	eventually(t, "it is not ready while Redis hangs", func() bool {
		status, body := get(t, a, "/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(body, "redis does not answer")
	})
	server.Thaw()
	eventually(t, "it is ready again", func() bool {
		status, _ := get(t, a, "/readyz")
		return status == http.StatusOK
	})

	if err := stop(); err != nil {
		t.Errorf("stop: got %v, want nil", err)
	}
	agents, err := b.Agents(t.Context())
	if err != nil || len(agents) != 0 {
		t.Errorf("agents after the stop: got %v, %v, want none", agents, err)
	}
	if leader, err := b.Leader(t.Context()); err != nil || leader.Holds {
		t.Errorf("leader after the stop: got %+v, %v, want a free lock", leader, err)
	}
	if n := server.Client().ZCard(t.Context(), "jobs:workers").Val(); n != 0 {
		t.Errorf("got %d lanes with a lease after the stop, want none", n)
	}
}

func TestANodeServesButDoesNotTickOnARedisThatEvicts(t *testing.T) {
	t.Parallel()
	for name, tick := range map[string]bool{"not told to": false, "told to": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, redistest.TCP(), redistest.Args("--maxmemory-policy", "allkeys-lru"))
			a, stop := runNode(t, func(c *Config) { c.Redis, c.TickOnEviction = server.URL(), tick })
			if tick {
				eventually(t, "it leads", func() bool { leads, _ := a.election.Leader(); return leads })
			} else {
				// The campaign has looked at the Redis by the time the beat came twice.
				first := a.beat.last.Load()
				eventually(t, "the agent lives", func() bool { return a.beat.last.Load() > first })
				if leads, _ := a.election.Leader(); leads {
					t.Error("it ticks on a Redis that evicts keys")
				}
			}
			if err := stop(); err != nil {
				t.Errorf("stop: got %v, want nil", err)
			}
		})
	}
}

func TestABadConfigurationIsRefusedBeforeAnythingIsOpened(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){
		"board with a colon": func(c *Config) { c.Board = "a:b" },
		"no concurrency":     func(c *Config) { c.Concurrency = 0 },
		"short lease":        func(c *Config) { c.Lease = time.Millisecond },
		"negative drain":     func(c *Config) { c.Drain = -1 },
		"name with a blank":  func(c *Config) { c.Name = "a b" },
		"no gossip":          func(c *Config) { c.Gossip = "" },
		"http without port":  func(c *Config) { c.HTTP = "localhost" },
		"short key":          func(c *Config) { c.GossipKey = "abc" },
		"a type twice":       func(c *Config) { c.Runners = []string{"shell", "shell=cat"} },
		"type with a blank":  func(c *Config) { c.Runners = []string{"my type=cat"} },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := DefaultConfig()
			change(&cfg)
			if _, err := New(cfg); !errors.Is(err, jobs.ErrInvalid) {
				t.Errorf("got %v, want %v", err, jobs.ErrInvalid)
			}
		})
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(limit) {
			t.Fatalf("waited in vain until %s", what)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func TestANodeEndsWhenANewerProgramHasTakenOverTheBoard(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	a, stop := runNode(t, func(c *Config) { c.Redis = server.URL() })
	server.Client().Set(t.Context(), "jobs:format", 99, 0)
	eventually(t, "the node has ended", func() bool {
		answer, err := http.Get("http://" + a.HTTP() + "/livez")
		if err == nil {
			_ = answer.Body.Close()
		}
		return err != nil
	})
	if err := stop(); !errors.Is(err, jobs.ErrFormat) {
		t.Errorf("got %v, want ErrFormat", err)
	}
}
