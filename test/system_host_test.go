package test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// host is where one user runs the program: a home, a runtime folder and an
// environment that nothing outside the test has a part in.
type host struct {
	t    *testing.T
	dir  string
	path string // PATH of what is started from now on
	env  []string
	// program is the path of another build to run than that of this tree.
	program string
}

// newHost makes a host whose user names that Redis, or none.
func newHost(t *testing.T, redis string) *host {
	t.Helper()
	program(t)
	// Not t.TempDir: a socket's path must be short.
	dir, err := os.MkdirTemp("/tmp", "jobs-host-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h := &host{t: t, dir: dir, path: os.Getenv("PATH")}
	h.env = []string{"HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "TMPDIR=" + dir}
	if redis != "" {
		h.env = append(h.env, "JOBS_REDIS="+redis)
	}
	return h
}

// repositoryFile answers the path of a file of this repository.
func repositoryFile(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func (h *host) file(name string) string { return filepath.Join(h.dir, name) }

func (h *host) write(name, text string) string {
	h.t.Helper()
	if err := os.WriteFile(h.file(name), []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return h.file(name)
}

func (h *host) command(ctx context.Context, args ...string) *exec.Cmd {
	h.t.Helper()
	path := h.program
	if path == "" {
		path = program(h.t)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = h.dir
	cmd.Env = append([]string{"PATH=" + h.path}, h.env...)
	return cmd
}

// ended is what came of one call of the program.
type ended struct {
	args           string
	stdout, stderr string
	code           int
	took           time.Duration
}

// run runs a verb to its end, whatever that is.
func (h *host) run(args ...string) ended {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := h.command(ctx, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begin := time.Now()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		h.t.Fatalf("jobs-agent %s: %v, %v\n%s", strings.Join(args, " "), err, ctx.Err(), stderr.String())
	}
	return ended{strings.Join(args, " "), stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), time.Since(begin)}
}

// ok runs a verb that must succeed and answers its standard output.
func (h *host) ok(args ...string) string {
	h.t.Helper()
	e := h.run(args...)
	if e.code != 0 {
		h.t.Fatalf("jobs-agent %s: exit code %d\n%s", e.args, e.code, e.stderr)
	}
	return e.stdout
}

// read runs a verb that must succeed with -o json and reads its document.
func (h *host) read(doc any, args ...string) {
	h.t.Helper()
	text := h.ok(append(args, "-o", "json")...)
	if err := json.Unmarshal([]byte(text), doc); err != nil {
		h.t.Fatalf("jobs-agent %s -o json: %v\n%s", strings.Join(args, " "), err, text)
	}
}

// runDoc is a run as `runs -o json` tells of it.
type runDoc struct {
	Run, Job, Runner, State        string
	Due, Queued, Started, Finished time.Time
	Attempt, Lost, Missed          int
	Agent, Reason, Signal          string
	ExitCode                       *int `json:"exit_code"`
}

// runs answers the runs of a job, newest first.
func (h *host) runs(job string) (runs []runDoc) {
	h.t.Helper()
	h.read(&runs, "runs", job, "-n", "1000")
	return runs
}

// endedRuns are those of a job that have ended, newest first.
func (h *host) endedRuns(job string) (runs []runDoc) {
	h.t.Helper()
	h.read(&runs, "runs", job, "-n", "1000", "--state", "succeeded,failed,dead,cancelled")
	return runs
}

// agentDoc is an agent as `agents -o json` tells of it.
type agentDoc struct {
	Name, Addr, State string
	Leader            bool
	Term              int64
	Runners           []string
	Running, PID      int
}

func (h *host) agents() map[string]agentDoc {
	h.t.Helper()
	var docs []agentDoc
	h.read(&docs, "agents")
	agents := map[string]agentDoc{}
	for _, doc := range docs {
		agents[doc.Name] = doc
	}
	return agents
}

// leader answers the name of the agent that ticks, or nothing.
func (h *host) leader() string {
	h.t.Helper()
	var doc struct{ Agent string }
	h.read(&doc, "leader")
	return doc.Agent
}
