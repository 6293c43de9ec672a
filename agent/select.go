package agent

import (
	"context"
	"slices"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// chosen are the lists from which an agent takes besides the queues of its runner types:
// those of the selectors that it matches, and its own, where the type has such lists.
func chosen(lists []scripts.List, name string, status jobs.AgentStatus) []string {
	var sources []string
	labels := status.Selectable(name)
	for _, list := range lists {
		switch {
		case !slices.Contains(status.Runners, list.Runner):
		case list.Selector == jobs.Selector(jobs.AllHosts):
			sources = append(sources, jobs.Source(list.Runner, jobs.Only(name)))
		case list.Selector.Matches(labels):
			sources = append(sources, jobs.Source(list.Runner, list.Selector))
		}
	}
	slices.Sort(sources)
	return sources
}

// choosing names the function that hears at each beat from what to take besides the queues.
func (h *heartbeat) choosing(choose func(sources []string)) { h.choose.Store(&choose) }

// look tells the worker from what to take.
func (h *heartbeat) look(ctx context.Context, status jobs.AgentStatus) error {
	choose := h.choose.Load()
	if choose == nil {
		return nil
	}
	lists, err := h.commands.Selectors(ctx)
	if err != nil {
		return err
	}
	(*choose)(chosen(lists, h.name, status))
	return nil
}
