package simulation

import (
	"context"
	"errors"
	"fmt"
	"net"
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

// client makes a client with the timeouts that the product uses, over the simulated
// network. It repeats commands as often as the product's, but at once: go-redis
// spreads its repetitions by chance.
func (n *network) client(owner, role string, use scripts.Use) (*redis.Client, error) {
	template, err := scripts.Dial("redis://store", use)
	if err != nil {
		return nil, err
	}
	defer template.Close()
	options := *template.(*redis.Client).Options()
	limit := options.DialTimeout
	options.Dialer = func(ctx context.Context, _, _ string) (net.Conn, error) { return n.dial(ctx, owner, role, limit) }
	options.MinRetryBackoff, options.MaxRetryBackoff = -1, -1
	options.PoolSize = min(options.PoolSize, 10) // whatever the number of processors
	if options.MaxRetries == 0 {
		options.MaxRetries = -1
	}
	return redis.NewClient(&options), nil
}

// commands makes the command set on a client. Each loop has its own, since a caller's
// name is lent to whoever asks first.
func commands(client redis.UniversalClient) *scripts.Commands {
	c, err := scripts.New(client, "jobs")
	if err != nil {
		panic(err) // the name is good
	}
	return c
}

// nudges is the role of the connections on which candidates wake each other.
const nudges = "nudges"

// candidate is a client for an election that has its subscription elsewhere.
type candidate struct {
	redis.UniversalClient
	nudges *redis.Client
}

func (c candidate) Subscribe(ctx context.Context, channels ...string) *redis.PubSub {
	return c.nudges.Subscribe(ctx, channels...)
}

// bell is as long in a wait as the simulation's pace allows.
type bell struct{ client *redis.Client }

func (b *bell) Wait(ctx context.Context, runners []string) (bool, error) {
	keys, _ := scripts.For("jobs")
	var bells []string
	for _, runner := range runners {
		bells = append(bells, keys.Bell(runner))
	}
	err := b.client.BLPop(ctx, bellRest, bells...).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, err
}

func (b *bell) Close() error { return b.client.Close() }

// start begins a life of an agent that serves the given runner types.
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
	a.close()
}

// kill ends a life as a kill -9 does: from now on nothing of it reaches the store.
func (a *agent) kill(n *network) {
	n.change(a.life, func(l *link) { l.cut = true })
	close(a.dead)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for i := range a.stops {
		a.stops[i]()
	}
	a.worker.Drain(over)
	for i := range a.loops {
		a.loops[i].Wait()
	}
	a.close()
}

func (a *agent) close() {
	for _, client := range a.clients {
		client.Close()
	}
	time.Sleep(2 * time.Second) // go-redis tries on in a goroutine that ends within one
}
