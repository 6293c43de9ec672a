package board

import (
	"context"
	"slices"
	"time"
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

// Unserved answers the registered runner types, sorted, that no agent serves of those
// that were heard of within a while.
func (b *Board) Unserved(ctx context.Context, within time.Duration) ([]string, error) {
	types, err := b.RunnerTypes(ctx)
	if err != nil {
		return nil, err
	}
	served, err := b.Served(ctx, within)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(types, func(kind string) bool { return served[kind] > 0 }), nil
}
