package agent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/runners"
	"github.com/jobs-agent/jobs/worker"
)

// serving is which runner types the agent serves. It may change while it runs.
type serving struct {
	changing    sync.Mutex // held by who changes it
	supervisors map[runners.Bounds]*runners.Supervisor
	closed      bool // no supervisor is started any more

	mu    sync.Mutex
	kinds []string // sorted
}

func (a *Agent) startWorker(context.Context) error {
	a.serving.changing.Lock()
	defer a.serving.changing.Unlock()
	a.onStop("supervisors", a.closeSupervisors)
	table, err := a.openRunners(a.cfg.Runners, a.cfg.Options)
	if err != nil {
		return err
	}
	bell, err := a.board.Bell()
	if err != nil {
		return err
	}
	w, err := worker.New(a.board.Leases(), bell, worker.Config{
		Name: a.cfg.Name, Runners: table, Concurrency: a.cfg.Concurrency, Lease: a.cfg.Lease, Drain: a.cfg.Drain, Log: a.log,
		Report: a.troubles.tell, Tee: a.tee(), Align: a.grid.near,
	})
	if err != nil {
		return errors.Join(err, bell.Close())
	}
	a.worker = w
	a.beat.serving(w.Running)
	a.beat.draining(a.drain)
	a.beat.choosing(w.Select)
	a.started("worker", w.Run)
	return nil
}

// Serve replaces the runner types of an agent that is ready. Secrets are read again.
// Attempts under way go on with what they began with. An error leaves all as it was.
func (a *Agent) Serve(ctx context.Context, specs []string, options map[string]runners.Config) error {
	fail := func(err error) error { return fmt.Errorf("serve other runner types: %w", err) }
	if err := checkServed(specs, options); err != nil {
		return fail(err)
	}
	select {
	case <-a.ready:
	default:
		return fail(errors.New("the agent is not ready yet"))
	}
	a.serving.changing.Lock()
	defer a.serving.changing.Unlock()
	table, err := a.openRunners(specs, options)
	if err != nil {
		return fail(err)
	}
	before, after := a.kinds(), kindsOf(specs)
	for _, kind := range after {
		if !slices.Contains(before, kind) {
			if _, err := a.board.RegisterNew(ctx, kind); err != nil {
				return fail(err)
			}
		}
	}
	if err := a.worker.Serve(table); err != nil {
		return fail(err)
	}
	a.serving.mu.Lock()
	a.serving.kinds = after
	a.serving.mu.Unlock()
	a.beat.hurry()
	a.tellGossip()
	a.log.Info("serving anew", zap.Strings("runners", after), zap.Strings("added", besides(after, before)), zap.Strings("removed", besides(before, after)))
	return nil
}

// besides are the kinds that are not among others.
func besides(kinds, others []string) []string {
	return slices.DeleteFunc(slices.Clone(kinds), func(kind string) bool { return slices.Contains(others, kind) })
}

// openRunners makes runners, and the supervisors that start their programs: one for
// each set of bounds, kept until the agent stops, since runs may still be in its care.
func (a *Agent) openRunners(specs []string, options map[string]runners.Config) (map[string]jobs.Runner, error) {
	table := map[string]jobs.Runner{}
	for _, spec := range specs {
		cfg := a.optionsOf(spec, options)
		if runners.StartsPrograms(kindOf(spec), spec != kindOf(spec)) {
			supervisor, err := a.supervisor(cfg.Bounds)
			if err != nil {
				return nil, fmt.Errorf("runner %q: %w", spec, err)
			}
			cfg.Supervisor = supervisor
		}
		kind, runner, err := runners.New(spec, cfg)
		if err != nil {
			return nil, err
		}
		table[kind] = runner
	}
	return table, nil
}

func (a *Agent) optionsOf(spec string, options map[string]runners.Config) runners.Config {
	cfg := options[kindOf(spec)]
	cfg.HTTPLocal = cfg.HTTPLocal || a.cfg.HTTPLocal
	return cfg
}

func (a *Agent) supervisor(b runners.Bounds) (*runners.Supervisor, error) {
	if s := a.serving.supervisors[b]; s != nil {
		return s, nil
	}
	if a.serving.closed {
		return nil, jobs.ErrStopping
	}
	s, err := runners.StartBounded(b)
	if err != nil {
		return nil, err
	}
	if a.serving.supervisors == nil {
		a.serving.supervisors = map[runners.Bounds]*runners.Supervisor{}
	}
	a.serving.supervisors[b] = s
	return s, nil
}

// closeSupervisors is called when nothing serves any more, or ever began to.
func (a *Agent) closeSupervisors(context.Context) error {
	a.serving.changing.Lock()
	defer a.serving.changing.Unlock()
	var closing sync.WaitGroup
	errs := make([]error, len(a.serving.supervisors))
	for i, s := range slices.Collect(maps.Values(a.serving.supervisors)) {
		closing.Go(func() { errs[i] = s.Close() })
	}
	closing.Wait()
	a.serving.supervisors, a.serving.closed = nil, true
	return errors.Join(errs...)
}

// kinds are the runner types that this host serves now.
func (a *Agent) kinds() []string {
	a.serving.mu.Lock()
	defer a.serving.mu.Unlock()
	return slices.Clone(a.serving.kinds)
}

func kindsOf(specs []string) []string {
	kinds := make([]string, 0, len(specs))
	for _, spec := range specs {
		kinds = append(kinds, kindOf(spec))
	}
	slices.Sort(kinds)
	return kinds
}

func checkServed(specs []string, options map[string]runners.Config) error {
	kinds := map[string]bool{}
	for _, spec := range specs {
		kind := kindOf(spec)
		if err := jobs.ValidateRunner(kind); err != nil {
			return err
		}
		if kinds[kind] {
			return fmt.Errorf("runner type %q: %w: it is named twice", kind, jobs.ErrInvalid)
		}
		kinds[kind] = true
		if err := runners.Check(spec, options[kind]); err != nil {
			return fmt.Errorf("%w: %w", jobs.ErrInvalid, err)
		}
	}
	return nil
}
