package test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/runners"
	"github.com/jobs-agent/jobs/scripts"
)

// TestMain lets the test binary be the supervisor process of agents that run in
// it, and an agent that is to be killed, and removes the program that builtProgram made.
func TestMain(m *testing.M) {
	if runners.IsSupervisor() {
		os.Exit(runners.ServeSupervisor())
	}
	if os.Getenv(tickerVariable) != "" {
		os.Exit(serveTicker())
	}
	scripts.Quiet() // clients of a Redis that is killed would fill the log
	code := m.Run()
	os.RemoveAll(programFolder())
	os.Exit(code)
}

func programFolder() string {
	return filepath.Join("/tmp", "jobs-agent-test-"+strconv.Itoa(os.Getpid()))
}

// builtProgram answers the path of the program as users get it, built once in a
// test process and only when a test asks.
var builtProgram = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programFolder(), "jobs-agent")
	// A machine with nothing in its build cache compiles everything first.
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, "../cmd/jobs-agent")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &talk, &talk
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, talk.String())
	}
	return path, nil
})

func program(t *testing.T) string {
	t.Helper()
	path, err := builtProgram()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
