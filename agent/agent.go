// Package agent is one node: it serves runner types, takes part in the election of
// the ticker, reaps lost leases, gossips with the other agents and answers HTTP. It
// composes the parts, each of which is a package or a file of its own; they are
// started in order and stopped in the reverse order, under one deadline.
package agent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/election"
	"github.com/jobs-agent/jobs/scripts"
	"github.com/jobs-agent/jobs/ticker"
	"github.com/jobs-agent/jobs/worker"
)

// Agent is one node. Make it with New and run it once.
type Agent struct {
	cfg   Config
	log   *zap.Logger
	ready chan struct{}

	troubles *troubles
	board    *board.Board
	members  *members
	news     *news
	worker   *worker.Worker
	election *election.Election
	ticker   *ticker.Ticker
	standby  *ticker.Standby
	leads    atomic.Bool
	term     atomic.Int64 // 0: it does not lead
	telling  sync.Mutex   // held while the gossip is told
	serving  serving
	http     *server
	beat     *heartbeat
	grid     grid
	drained  func() // ends the rest of a paused agent; nil: it serves
	turns    turning
	stopping atomic.Bool

	stops []stop
	loops sync.WaitGroup
	fatal chan error // a loop that ended by itself
}

// stop ends one part; parts are stopped in the reverse order of their start.
type stop struct {
	what string
	do   func(ctx context.Context) error
}

// New checks the configuration. Nothing is opened before Run.
func New(cfg Config) (*Agent, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configure agent: %w", err)
	}
	if cfg.Name == "" {
		cfg.Name = mintName()
	}
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	cfg.Sinks.Named(cfg.Name)
	a := &Agent{
		cfg: cfg, log: cfg.Log, troubles: newTroubles(scripts.Masked(cfg.Redis), cfg.Log),
		ready: make(chan struct{}), fatal: make(chan error, 8), grid: newGrid(),
	}
	a.serving.kinds = kindsOf(cfg.Runners)
	return a, nil
}

// Name is what the agent is called in the cluster.
func (a *Agent) Name() string { return a.cfg.Name }

// Ready is closed when all parts have been started.
func (a *Agent) Ready() <-chan struct{} { return a.ready }

// HTTP is the address of the HTTP server, once the agent is ready; empty when it
// has none.
func (a *Agent) HTTP() string { return a.http.address() }

// Run starts the node and keeps it running until ctx ends; then it takes no more
// runs, lets the running ones end within Config.Drain, gives back the rest, hands
// over the tick and leaves. An error means that it could not start, that a part
// broke, or that a stop was not clean.
func (a *Agent) Run(ctx context.Context) error {
	steps := []struct {
		what string
		do   func(ctx context.Context) error
	}{
		{"open the board", a.startBoard},
		{"look at the redis", a.lookAtRedis},
		{"listen for http", a.startHTTP},
		{"join the gossip", a.startMembers},
		{"tell that it lives", a.startHeartbeat},
		{"tell the start of the host", a.startBoot},
		{"finish applies", a.startApplies},
		{"reap", a.startReaper},
		{"campaign for the tick", a.startCampaign},
		{"serve runners", a.startWorker},
		{"look for unserved types", a.startUnserved},
	}
	for _, step := range steps {
		if err := step.do(ctx); err != nil {
			err = fmt.Errorf("start agent %s: %s: %w", a.cfg.Name, step.what, err)
			return errors.Join(err, a.stop())
		}
	}
	a.log.Info("agent is ready", zap.String("agent", a.cfg.Name), zap.String("board", a.cfg.Board),
		zap.Strings("runners", a.cfg.Runners), zap.String("http", a.HTTP()), zap.String("gossip", a.members.Addr()))
	close(a.ready)

	var broken error
	select {
	case <-ctx.Done():
		a.log.Info("agent is stopping", zap.Duration("drain", a.cfg.Drain))
	case broken = <-a.fatal:
	}
	return errors.Join(broken, a.stop())
}

// onStop registers the end of a part that has just been started.
func (a *Agent) onStop(what string, do func(ctx context.Context) error) {
	a.stops = append(a.stops, stop{what, do})
}

// loop runs a part until its context ends. One that ends earlier ends the agent.
func (a *Agent) loop(ctx context.Context, what string, run func(ctx context.Context) error) {
	a.loops.Go(func() {
		err := run(ctx)
		if ctx.Err() == nil {
			if err == nil {
				err = errors.New("it ended by itself")
			}
			a.fatal <- fmt.Errorf("%s: %w", what, err)
		}
	})
}

// started runs a loop under a context of its own and registers what ends it.
func (a *Agent) started(what string, run func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	a.loop(ctx, what, func(ctx context.Context) error {
		defer close(done)
		return run(ctx)
	})
	a.onStop(what, func(limit context.Context) error {
		cancel()
		select {
		case <-done:
			return nil
		case <-limit.Done():
			return limit.Err()
		}
	})
}

func (a *Agent) stop() error {
	a.stopping.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), a.cfg.Drain+10*time.Second)
	defer cancel()
	var errs []error
	for i := len(a.stops) - 1; i >= 0; i-- {
		step := a.stops[i]
		a.log.Debug("stopping", zap.String("part", step.what))
		if err := step.do(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop: %s: %w", step.what, err))
		}
	}
	a.loops.Wait()
	return errors.Join(errs...)
}
