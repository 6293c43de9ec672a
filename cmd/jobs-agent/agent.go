package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/jobs-agent/jobs/agent"
	"github.com/jobs-agent/jobs/internal/sdnotify"
)

func newAgent(g *globals) *cobra.Command {
	var flags agentFlags
	cmd := &cobra.Command{
		Use:     "agent",
		GroupID: groupCluster,
		Short:   "Run an agent: it serves runner types, and stands for election as the ticker",
		Long: `All agents are equal. What a host executes is named on the host, never in Redis:
without --runner an agent serves console, which prints payloads, and executes nothing.

Each flag of this verb may be given as a variable, JOBS_ and its name (JOBS_RUNNER=shell,exec;
a command with a comma needs the flag or the file), or as a key of the file (runners: [shell, exec]). A flag wins over a variable, a variable
over the file. SIGHUP reads the runners of the file and the runner folders again, and
the secrets; runs go on. The first signal to end ends the agent in order, the second at once.`,
		Example: `  jobs-agent agent --redis redis://db1:6379 --runner shell --runner exec
  jobs-agent agent --runner 'mail=/usr/local/bin/send-mail' --concurrency 4 --label site=b
  jobs-agent agent --runner shell --log-sink 'file:/var/log/jobs-agent/output.log?max=100MB&keep=10'
  jobs-agent agent --runner shell --log-sink 'cloudwatch:/jobs/production?stream=job'
  jobs-agent agent --runner-folder /usr/lib/jobs-agent/runners
  jobs-agent agent --config /etc/jobs-agent/agent.yaml`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := g.settle(cmd); err != nil {
				return err
			}
			cfg, err := flags.config(g, cmd)
			if err != nil {
				return err
			}
			if cfg.Redis, err = g.url(cmd); err != nil {
				return err
			}
			ended, err := flags.sinks.open(cmd, &cfg)
			if err != nil {
				return err
			}
			defer ended()
			manager := sdnotify.Take()
			node, err := agent.New(cfg)
			if err != nil {
				return err
			}
			if !executes(cfg.Runners) {
				cfg.Log.Warn("this agent executes no programs",
					zap.String("serves", servedText(cfg.Runners)), zap.String("fix", "--runner shell, --runner exec or --runner TYPE=COMMAND lets it"))
			}
			defer func() { _ = cfg.Log.Sync() }()
			defer manager.Follow(node.Ready(), cmd.Context().Done(), node.Stuck, cfg.Log)()
			flags.reloads(cmd.Context(), g, cmd, node, cfg.Log)
			if err := node.Run(cmd.Context()); err != nil {
				return fmt.Errorf("agent: %w", err)
			}
			return nil
		},
	}
	flags.declare(cmd)
	return cmd
}
