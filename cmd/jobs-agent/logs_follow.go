package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// watched is what the watch answers.
type watched struct {
	heard board.Heard
	err   error
}

// followJob prints the last runs, then what those under way print and each attempt as it
// ends. The watch begins at a moment that cannot be known exactly, so what ended since is
// looked for once more when it has surely begun.
func (l *logs) followJob(ctx context.Context, job string) error {
	since, err := l.board.Now(ctx)
	if err != nil {
		return err
	}
	if err := l.last(ctx, job); err != nil {
		return err
	}
	say(l.cmd, "(following %s; Ctrl-C ends it)", job)
	return l.follows(ctx, job, "", func(ctx context.Context) error { return l.since(ctx, job, since) })
}

// followRun prints what a run prints until it has ended.
func (l *logs) followRun(ctx context.Context, run jobs.RunID) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.over = func(ended jobs.Run) {
		if ended.State.Ended() {
			cancel()
		}
	}
	return l.follows(ctx, "", run, func(ctx context.Context) error {
		found, err := l.board.FindRun(ctx, run)
		if errors.Is(err, jobs.ErrNoRun) || err == nil && !found.State.Ended() {
			return nil
		}
		if err != nil {
			return err
		}
		return l.ended(ctx, found)
	})
}

// follows prints what comes until ctx ends, and looks once more for what may have been
// overlooked.
func (l *logs) follows(ctx context.Context, job string, run jobs.RunID, overlooked func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	news := make(chan watched)
	go func() {
		defer close(news)
		for heard, err := range l.board.Follow(ctx, job, run) {
			select {
			case news <- watched{heard, err}:
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
		case one, open := <-news:
			switch {
			case !open || ctx.Err() != nil:
				return nil
			case one.err != nil:
				return one.err
			}
			err = l.hear(ctx, one.heard)
		case <-again.C:
			err = overlooked(ctx)
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
		if run.State.Ended() && !run.Finished.Before(since) && !l.told[toldKey(run)] {
			if err := l.ended(ctx, run); err != nil {
				return err
			}
		}
	}
	return nil
}
