package simulation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/election"
	"github.com/jobs-agent/jobs/scripts"
	"github.com/jobs-agent/jobs/ticker"
	"github.com/jobs-agent/jobs/worker"
)

// agent is one life of an agent: the loops of a real one, but for gossip, HTTP and
// the heartbeat, which decide nothing.
type agent struct {
	name     string // of all its lives
	life     string // of this one
	worker   *worker.Worker
	election *election.Election

	dead    chan struct{} // closed: killed
	clients []*redis.Client
	stops   []context.CancelFunc // of the worker, the candidate, the standby, the reaper
	loops   [4]sync.WaitGroup
}

// start begins a life of an agent.
func (s *simulation) start(name string, life int, log *zap.Logger) (*agent, error) {
	a := &agent{name: name, life: fmt.Sprintf("%s.%d", name, life), dead: make(chan struct{})}
	s.net.join(a.life)
	clients := map[string]*redis.Client{}
	for role, use := range map[string]scripts.Use{"data": scripts.Data, "lead": scripts.Lead, nudges: scripts.Lead, "bell": scripts.Blocking} {
		client, err := s.net.client(a.life, role, use)
		if err != nil {
			return nil, err
		}
		clients[role] = client
		a.clients = append(a.clients, client)
	}
	jitter := func() float64 { return s.seed.share("jitter", a.life, time.Now().UnixNano()) }
	var err error
	a.election, err = election.New(election.Config{
		Client: candidate{clients["lead"], clients[nudges]}, Terms: commands(clients["lead"]), Key: commands(clients["lead"]).Keys().Leader(), Name: a.life,
		TTL: lockLife, Jitter: jitter, Log: log,
	})
	if err != nil {
		return nil, err
	}
	a.worker, err = worker.New(commands(clients["data"]), &bell{clients["bell"]}, worker.Config{
		Name: a.life, Runners: s.runners(a), Concurrency: 16, Lanes: 1, Lease: lease, Poll: polling,
		Drain: lease / 4, Jitter: jitter, Log: log,
	})
	if err != nil {
		return nil, err
	}
	reaper := ticker.NewReaper(commands(clients["data"]), lease, log)
	reaper.Every, reaper.Jitter = reaping, jitter
	tick := ticker.New(commands(clients["data"]), log)
	tick.Rest, tick.Jitter = resting, jitter
	leading := func() bool {
		leads, _ := a.election.Leader()
		return leads
	}
	standby := ticker.NewStandby(commands(clients["data"]), leading, log)
	standby.Every, standby.Jitter = standing, jitter
	lead := func(ctx context.Context, term int64) error {
		err := tick.Lead(ctx, term)
		if errors.Is(err, jobs.ErrStale) {
			return nil
		}
		return err
	}
	for i, run := range []func(context.Context) error{
		a.worker.Run,
		func(ctx context.Context) error { return a.election.Run(ctx, lead) },
		standby.Run,
		reaper.Run,
	} {
		ctx, cancel := context.WithCancel(context.Background())
		a.stops = append(a.stops, cancel)
		a.loops[i].Go(func() {
			if err := run(ctx); err != nil {
				log.Info("a loop ended", zap.Error(err))
			}
		})
		time.Sleep(s.seed.between(time.Millisecond, time.Second, "start", a.life, i)) // or they begin in no certain order
	}
	return a, nil
}

// stop ends a life as a SIGTERM does: the worker drains, somebody else leads.
func (a *agent) stop() {
	for i, cancel := range a.stops {
		cancel()
		a.loops[i].Wait()
	}
	hangUp(a.clients...)
}

// kill ends a life as a kill -9 does: from now on nothing of it reaches the store.
func (a *agent) kill(n *network) {
	n.change(a.life, func(l *link) { l.cut = true })
	// What follows only tidies up, one thing after the other, so that it always takes
	// the same time.
	close(a.dead)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for _, stop := range a.stops {
		time.Sleep(time.Millisecond)
		stop()
	}
	time.Sleep(time.Millisecond)
	a.worker.Drain(over)
	for i := range a.loops {
		a.loops[i].Wait()
	}
	hangUp(a.clients...)
}
