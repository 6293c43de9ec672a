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
	"github.com/jobs-agent/jobs/runners"
	"github.com/jobs-agent/jobs/scripts"
	"github.com/jobs-agent/jobs/ticker"
	"github.com/jobs-agent/jobs/worker"
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
	reaper.Report = a.troubles.tell
	a.started("reaper", reaper.Run)
	return nil
}

// startCampaign lets the agent stand for election, once the Redis is one to tick on.
func (a *Agent) startCampaign(context.Context) error {
	a.ticker = ticker.New(a.board.Leases(), a.log)
	a.ticker.Report = a.troubles.tell
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
		Log: a.log, Report: func(part string, err error) { a.troubles.tell(part, scripts.Translate(err)) },
	})
	if err != nil {
		return err
	}
	a.standby = ticker.NewStandby(commands, a.leads.Load, a.log)
	a.standby.Report = a.troubles.tell
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
	a.news.tell(a.about(term))
	defer a.news.tell(a.about(0))
	a.leads.Store(true)
	defer a.leads.Store(false)
	defer a.troubles.tell("ticker", nil) // who does not tick is in no trouble with it
	err := a.ticker.Lead(ctx, term)
	if errors.Is(err, jobs.ErrStale) {
		return nil // somebody else was elected: campaign again
	}
	return err
}

func (a *Agent) startWorker(context.Context) error {
	if len(a.cfg.Runners) == 0 {
		return nil
	}
	table, err := a.openRunners()
	if err != nil {
		return err
	}
	bell, err := a.board.Bell()
	if err != nil {
		return err
	}
	w, err := worker.New(a.board.Leases(), bell, worker.Config{
		Name: a.cfg.Name, Runners: table, Concurrency: a.cfg.Concurrency, Lease: a.cfg.Lease, Drain: a.cfg.Drain, Log: a.log,
		Report: a.troubles.tell,
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

// openRunners makes the runners that this host serves, and the one supervisor that
// starts their programs.
func (a *Agent) openRunners() (map[string]jobs.Runner, error) {
	cfg := runners.Config{HTTPLocal: a.cfg.HTTPLocal}
	if slices.ContainsFunc(a.cfg.Runners, func(spec string) bool { return spec != "console" && spec != "http" }) {
		supervisor, err := runners.StartSupervisor()
		if err != nil {
			return nil, err
		}
		a.onStop("supervisor", func(context.Context) error { return supervisor.Close() })
		cfg.Supervisor = supervisor
	}
	table := map[string]jobs.Runner{}
	for _, spec := range a.cfg.Runners {
		kind, runner, err := runners.New(spec, cfg)
		if err != nil {
			return nil, err
		}
		table[kind] = runner
	}
	return table, nil
}

// kinds are the runner types that this host serves.
func (a *Agent) kinds() []string {
	kinds := make([]string, 0, len(a.cfg.Runners))
	for _, spec := range a.cfg.Runners {
		kinds = append(kinds, kindOf(spec))
	}
	slices.Sort(kinds)
	return kinds
}
