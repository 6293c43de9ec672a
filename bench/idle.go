package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jobs-agent/jobs/board"
)

func idleExperiment(long time.Duration) experiment {
	return experiment{
		name:  "idle",
		title: fmt.Sprintf("An idle agent, the binary as it is built, for %v", long),
		rows: []candidate{
			{name: "jobs-agent agent", peer: "jobs", setting: "console"},
			{name: "jobs-agent agent, shell", peer: "jobs", setting: "shell"},
		},
		columns: []column{
			{key: "cpu", title: "% of a core", form: precise},
			{key: "store cpu", title: "of Redis", form: precise},
			{key: "resident", title: "resident MB", form: decimal},
			{key: "together", title: "shared pages once", form: decimal},
		},
		run: func(ctx context.Context, s *stand) (values, error) { return s.idle(ctx, long) },
	}
}

// idle measures the agent with its supervisor, if it has one.
func (s *stand) idle(ctx context.Context, long time.Duration) (values, error) {
	binary := filepath.Join(s.dir, "jobs-agent")
	build := exec.CommandContext(ctx, "go", "build", "-C", "..", "-ldflags", "-s -w", "-o", binary, "./cmd/jobs-agent")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build jobs-agent: %w: %s", err, out)
	}
	url := "redis://" + s.store.address()
	agent := exec.CommandContext(ctx, binary, "agent", "--redis", url, "--runner", s.setting)
	agent.SysProcAttr = dieWithParent()
	var log tail
	agent.Stderr = &log
	if err := agent.Start(); err != nil {
		return nil, err
	}
	defer func() {
		_ = agent.Process.Kill()
		_ = agent.Wait()
	}()
	b, err := board.Open(ctx, url, "jobs")
	if err != nil {
		return nil, err
	}
	defer func() { _ = b.Close() }()
	leads := func() bool {
		leader, err := b.Leader(ctx)
		return err == nil && leader.Holds
	}
	if err := untilIt(ctx, soon, leads); err != nil {
		return nil, fmt.Errorf("the agent does not lead: %w%s", err, log.text())
	}
	if err := pause(ctx, 12*time.Second); err != nil { // what comes with a start is over, the ticker's closer look too
		return nil, err
	}
	before, err := fineCPU(agent.Process.Pid)
	if err != nil {
		return nil, err
	}
	stored, err := s.store.cpu(ctx)
	if err != nil {
		return nil, err
	}
	if err := pause(ctx, long); err != nil {
		return nil, err
	}
	after, err := fineCPU(agent.Process.Pid)
	if err != nil {
		return nil, err
	}
	storedAfter, err := s.store.cpu(ctx)
	if err != nil {
		return nil, err
	}
	now, _, err := resident(agent.Process.Pid)
	if err != nil {
		return nil, err
	}
	once, err := together(agent.Process.Pid)
	return values{
		"cpu": 100 * (after - before).Seconds() / long.Seconds(), "store cpu": 100 * (storedAfter - stored).Seconds() / long.Seconds(),
		"resident": megabytes(now), "together": megabytes(once),
	}, err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
