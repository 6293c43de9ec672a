package board

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// Matches tells whether the agent executes runs of a runner type for these hosts, as far
// as its runners and labels say it.
func (a Agent) Matches(runner string, hosts jobs.Hosts) bool {
	if !slices.Contains(a.Runners, runner) {
		return false
	}
	selector, some := hosts.Selector()
	return !some || selector.Matches(jobs.AgentStatus{Host: a.Host, Labels: a.Labels}.Selectable(a.Name))
}

// present are the agents and the time by which they live or not.
func (b *Board) present(ctx context.Context) ([]Agent, time.Time, error) {
	agents, err := b.Agents(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	now, err := b.Now(ctx)
	return agents, now, err
}

// matching counts the live agents that take from a list.
func matching(agents []Agent, now time.Time, list scripts.List) int {
	n := 0
	for _, agent := range agents {
		if agent.Alive(now) && agent.Matches(list.Runner, jobs.Hosts(readable(list.Selector))) {
			n++
		}
	}
	return n
}

// readable is a selector as people write it: a run of hosts all is for one agent.
func readable(s jobs.Selector) jobs.Selector {
	if name, own := strings.CutPrefix(string(s), "@"); own {
		return jobs.Selector(jobs.LabelAgent + "=" + name)
	}
	return s
}

// Unmatched answers the selectors for which runs wait while no live agent matches them.
func (b *Board) Unmatched(ctx context.Context) ([]Awaited, error) {
	queues, err := b.Queues(ctx)
	if err != nil {
		return nil, err
	}
	var lists []Awaited
	for _, q := range queues {
		for _, list := range q.For {
			if list.Agents == 0 {
				lists = append(lists, list)
			}
		}
	}
	return lists, nil
}
