package main

import (
	"context"
	"slices"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// watched is what the watch answers.
type watched struct {
	run jobs.Run
	err error
}

// tail prints the last runs and then each attempt as it ends. The watch begins at a
// moment that cannot be known exactly, so what ended since is looked for once more when
// it has surely begun.
func (l *logs) tail(ctx context.Context, job string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	since, err := l.board.Now(ctx)
	if err != nil {
		return err
	}
	if err := l.last(ctx, job); err != nil {
		return err
	}
	say(l.cmd, "(following %s; Ctrl-C ends it)", job)
	ends := make(chan watched)
	go func() {
		defer close(ends)
		for run, err := range l.board.Watch(ctx, job) {
			select {
			case ends <- watched{run, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	again := time.NewTimer(time.Second)
	defer again.Stop()
	for {
		var err error
		select {
		case end, open := <-ends:
			switch {
			case !open || ctx.Err() != nil:
				return nil
			case end.err != nil:
				return end.err
			}
			err = l.print(ctx, end.run)
		case <-again.C:
			err = l.since(ctx, job, since)
		case <-ctx.Done():
			return nil
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// since prints the runs that have ended since a time.
func (l *logs) since(ctx context.Context, job string, since time.Time) error {
	runs, err := l.board.Runs(ctx, board.RunFilter{Job: job})
	if err != nil {
		return err
	}
	for _, run := range slices.Backward(runs) {
		if run.State.Ended() && !run.Finished.Before(since) {
			if err := l.print(ctx, run); err != nil {
				return err
			}
		}
	}
	return nil
}
