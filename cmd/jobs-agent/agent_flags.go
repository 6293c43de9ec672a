package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/agent"
)

// agentFlags are the flags of agent. Each may come from the environment or the file
// as well.
type agentFlags struct {
	runnerFlags
	name          string
	concurrency   int
	labels        map[string]string
	gossip        string
	join          []string
	gossipKeyFile string
	http          string
	lease, drain  span
	evicting      bool
	log           logFlags
	sinks         sinkFlags
}

// gossipKey is the variable that holds the key itself.
const gossipKey = "JOBS_GOSSIP_KEY"

func (a *agentFlags) declare(cmd *cobra.Command) {
	def := agent.DefaultConfig()
	a.lease.d, a.drain.d = def.Lease, def.Drain
	f := cmd.Flags()
	a.runnerFlags.declare(cmd, def.Runners)
	f.StringVar(&a.name, "name", "", "unique in the cluster (default made of host, pid and a random tail)")
	f.IntVar(&a.concurrency, "concurrency", def.Concurrency, "so `many` runs at once")
	f.StringToStringVar(&a.labels, "label", nil, "`KEY=VALUE` that tells the host from others; repeatable")
	f.StringVar(&a.gossip, "gossip", def.Gossip, "`address` to gossip on; off loopback it needs a key")
	f.StringArrayVar(&a.join, "join", nil, "gossip `address` of another agent, besides those that Redis knows; repeatable")
	f.StringVar(&a.gossipKeyFile, "gossip-key-file", "", "`file` with the key of the gossip, 16, 24 or 32 bytes (or "+gossipKey+")")
	f.StringVar(&a.http, "http", def.HTTP, "`address` of /livez, /readyz and /metrics; empty: none")
	f.Var(&a.lease, "lease", "how long a run stays with an agent that is not heard of; the same for all agents")
	f.Var(&a.drain, "drain", "how long runs may go on when the agent stops")
	f.BoolVar(&a.evicting, "tick-on-eviction", false, "tick although the Redis may evict keys, and with them the board")
	a.log.declare(cmd, "auto")
	a.sinks.declare(cmd)
}

// config is the configuration of the agent; the Redis is not in it.
func (a *agentFlags) config(g *globals, cmd *cobra.Command) (agent.Config, error) {
	cfg := agent.DefaultConfig()
	cfg.Board, cfg.Name, cfg.Concurrency, cfg.Labels = g.board, a.name, a.concurrency, a.labels
	remarks, err := a.into(&cfg, g)
	if err != nil {
		return cfg, usage(cmd.CommandPath(), "%w", err)
	}
	cfg.Gossip, cfg.Join, cfg.HTTP = a.gossip, a.join, a.http
	cfg.Lease, cfg.Drain, cfg.TickOnEviction = a.lease.d, a.drain.d, a.evicting
	cfg.Version = buildVersion().Version
	cfg.GossipKey = g.env(gossipKey)
	if a.gossipKeyFile != "" {
		key, err := secretFile(a.gossipKeyFile)
		if err != nil {
			return cfg, usage(cmd.CommandPath(), "gossip key: %w", err)
		}
		cfg.GossipKey = key
	}
	if err := errors.Join(a.sinks.parse(), cfg.Validate()); err != nil {
		return cfg, usage(cmd.CommandPath(), "%w", err)
	}
	if cfg.Log, err = a.log.logger(g, cmd); err != nil {
		return cfg, err
	}
	for _, remark := range remarks {
		cfg.Log.Warn(remark)
	}
	return cfg, nil
}
