package chaos

import (
	"slices"
	"testing"
	"time"
)

func plan(agents int) Plan {
	return Plan{Agents: Names(agents), For: 76 * time.Second, Lease: 2 * time.Second, AgentKinds: AgentKinds, RedisKinds: RedisKinds}
}

func TestAPlanIsTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	if !slices.Equal(plan(3).Steps(7), plan(3).Steps(7)) {
		t.Error("two plans of one seed differ")
	}
	if slices.Equal(plan(3).Steps(7), plan(3).Steps(8)) {
		t.Error("plans of two seeds are the same")
	}
}

func TestAPlanBreaksEnoughAndNeverEverything(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		for _, agents := range []int{3, 5} {
			p := plan(agents)
			steps := p.Steps(seed)
			if len(steps) < 60 {
				t.Errorf("seed %d, %d agents: %d faults, too few", seed, agents, len(steps))
			}
			for _, kind := range Kinds {
				if !slices.ContainsFunc(steps, func(s Step) bool { return s.Kind == kind }) {
					t.Errorf("seed %d, %d agents: no %s", seed, agents, kind)
				}
			}
			for i, s := range steps {
				if s.To < s.From || s.To > p.For {
					t.Errorf("seed %d: %+v is not within the plan", seed, s)
				}
				hit := map[string]bool{s.Target: true}
				for _, before := range steps[:i] {
					if before.To >= s.From && before.Target == s.Target {
						t.Errorf("seed %d: %+v and %+v at once", seed, before, s)
					}
					if before.To >= s.From {
						hit[before.Target] = true
					}
				}
				delete(hit, Redis)
				if len(hit) >= agents {
					t.Errorf("seed %d: at %v no agent is left alone", seed, s.From)
				}
			}
		}
	}
}
