package test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/agent"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/test/lossy"
	"github.com/jobs-agent/jobs/worker"
)

// lossyScene is a board on which agents tick and reap, workers execute and many
// callers put, enqueue, run, cancel and remove, all through a proxy that loses
// replies. The test itself looks around the proxy.
type lossyScene struct {
	t     *testing.T
	proxy *lossy.Proxy
	truth *board.Board // around the proxy
	url   string       // of the proxy
	seed  uint64

	wire   *wire
	diary  *diary
	annals *annals
	asked  *requests
	pulse  *pulse
}

const (
	lossyAgents  = 3
	lossyCallers = 48
	lossyManual  = 8 // jobs that are run by hand, of each overlap
)

// newLossyScene starts everything but the callers. Mistakes, if any, are planted in
// the commands.
func newLossyScene(t *testing.T, seed uint64, mistakes ...slip) *lossyScene {
	t.Helper()
	server := redistest.Start(t)
	s := &lossyScene{t: t, seed: seed, wire: newWire(t), diary: &diary{}, asked: &requests{}}
	cfg := lossy.Config{Network: "unix", Address: server.Addr(), Seen: s.wire.seen}
	if len(mistakes) > 0 {
		cfg.Edit = plant(t, server.Client(), s.wire, mistakes)
	}
	var err error
	if s.proxy, err = lossy.Start(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.proxy.Close)
	s.url = s.proxy.URL() + "?pool_size=100"
	s.truth = openBoard(t, server.URL())
	s.annals = newAnnals(t, server.Client(), s.truth.Leases().Keys())
	s.pulse = startPulse(t)
	for i := range lossyManual {
		for _, overlap := range []jobs.Overlap{jobs.Forbid, jobs.Allow} {
			job := jobs.Job{ID: manualJob(overlap, i), Runner: "quick", Payload: "takes=60ms", Overlap: overlap}
			job.Start, job.Interval = time.Now().Add(24*time.Hour), time.Hour
			if _, err := s.truth.Put(t.Context(), job); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range lossyAgents {
		cfg := agent.DefaultConfig()
		cfg.Redis, cfg.Name, cfg.Runners, cfg.HTTP = s.url, fmt.Sprint("agent-", i), nil, ""
		cfg.NoElection = i == 0 // ticks beside the one that is elected
		runAgent(t, cfg)
		s.serve(fmt.Sprint("worker-", i))
	}
	return s
}

func manualJob(overlap jobs.Overlap, i int) string { return fmt.Sprintf("manual-%s-%d", overlap, i) }

// serve runs a worker whose runners write into the diary.
func (s *lossyScene) serve(name string) {
	s.t.Helper()
	serveRunners(s.t, s.url, worker.Config{
		Name: name, Concurrency: 96, Lanes: 4, Drain: time.Second,
		Runners: map[string]jobs.Runner{"quick": s.diary, "slow": s.diary, "grid": s.diary},
	})
}

// serveRunners runs a worker in this process until the test ends.
func serveRunners(t *testing.T, url string, cfg worker.Config) {
	t.Helper()
	b := openBoard(t, url)
	bell, err := b.Bell()
	if err != nil {
		t.Fatal(err)
	}
	w, err := worker.New(b.Leases(), bell, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("worker %s: %v", cfg.Name, err)
		}
	})
}

// phase is a time during which replies are lost in one way.
type phase struct {
	name string
	plan lossy.Plan
	last time.Duration
}

// more goes on until the least was lost.
func (s *lossyScene) more(l least, plan lossy.Plan) {
	if len(s.wire.short(l)) == 0 {
		return
	}
	s.wire.begin("what was lost too seldom")
	s.proxy.Lose(s.wire.aim(l, plan))
	look, deadline := time.NewTicker(100*time.Millisecond), time.After(2*patience)
	defer look.Stop()
	for len(s.wire.short(l)) > 0 {
		select {
		case <-look.C:
		case <-deadline:
			return
		}
	}
}

// play has the callers call while replies are lost, phase by phase, and on until it
// means something, for a loaded machine is slow. Then it lets the board come to rest for
// at most so long.
func (s *lossyScene) play(phases []phase, least least, rest time.Duration) evidence {
	s.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var callers sync.WaitGroup
	boards := make([]*board.Board, 6)
	for i := range boards {
		boards[i] = openBoard(s.t, s.url)
	}
	for i := range lossyCallers {
		c := newCaller(s, boards[i%len(boards)], i)
		callers.Go(func() { c.call(ctx) })
	}
	for _, p := range phases {
		s.wire.begin(p.name)
		s.proxy.Lose(p.plan)
		<-time.After(p.last)
	}
	s.more(least, phases[len(phases)-1].plan)
	stop()
	callers.Wait()
	s.proxy.Lose(nil)
	quiet := time.Now()
	s.wire.begin("afterwards")
	left := s.annals.rest(rest)
	totals, err := s.truth.Totals(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Logf("measured: at rest %v after the last fault", time.Since(quiet).Round(time.Millisecond))
	records, lines := s.annals.all()
	return evidence{
		seed: s.seed, requests: s.asked.all(), executions: s.diary.all(), records: records, lines: lines,
		totals: totals, left: left, replays: s.wire.faults(), stall: s.pulse.longest(),
	}
}
