package board

import (
	"context"
	"slices"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// Served answers how many agents serve each runner type, of those that were heard of
// within a while. Programs that serve a type beside the agents are not known.
func (b *Board) Served(ctx context.Context, within time.Duration) (map[string]int, error) {
	agents, err := b.Agents(ctx)
	if err != nil {
		return nil, err
	}
	now, err := b.Now(ctx)
	if err != nil {
		return nil, err
	}
	served := map[string]int{}
	for _, agent := range agents {
		if now.Sub(agent.Seen) <= within {
			for _, runner := range agent.Runners {
				served[runner]++
			}
		}
	}
	return served, nil
}

// Unattended answers the registered runner types that no agent serves, and the lists of
// selectors that none matches, of those that were heard of within a while, whether runs
// wait there or not.
func (b *Board) Unattended(ctx context.Context, within time.Duration) ([]string, []scripts.List, error) {
	now, err := b.do.Attendance(ctx)
	if err != nil {
		return nil, nil, err
	}
	var agents []Agent
	for name, status := range now.Agents {
		if now.Now.Sub(moment(status.Seen)) <= within {
			agents = append(agents, Agent{Name: name, Host: status.Host, Labels: status.Labels, Runners: status.Runners})
		}
	}
	nobody := func(runner string, selector jobs.Selector) bool {
		return !slices.ContainsFunc(agents, func(agent Agent) bool { return agent.Matches(runner, jobs.Hosts(selector)) })
	}
	types := slices.DeleteFunc(now.Types, func(kind string) bool { return !nobody(kind, "") })
	slices.Sort(types)
	return types, slices.DeleteFunc(now.Lists, func(list scripts.List) bool {
		return list.Selector == jobs.Selector(jobs.AllHosts) || !nobody(list.Runner, list.Selector)
	}), nil
}
