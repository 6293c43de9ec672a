package agent

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/scripts"
)

// gateEvery is how often an agent looks whether this is a Redis to tick on: it may be
// configured otherwise meanwhile, and it is another one after a failover.
const gateEvery = 5 * time.Second

// lookAtRedis tells at the start what would cost runs. It stops nothing: what must
// not be is refused where it matters.
func (a *Agent) lookAtRedis(ctx context.Context) error {
	findings, err := a.board.CheckRedis(ctx)
	if err != nil {
		a.log.Debug("cannot look at the redis", zap.Error(err))
	}
	for _, f := range findings {
		if f.Level != board.OK {
			a.log.Warn("doctor finds: "+f.Check, zap.String("found", f.Found), zap.String("why", f.Why), zap.String("fix", f.Fix))
		}
	}
	return nil
}

// campaign stands for election, and for a leader that hangs, as long as Redis is one
// to tick on: an evicted board is a lost board. Meanwhile the agent serves runs.
func (a *Agent) campaign(ctx context.Context) error {
	g := gate{agent: a}
	for ctx.Err() == nil {
		if !g.open(ctx) {
			g.rest(ctx)
			continue
		}
		run, cancel := context.WithCancel(ctx)
		var watching sync.WaitGroup
		watching.Go(func() {
			defer cancel()
			for g.rest(run); run.Err() == nil && g.open(run); g.rest(run) {
				continue
			}
		})
		watching.Go(func() { _ = a.standby.Run(run) }) // it ends with run alone
		err := a.election.Run(run, a.lead)
		cancel()
		watching.Wait()
		if err != nil {
			return err
		}
	}
	return nil
}

// gate keeps an agent from ticking on a Redis that evicts keys, unless it was told to.
type gate struct {
	agent *Agent
	safe  bool
	blind bool // the last look failed
	told  string
}

// rest waits until it is time to look again.
func (g *gate) rest(ctx context.Context) {
	wait := gateEvery
	if g.blind {
		wait = time.Second
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// open looks and tells whether the agent may tick. A Redis that does not answer is
// what it was before, and of one that does not tell nobody knows.
func (g *gate) open(ctx context.Context) bool {
	a := g.agent
	if a.cfg.TickOnEviction {
		return true
	}
	f, err := a.board.Eviction(ctx)
	if ctx.Err() != nil {
		return g.safe
	}
	trouble, _ := scripts.TroubleOf(err)
	switch {
	case trouble.Kind == "permission": // the look at the start has said so
		g.safe, err = true, nil
	case err != nil:
	case f.Level == board.Problem:
		g.safe = false
		if g.say(f.Found) {
			a.log.Error("not ticking", zap.String("found", f.Found), zap.String("why", f.Why), zap.String("fix", f.Fix+"; or --tick-on-eviction"))
		}
	default:
		g.safe = true
		if g.told != "" && g.say("") {
			a.log.Info("ticking: this Redis keeps its keys", zap.String("found", f.Found))
		}
	}
	g.blind = err != nil
	a.troubles.tell("gate", err)
	return g.safe
}

// say tells whether something has not been told yet.
func (g *gate) say(what string) bool {
	before := g.told
	g.told = what
	return before != what
}
