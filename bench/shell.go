package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/measure"
	"github.com/jobs-agent/jobs/runners"
)

// shells is what the experiment with programs asks of our process.
type shells interface {
	// Shell runs a short command line n times from the queue, with its output
	// captured and kept, and as often by os/exec alone, in turns, and answers how long
	// each took altogether.
	Shell(ctx context.Context, n int) (ours, bare time.Duration, err error)
}

const (
	hello = "echo hello"
	// programs are how many run at once.
	programs = 16
	// piece is taken in turns, so that other load meets both.
	piece = 400
)

func shellExperiment(n int) experiment {
	return experiment{
		name:  "shell",
		title: fmt.Sprintf("Programs: sh -c %q %s times, %d at once, output captured, beside a bare os/exec loop in turns", hello, count(float64(n)), programs),
		rows:  []candidate{{name: "jobs-agent, shell runner", peer: "jobs"}},
		columns: []column{
			{key: "ours", title: "runs/s", form: count},
			{key: "bare", title: "bare loop/s", form: count},
			{key: "ratio", title: "ratio", form: share},
		},
		run: func(ctx context.Context, s *stand) (values, error) {
			p, err := s.start(ctx)
			if err != nil {
				return nil, err
			}
			return compareShells(ctx, p, n)
		},
	}
}

func compareShells(ctx context.Context, s shells, n int) (values, error) {
	ours, bare, err := s.Shell(ctx, n)
	if err != nil {
		return nil, err
	}
	return values{
		"ours": float64(n) / ours.Seconds(), "bare": float64(n) / bare.Seconds(),
		"ratio": bare.Seconds() / ours.Seconds(),
	}, nil
}

// Shell enqueues while the clock runs. The worker serves all the time, as an agent
// does.
func (o *ours) Shell(ctx context.Context, n int) (took, bare time.Duration, err error) {
	supervisor, err := runners.StartSupervisor()
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = supervisor.Close() }()
	_, shell, err := runners.New("shell", runners.Config{Supervisor: supervisor})
	if err != nil {
		return 0, 0, err
	}
	var left atomic.Pointer[measure.Countdown]
	node, err := measure.Start(ctx, o.b, nop, measure.Parts{Concurrency: programs}, func(ctx context.Context, a *jobs.Attempt) error {
		defer left.Load().One()
		return shell.Run(ctx, a)
	})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, node.Drain(ctx)) }()
	for done := 0; done < n; done += piece {
		list := make([]board.OneOff, min(piece, n-done))
		for i := range list {
			list[i] = board.OneOff{Runner: nop, Payload: hello}
		}
		left.Store(measure.NewCountdown(len(list)))
		start := time.Now()
		if _, err := o.b.EnqueueMany(ctx, list); err != nil {
			return 0, 0, err
		}
		if err := left.Load().Wait(ctx, patience); err != nil {
			return 0, 0, err
		}
		took += time.Since(start)
		start = time.Now()
		err := measure.InParallel(programs, len(list), 1, func(int, int) error {
			_, err := exec.CommandContext(ctx, "/bin/sh", "-c", hello).CombinedOutput()
			return err
		})
		if err != nil {
			return 0, 0, err
		}
		bare += time.Since(start)
	}
	return took, bare, nil
}
