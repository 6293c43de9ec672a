package main

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs/agent"
	"github.com/jobs-agent/jobs/board"
)

// tellRuns logs each attempt as it ends, until ctx does: somebody watches dev. An
// agent leaves that to the history.
func tellRuns(ctx context.Context, cfg agent.Config) {
	b, err := board.Open(ctx, cfg.Redis, cfg.Board)
	if err != nil {
		cfg.Log.Warn("cannot watch the runs", zap.Error(err))
		return
	}
	defer func() { _ = b.Close() }()
	for ctx.Err() == nil {
		if err := tellUntilTrouble(ctx, b, cfg); err != nil {
			cfg.Log.Debug("cannot watch the runs", zap.Error(err))
		}
		select { // the agent says what troubles Redis
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func tellUntilTrouble(ctx context.Context, b *board.Board, cfg agent.Config) error {
	for run, err := range b.Watch(ctx, "") {
		if err != nil {
			return err
		}
		fields := []zap.Field{zap.String("run", run.ID), zap.String("took", took(run))}
		if run.ExitCode != nil {
			fields = append(fields, zap.Int("exit", *run.ExitCode))
		}
		if run.Reason != "" {
			fields = append(fields, zap.String("reason", run.Reason))
		}
		cfg.Log.Info(string(run.State), fields...)
	}
	return nil
}
