package agent

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/calendar"
	"github.com/jobs-agent/jobs/election"
	"github.com/jobs-agent/jobs/internal/alarm"
	"github.com/jobs-agent/jobs/scripts"
	"github.com/jobs-agent/jobs/ticker"
)

func (a *Agent) startBoard(ctx context.Context) error {
	b, err := board.Open(ctx, a.cfg.Redis, a.cfg.Board)
	if err != nil {
		return err
	}
	a.board = b
	a.onStop("redis", func(context.Context) error { return b.Close() })
	if err := b.Install(ctx); !errors.Is(err, jobs.ErrNotWritable) {
		return err
	}
	return nil // whether it can go on like this, the first heartbeat finds
}

func (a *Agent) startMembers(context.Context) error {
	m, err := newMembers(membersConfig{
		Name: a.cfg.Name, Board: a.cfg.Board, Bind: a.cfg.Gossip, Key: []byte(a.cfg.GossipKey),
		About: a.about(0), Peers: a.peers, Log: a.log,
	})
	if err != nil {
		return err
	}
	a.members = m
	a.started("gossip", m.Run)
	a.onStop("leave the gossip", func(context.Context) error { return m.Leave(time.Second) })
	a.news = newNews(m.Update, a.log)
	a.started("gossip news", a.news.run)
	return nil
}

// about is what the gossip tells of this agent; term is 0 when it does not lead.
func (a *Agent) about(term int64) About {
	return About{HTTP: a.HTTP(), Version: a.cfg.Version, Runners: a.kinds(), Leader: term > 0, Term: term}
}

// peers are the gossip addresses of the agents that Redis knows.
func (a *Agent) peers(ctx context.Context) ([]string, error) {
	agents, err := a.board.Agents(ctx)
	addresses := slices.Clone(a.cfg.Join)
	for _, agent := range agents {
		if agent.Addr != "" {
			addresses = append(addresses, agent.Addr)
		}
	}
	if scripts.IsTrouble(err) {
		return addresses, nil // the others say it
	}
	return addresses, err
}

func (a *Agent) startReaper(context.Context) error {
	reaper := ticker.NewReaper(a.board.Leases(), a.cfg.Lease, a.log)
	reaper.Report, reaper.Align = a.troubles.tell, a.grid.near
	a.started("reaper", reaper.Run)
	return nil
}

// startCampaign lets the agent stand for election, once the Redis is one to tick on.
func (a *Agent) startCampaign(context.Context) error {
	clock, err := alarm.New()
	if err != nil {
		return err
	}
	a.onStop("alarm", func(context.Context) error { return clock.Close() })
	a.ticker = ticker.New(a.board.Leases(), a.log)
	a.ticker.Sleep = clock.Sleep
	a.ticker.Report, a.ticker.Align = a.troubles.tell, a.grid.before
	a.ticker.Planner = a.planner()
	if a.cfg.NoElection {
		a.started("ticker", a.ticker.Run)
		return nil
	}
	lead, err := scripts.Dial(a.cfg.Redis, scripts.Lead)
	if err != nil {
		return err
	}
	a.onStop("election client", func(context.Context) error { return lead.Close() })
	commands := a.board.Leases()
	a.election, err = election.New(election.Config{
		Client: lead, Terms: commands.With(lead), Key: commands.Keys().Leader(), Name: a.cfg.Name,
		Align: a.grid.near, Log: a.log, Report: func(part string, err error) { a.troubles.tell(part, scripts.Translate(err)) },
	})
	if err != nil {
		return err
	}
	a.standby = ticker.NewStandby(commands, a.leads.Load, a.log)
	a.standby.Report, a.standby.Align = a.troubles.tell, a.grid.near
	a.standby.Planner = a.planner()
	a.started("campaign", a.campaign)
	return nil
}

func (a *Agent) planner() *ticker.Planner {
	return ticker.NewPlanner(a.board.Leases(), func(spec string, from, now time.Time) (string, error) {
		line, err := calendar.Plan(spec, from, now)
		return string(line), err
	}, a.log)
}

func (a *Agent) lead(ctx context.Context, term int64) error {
	a.tellTerm(term)
	defer a.tellTerm(0)
	a.leads.Store(true)
	defer a.leads.Store(false)
	defer a.troubles.tell("ticker", nil) // who does not tick is in no trouble with it
	err := a.ticker.Lead(ctx, term)
	if errors.Is(err, jobs.ErrStale) {
		return nil // somebody else was elected: campaign again
	}
	return err
}

// tellTerm tells the gossip whether this agent leads.
func (a *Agent) tellTerm(term int64) {
	a.term.Store(term)
	a.tellGossip()
}

// tellGossip tells the others what this agent is by now.
func (a *Agent) tellGossip() {
	a.telling.Lock()
	defer a.telling.Unlock()
	a.news.tell(a.about(a.term.Load()))
}
