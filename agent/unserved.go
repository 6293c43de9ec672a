package agent

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"
)

const (
	// lookEvery is how often the leader looks whether each type is served, and
	// goneAfter how long an agent may be silent that counts as serving: so that a type
	// without an agent is reported within five seconds.
	lookEvery = time.Second
	goneAfter = 3 * time.Second
)

// startUnserved lets the agent that leads report runner types which no live agent
// serves while runs of them wait. Where all are served that costs two reads a second.
func (a *Agent) startUnserved(context.Context) error {
	a.started("look for unserved types", func(ctx context.Context) error {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		l := lookout{agent: a}
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
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
	last  []string
	begun bool
}

// look reports a type that was without an agent the last time already: a run that just
// passes through the queue, to a program that serves it beside the agents, is no matter.
func (l *lookout) look(ctx context.Context) error {
	types, err := l.agent.board.Unserved(ctx, goneAfter)
	if err != nil {
		return err
	}
	twice := slices.DeleteFunc(slices.Clone(types), func(kind string) bool { return !slices.Contains(l.last, kind) })
	quiet := l.begun && len(l.last) == 0 && len(types) == 0
	l.last = types
	if quiet {
		return nil
	}
	_, err = l.agent.board.Leases().Junserved(ctx, "", twice)
	l.begun = l.begun || err == nil
	return err
}
