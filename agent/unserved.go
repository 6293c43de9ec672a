package agent

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs/scripts"
)

const (
	// lookEvery is how often the leader looks whether each type is served, and
	// goneAfter how long an agent may be silent that counts as serving: so that a type
	// without an agent is reported within five seconds.
	lookEvery = time.Second
	goneAfter = 3 * time.Second
)

// startUnserved lets the agent that leads report runner types which no live agent
// serves, and selectors which none matches, while such runs wait. Where all are served
// that costs one round trip a second.
func (a *Agent) startUnserved(context.Context) error {
	a.started("look for unserved types", func(ctx context.Context) error {
		l := lookout{agent: a}
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-a.grid.after(lookEvery):
			}
			if !a.leads.Load() {
				l = lookout{agent: a}
			} else if err := l.look(ctx); err != nil && ctx.Err() == nil {
				a.log.Debug("cannot tell which types are served", zap.Error(err)) // the heartbeat tells of Redis
			}
		}
	})
	return nil
}

// lookout is what a leader saw.
type lookout struct {
	agent *Agent
	types []string
	lists []scripts.List
	begun bool
}

// look reports what was without an agent the last time already: a run that just
// passes through the queue, to a program that serves it beside the agents, is no matter.
func (l *lookout) look(ctx context.Context) error {
	types, lists, err := l.agent.board.Unattended(ctx, goneAfter)
	if err != nil {
		return err
	}
	quiet := l.begun && len(l.types)+len(l.lists)+len(types)+len(lists) == 0
	twice, still := inBoth(types, l.types), inBoth(lists, l.lists)
	l.types, l.lists = types, lists
	if quiet {
		return nil
	}
	_, err = l.agent.board.Leases().Junserved(ctx, "", twice, still)
	l.begun = l.begun || err == nil
	return err
}

func inBoth[T comparable](now, before []T) []T {
	return slices.DeleteFunc(slices.Clone(now), func(one T) bool { return !slices.Contains(before, one) })
}
