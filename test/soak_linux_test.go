package test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
)

// soakVariable is how long the soak takes; `make soak` sets it to 10m.
const soakVariable = "JOBS_SOAK"

const (
	soakJobs = 900 // each fires once a second
	soakPush = 100 // one-offs are queued besides, a second
)

// TestSoak runs one agent at 1,000 runs a second and compares what agent and Redis
// use in the last fifth of the time with what they used in the second: nothing grows.
func TestSoak(t *testing.T) {
	long, err := time.ParseDuration(os.Getenv(soakVariable))
	if err != nil {
		t.Skipf("set %s to a duration, 10m for the promise", soakVariable)
	}
	ctx := t.Context()
	server := redistest.Start(t)
	h := newHost(t, server.URL())
	b, err := board.Open(ctx, server.URL(), "jobs")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	agent := h.start("agent", "--runner", "console", "--name", "soak", "--http", "127.0.0.1:0", "--log-format", "console")
	devNull(t, agent)
	for i := range soakJobs {
		start := time.Now().Add(time.Duration(i) * time.Second / soakJobs).Add(time.Second)
		job := jobs.Job{ID: fmt.Sprintf("soak-%03d", i), Runner: "console", Payload: "x", Overlap: jobs.Forbid, Schedule: jobs.Schedule{Start: start, Interval: time.Second}}
		if _, err := b.Put(ctx, job); err != nil {
			t.Fatal(err)
		}
	}
	var doc []struct{ HTTP string }
	eventually(t, "the agent tells where it serves HTTP", func() bool {
		h.read(&doc, "agents")
		return len(doc) == 1 && doc[0].HTTP != ""
	})

	total := func() int64 {
		totals, err := b.Totals(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return totals["succeeded"]
	}
	begin, first := time.Now(), total()
	early, late := usage{}, usage{}
	push, look := time.NewTicker(100*time.Millisecond), time.NewTicker(long/120)
	defer push.Stop()
	defer look.Stop()
	for age := time.Duration(0); age < long; age = time.Since(begin) {
		select {
		case <-push.C:
			list := make([]board.OneOff, soakPush/10)
			for i := range list {
				list[i] = board.OneOff{Runner: "console", Payload: "y"}
			}
			if _, err := b.EnqueueMany(ctx, list); err != nil {
				t.Fatal(err)
			}
		case <-look.C:
			switch now := measure(ctx, t, agent.pid(), doc[0].HTTP, server.Client()); {
			case age > 2*long/10 && age <= 4*long/10:
				early.add(now)
			case age > 8*long/10:
				late.add(now)
			}
		}
	}
	rate := float64(total()-first) / time.Since(begin).Seconds()
	t.Logf("%.0f runs a second for %v", rate, long)
	if rate < 0.97*(soakJobs+soakPush) {
		t.Errorf("got %.0f runs a second, want %d", rate, soakJobs+soakPush)
	}
	for _, name := range early.names() {
		ratio := late.mean(name) / early.mean(name)
		t.Logf("%-14s %12.0f then %12.0f: %.3f", name, early.mean(name), late.mean(name), ratio)
		if ratio > 1.05 {
			t.Errorf("%s has grown by a factor of %.3f, want at most 1.05", name, ratio)
		}
	}
}

// devNull empties what the agent printed now and then, or the soak fills the disk.
func devNull(t *testing.T, agent *daemon) {
	t.Helper()
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	go func() {
		each := time.NewTicker(5 * time.Second)
		defer each.Stop()
		for {
			select {
			case <-stop:
				return
			case <-each.C:
				_ = os.Truncate(agent.stdout, 0) // what is printed is nobody's business
			}
		}
	}()
}

// usage is samples of what is used, by name.
type usage map[string][]float64

func (u usage) add(sample map[string]float64) {
	for name, value := range sample {
		u[name] = append(u[name], value)
	}
}

func (u usage) mean(name string) float64 {
	sum := 0.0
	for _, value := range u[name] {
		sum += value
	}
	return sum / float64(len(u[name]))
}

func (u usage) names() []string {
	return []string{"agent bytes", "goroutines", "files", "redis keys", "redis bytes"}
}

func measure(ctx context.Context, t *testing.T, pid int, address string, rdb *redis.Client) map[string]float64 {
	t.Helper()
	files, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(pid), "fd"))
	if err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	metrics, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]float64{
		"files": float64(len(files)), "agent bytes": 1024 * figure(t, string(status), `VmRSS:\s+(\d+) kB`),
		"goroutines":  figure(t, string(metrics), `(?m)^go_goroutines (\d+)`),
		"redis keys":  float64(rdb.DBSize(ctx).Val()),
		"redis bytes": figure(t, rdb.Info(ctx, "memory").Val(), `used_memory:(\d+)`),
	}
}

func figure(t *testing.T, text, pattern string) float64 {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no %s in:\n%s", pattern, text)
	}
	n, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
