package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
	jobs "github.com/jobs-agent/jobs"
	"go.uber.org/zap"
)

// Member is an agent that the gossip knows to be alive.
type Member struct {
	Name string
	Addr string // for gossip, host:port
	About
}

// members is this agent's part in the gossip: who else is alive, what they say
// about themselves. Nothing that must hold depends on it.
type members struct {
	cfg   membersConfig
	log   *zap.Logger
	roll  *roll
	about atomic.Pointer[[]byte]
	list  *memberlist.Memberlist
	addr  string

	leaving sync.Once
	left    atomic.Bool
}

// newMembers listens at once, so that Addr can be made known to the others, and
// finds them when Run is called. Leave must be called in the end.
func newMembers(cfg membersConfig) (*members, error) {
	cfg = cfg.withDefaults()
	m := &members{cfg: cfg, log: cfg.Log.Named("gossip")}
	m.roll = newRoll(cfg.Name, m.log)
	if err := m.listen(); err != nil {
		return nil, fmt.Errorf("listen for gossip on %s: %w", cfg.Bind, err)
	}
	return m, nil
}

func (m *members) listen() error {
	bind, err := m.cfg.bind()
	if err != nil {
		return err
	}
	about, err := m.cfg.About.encode()
	if err != nil {
		return err
	}
	m.about.Store(&about)
	conf := m.cfg.memberlist()
	conf.Logger = gossipLogger(m.log)
	conf.Delegate, conf.Events, conf.Conflict = description{m}, m.roll, m.roll
	transport, err := openTransport(bind, conf.Logger)
	if err != nil {
		return err
	}
	advertise, err := m.cfg.advertise(transport)
	if err != nil {
		return errors.Join(err, transport.Shutdown())
	}
	conf.AdvertiseAddr, conf.AdvertisePort = advertise.IP.String(), advertise.Port
	m.addr = advertise.String()
	conf.Transport = transport
	m.cfg.tune(conf)
	m.list, err = memberlist.Create(conf)
	if err != nil {
		return errors.Join(err, transport.Shutdown())
	}
	return nil
}

// Name is the name that this agent has in the gossip.
func (m *members) Name() string { return m.cfg.Name }

// Addr is the address under which the others reach this agent.
func (m *members) Addr() string { return m.addr }

// Alive lists the agents that are alive, this one included, by name.
func (m *members) Alive() []Member {
	alive := m.roll.alive()
	slices.SortFunc(alive, func(a, b Member) int { return cmp.Compare(a.Name, b.Name) })
	return alive
}

// Update changes what this agent says about itself and waits, a second at most,
// until that is on its way to the others.
func (m *members) Update(about About) error {
	text, err := about.encode()
	if err != nil {
		return fmt.Errorf("update what others know of this agent: %w", err)
	}
	if m.left.Load() {
		return fmt.Errorf("update what others know of this agent: %w", jobs.ErrStopping)
	}
	m.about.Store(&text)
	if err := m.list.UpdateNode(time.Second); err != nil {
		return fmt.Errorf("update what others know of this agent: %w", err)
	}
	return nil
}

// Run keeps in touch until ctx ends: it joins known agents that are not in the
// gossip, again and again, since two halves of a cluster that lost sight of each
// other never meet by themselves, and calls cfg.Events. It may return a second
// late when it waits for a peer that does not answer.
func (m *members) Run(ctx context.Context) error {
	var joining sync.WaitGroup
	joining.Go(func() { m.keepJoining(ctx) })
	m.roll.tell(ctx, m.cfg.Events)
	joining.Wait()
	return nil
}

// Leave tells the others that this agent goes, for as long as timeout, and stops
// listening. Only the first call does something; call it after Run has returned.
func (m *members) Leave(timeout time.Duration) error {
	var err error
	m.leaving.Do(func() {
		m.left.Store(true)
		err = errors.Join(m.list.Leave(timeout), m.list.Shutdown())
	})
	if err != nil {
		return fmt.Errorf("leave the gossip: %w", err)
	}
	return nil
}
