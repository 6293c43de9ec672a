package worker

import (
	"maps"
	"slices"

	"github.com/jobs-agent/jobs"
)

// service is a set of runners. It never changes: Serve replaces it, and attempts
// go to the runners that were served when they were asked for.
type service struct {
	runners map[string]jobs.Runner
	types   []string // sorted: what is taken from, runner types and sources of some
}

func newService(runners map[string]jobs.Runner, sources []string) *service {
	types := slices.Collect(maps.Keys(runners))
	for _, source := range sources {
		if runner, _, ok := jobs.CutSource(source); ok && runners[runner] != nil {
			types = append(types, source)
		}
	}
	slices.Sort(types)
	return &service{runners: runners, types: types}
}

// turn answers the types in an order that begins with another one at each turn,
// so that a long queue of one type does not starve the others.
func (s *service) turn(n int) []string {
	if len(s.types) < 2 {
		return s.types
	}
	first := n % len(s.types)
	return slices.Concat(s.types[first:], s.types[:first])
}
