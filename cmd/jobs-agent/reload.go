package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/jobs-agent/jobs/agent"
)

// reloads reads the runners of the file and the runner folders again at each SIGHUP,
// until ctx ends. What is wrong is logged, and then all stays as it was.
func (r *runnerFlags) reloads(ctx context.Context, g *globals, cmd *cobra.Command, node *agent.Agent, log *zap.Logger) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	go func() {
		defer signal.Stop(hangup)
		select {
		case <-ctx.Done():
			return
		case <-node.Ready():
		}
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangup:
			}
			if err := r.reload(ctx, g, cmd, node, log); err != nil {
				log.Error("cannot reload: the runner types and their settings stay as they were", zap.Error(err))
			}
		}
	}()
}

func (r *runnerFlags) reload(ctx context.Context, g *globals, cmd *cobra.Command, node *agent.Agent, log *zap.Logger) error {
	f, err := g.readFile(cmd)
	if err != nil {
		return err
	}
	names := map[string]*[]string{"runner": &r.runners, "runner-folder": &r.folders}
	for _, s := range settings() {
		into, ok := names[s.flag]
		if !ok || g.sources[s.flag] == fromFlag {
			continue
		}
		values, source := s.elsewhere(g.env, f)
		if source == fromDefault && s.flag == "runner" {
			values = r.unsaid
		}
		*into, g.sources[s.flag] = values, source
	}
	set, err := serve(f, r.runners, g.sources["runner"], r.folders)
	if err != nil {
		return err
	}
	for _, remark := range set.remarks {
		log.Warn(remark)
	}
	return node.Serve(ctx, set.specs, set.options)
}
