package main

import (
	"context"
	"time"

	"github.com/jobs-agent/jobs"
)

// watched is what the watch answers.
type watched struct {
	run jobs.Run
	err error
}

// tail prints the last runs and then each attempt as it ends. The watch begins at a
// moment that cannot be known exactly, so the last runs are looked at once more
// when it has surely begun.
func (l *logs) tail(ctx context.Context, job string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := l.last(ctx, job); err != nil {
		return err
	}
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
			err = l.last(ctx, job)
		case <-ctx.Done():
			return nil
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
}
