package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/jobs-agent/jobs/agent"
	"github.com/jobs-agent/jobs/logsink"
)

// flushWithin is how long an agent that ends waits for its log sinks.
const flushWithin = 5 * time.Second

// sinkFlags say where an agent takes logs and output besides Redis.
type sinkFlags struct {
	texts []string
	specs []logsink.Spec
}

func (s *sinkFlags) declare(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&s.texts, "log-sink", nil, "`SINK` for the log and the whole output of runs: file:PATH, stdout or cloudwatch:GROUP, see docs/logs.md; repeatable")
}

func (s *sinkFlags) parse() error {
	s.specs = nil
	for _, text := range s.texts {
		if text == "" {
			continue
		}
		spec, err := logsink.Parse(text)
		if err != nil {
			return err
		}
		s.specs = append(s.specs, spec)
	}
	return nil
}

// open opens the sinks and lets the agent log to them, too. What it answers ends them,
// when the agent has logged its last.
func (s *sinkFlags) open(cmd *cobra.Command, cfg *agent.Config) (ended func(), err error) {
	if len(s.specs) == 0 {
		return func() {}, nil
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	log := cfg.Log
	sinks, err := logsink.Open(cmd.Context(), s.specs, logsink.Config{Host: host, Stdout: cmd.OutOrStdout(), Log: log})
	if err != nil {
		return nil, err
	}
	cfg.Sinks = sinks
	cfg.Log = log.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewTee(core, sinks.Core(log.Level()))
	}))
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), flushWithin)
		defer cancel()
		if err := sinks.Close(ctx); err != nil {
			log.Warn(err.Error())
		}
	}, nil
}
