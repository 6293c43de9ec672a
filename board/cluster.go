package board

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// Agent is an agent as it last described itself.
type Agent struct {
	Name    string
	Host    string
	Addr    string // for gossip
	HTTP    string
	Version string
	PID     int
	Runners []string
	Labels  map[string]string
	Running int
	Started time.Time
	Seen    time.Time
	// Leader and Term are those of the board: the agent that ticks.
	Leader bool
	Term   int64
	// Paused is set when it was told to drain; nil otherwise.
	Paused *Pause
}

// SilentAfter is how long nothing was heard of an agent that is called silent: its
// heartbeat comes each second.
const SilentAfter = 5 * time.Second

// Alive tells whether the agent was heard of lately, by the clock of Redis.
func (a Agent) Alive(now time.Time) bool { return now.Sub(a.Seen) <= SilentAfter }

// Agents answers the agents that described themselves in the last hour, by name.
func (b *Board) Agents(ctx context.Context) ([]Agent, error) {
	leader, err := b.Leader(ctx)
	if err != nil {
		return nil, err
	}
	all, err := b.rdb.HGetAll(ctx, b.do.Keys().Agents()).Result()
	if err != nil {
		return nil, fmt.Errorf("list agents: %w", scripts.Translate(err))
	}
	pauses, err := b.Pauses(ctx)
	if err != nil {
		return nil, err
	}
	agents := make([]Agent, 0, len(all))
	for name, text := range all {
		var d jobs.AgentStatus
		if json.Unmarshal([]byte(text), &d) != nil {
			continue // written by something else
		}
		agent := Agent{
			Name: name, Host: d.Host, Addr: d.Addr, HTTP: d.HTTP, Version: d.Version, PID: d.PID, Runners: d.Runners,
			Labels: d.Labels, Running: d.Running, Started: moment(d.Started), Seen: moment(d.Seen),
		}
		if agent.Name == leader.Agent && leader.Holds {
			agent.Leader, agent.Term = true, leader.Term
		}
		if i := slices.IndexFunc(pauses, func(p Pause) bool { return p.What == AgentOf(name) }); i >= 0 {
			agent.Paused = &pauses[i]
		}
		agents = append(agents, agent)
	}
	slices.SortFunc(agents, func(a, b Agent) int { return cmp.Compare(a.Name, b.Name) })
	return agents, nil
}

// Leader is who ticks.
type Leader struct {
	Agent string
	Term  int64
	Since time.Time
	Holds bool // false: the lock is free, and Agent is who had it last
}

// Leader answers who ticks; Agent is empty when nobody ever did.
func (b *Board) Leader(ctx context.Context) (Leader, error) {
	tick, err := b.rdb.HMGet(ctx, b.do.Keys().Tick(), "holder", "term", "since", "value").Result()
	if err != nil {
		return Leader{}, fmt.Errorf("read the leader: %w", scripts.Translate(err))
	}
	text := func(i int) string { s, _ := tick[i].(string); return s }
	var l Leader
	l.Agent = text(0)
	_, _ = fmt.Sscan(text(1), &l.Term) // absent: 0
	var since float64
	_, _ = fmt.Sscan(text(2), &since)
	l.Since = moment(since)
	lock, err := b.rdb.Get(ctx, b.do.Keys().Leader()).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return Leader{}, fmt.Errorf("read the leader: %w", scripts.Translate(err))
	}
	l.Holds = lock != "" && strings.TrimSpace(text(3)) == lock
	return l, nil
}

// moment is a time of which 0 means that there is none.
func moment(seconds float64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return fromSeconds(seconds)
}
