package worker

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

// Leases is what a worker asks of Redis; *scripts.Commands does it. Its client
// should give up after a second or two; it may repeat commands by itself.
type Leases interface {
	// Exchange ends attempts and takes new ones. It is called again with the same
	// operation numbers until it answers without an error. What acks refers to must not be
	// kept.
	Exchange(ctx context.Context, acks jobs.Acks, take *jobs.Take) (jobs.Exchanged, error)
	// Jrenew keeps the lease of a lane; jobs.ErrStale says that it has none.
	Jrenew(ctx context.Context, r jobs.Renew) (jobs.Renewed, error)
	// Jleave ends the lease of a lane that holds nothing.
	Jleave(ctx context.Context, lane string) (bool, error)
}

// Bell tells that there may be something to take. It needs a client of its own,
// since a call blocks. Rings may get lost: the worker polls as well.
type Bell interface {
	// Wait returns when the bell of one of the types rings, or after about a
	// second, and tells whether it rang.
	Wait(ctx context.Context, runners []string) (bool, error)
	// Close ends a Wait under way.
	Close() error
}

// Worker serves runner types until it is told to stop. Make one with New.
type Worker struct {
	cfg     Config
	leases  Leases
	bell    Bell
	service atomic.Pointer[service]
	running atomic.Int64

	changing sync.Mutex
	sources  []string // beside the runner types; guarded by changing

	link    *link
	ropes   *ropes
	resting rest
	live    *live        // nil: leases are not Live
	polled  atomic.Int64 // see asking

	quiet    chan struct{} // closed: take nothing more
	giveBack chan struct{} // closed: stop what runs and give it back
	quieten  sync.Once
	hasten   sync.Once
	begun    atomic.Bool
	ended    chan struct{} // closed when Run has returned
}

// New makes a worker that does nothing until Run. A nil bell leaves the worker to
// its polls. Run closes the bell.
func New(leases Leases, bell Bell, cfg Config) (*Worker, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("make a worker: %w", err)
	}
	if leases == nil {
		return nil, fmt.Errorf("make a worker: %w: no leases", jobs.ErrInvalid)
	}
	cfg.Log = cfg.Log.Named("worker")
	w := &Worker{
		cfg: cfg, leases: leases, bell: bell, link: &link{log: cfg.Log, part: "worker", what: "redis", report: cfg.Report}, ropes: newRopes(cfg.Lanes),
		quiet: make(chan struct{}), giveBack: make(chan struct{}), ended: make(chan struct{}),
	}
	w.live = newLive(leases, cfg)
	w.service.Store(newService(cfg.Runners, nil))
	return w, nil
}

// Run serves until ctx ends or Drain is called. It then takes nothing more, lets
// attempts end, and after Config.Drain stops the rest and gives it back. It
// returns nil when Redis was told of every end, and the lanes have left. A worker
// runs once.
func (w *Worker) Run(ctx context.Context) error {
	if !w.begun.CompareAndSwap(false, true) {
		return fmt.Errorf("run a worker: %w: it has run already", jobs.ErrInvalid)
	}
	defer close(w.ended)
	base := context.WithoutCancel(ctx)
	var lanes, helpers sync.WaitGroup
	errs := make([]error, w.cfg.Lanes)
	name := w.namer()
	for i := range w.cfg.Lanes {
		lanes.Go(func() { errs[i] = newLane(w, i, name).run(base) })
	}
	if w.bell != nil {
		l := &listener{bell: w.bell, ropes: w.ropes, service: &w.service, link: &link{log: w.cfg.Log, part: "doorbell", what: "doorbell", report: w.cfg.Report}, jitter: w.cfg.Jitter}
		helpers.Go(func() { l.run(base, w.quiet) })
		helpers.Go(func() {
			<-w.quiet
			_ = w.bell.Close() // nothing depends on it
		})
	}
	talk, hush := context.WithCancel(base)
	defer hush()
	if w.live != nil {
		helpers.Go(func() { w.live.run(talk) })
	}
	over := make(chan struct{})
	helpers.Go(func() { w.watch(ctx, over) })
	lanes.Wait()
	close(over)
	hush()
	helpers.Wait()
	return errors.Join(errs...)
}

// watch turns the end of ctx into the steps of stopping.
func (w *Worker) watch(ctx context.Context, over <-chan struct{}) {
	select {
	case <-over:
		return
	case <-ctx.Done():
	}
	w.stopTaking()
	timer := time.NewTimer(w.cfg.Drain)
	defer timer.Stop()
	select {
	case <-over:
	case <-timer.C:
		w.giveUp()
	}
}

// Drain makes Run take nothing more and waits until it has returned. When ctx
// ends before, what still runs is stopped and given back, which takes as long as
// the runners need for it. Called before Run, it keeps Run from taking anything.
func (w *Worker) Drain(ctx context.Context) {
	w.stopTaking()
	if !w.begun.Load() {
		return
	}
	select {
	case <-w.ended:
		return
	case <-ctx.Done():
	}
	w.giveUp()
	<-w.ended
}

// Serve replaces the set of runners. Attempts that are under way, and those that
// have been asked for, still go to the old ones.
func (w *Worker) Serve(runners map[string]jobs.Runner) error {
	if err := checkRunners(runners); err != nil {
		return fmt.Errorf("serve other runners: %w", err)
	}
	w.changing.Lock()
	defer w.changing.Unlock()
	w.service.Store(newService(runners, w.sources))
	w.ropes.nudge() // what waits already for a new type rang before it was listened for
	return nil
}

// Running tells how many attempts are under way.
func (w *Worker) Running() int { return int(w.running.Load()) }

func (w *Worker) stopTaking() {
	w.quieten.Do(func() {
		w.cfg.Log.Info("taking no more runs", zap.Int("running", w.Running()))
		close(w.quiet)
	})
}

func (w *Worker) giveUp() {
	w.hasten.Do(func() {
		w.cfg.Log.Info("giving back what still runs", zap.Int("running", w.Running()))
		close(w.giveBack)
	})
}

// namer makes names of lanes that nobody else has. They stand in tokens, whose
// parts are divided by colons and whose lists by blanks.
func (w *Worker) namer() func() string {
	var random [6]byte
	if _, err := rand.Read(random[:]); err != nil {
		panic(err) // crypto/rand never fails on supported systems
	}
	stem := strings.Map(func(r rune) rune {
		if r == ':' || unicode.IsSpace(r) || unicode.IsControl(r) {
			return '-'
		}
		return r
	}, w.cfg.Name) + "." + hex.EncodeToString(random[:]) + "."
	var count atomic.Int64
	return func() string { return stem + strconv.FormatInt(count.Add(1), 10) }
}
