package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
)

func serves(a board.Agent, runner string) bool { return slices.Contains(a.Runners, runner) }

type agentDoc struct {
	Name    string            `json:"name"`
	Addr    string            `json:"addr"`
	State   string            `json:"state"`
	Leader  bool              `json:"leader"`
	Term    int64             `json:"term"`
	Runners []string          `json:"runners"`
	Running int               `json:"running"`
	Host    string            `json:"host"`
	HTTP    string            `json:"http"`
	Version string            `json:"version"`
	PID     int               `json:"pid"`
	Labels  map[string]string `json:"labels"`
	Started moment            `json:"started"`
	Seen    moment            `json:"seen"`
}

func aboutAgent(a board.Agent, now time.Time) agentDoc {
	doc := agentDoc{
		Name: a.Name, Addr: a.Addr, State: "silent", Leader: a.Leader, Term: a.Term, Runners: a.Runners, Running: a.Running, Host: a.Host,
		HTTP: a.HTTP, Version: a.Version, PID: a.PID, Labels: a.Labels, Started: moment(a.Started), Seen: moment(a.Seen),
	}
	if a.Alive(now) {
		doc.State = "alive"
	}
	if a.Paused != nil && a.Alive(now) {
		doc.State = map[bool]string{true: "draining", false: "drained"}[a.Running > 0]
	}
	if doc.Runners == nil {
		doc.Runners = []string{}
	}
	if doc.Labels == nil {
		doc.Labels = map[string]string{}
	}
	return doc
}

func newAgents(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "agents",
		GroupID: groupCluster,
		Short:   "List the agents of the last hour, and which one ticks",
		Example: "  jobs-agent agents -o wide",
		Args:    takes(0, 0),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
			now, err := b.Now(ctx)
			if err != nil {
				return err
			}
			agents, err := b.Agents(ctx)
			if err != nil {
				return err
			}
			a := answer{}
			docs := make([]agentDoc, 0, len(agents))
			for _, agent := range agents {
				docs, a.names = append(docs, aboutAgent(agent, now)), append(a.names, agent.Name)
			}
			a.doc = docs
			a.text = func(p *page) {
				if len(docs) == 0 {
					say(cmd, "There are no agents; jobs-agent agent starts one.")
					return
				}
				agentTable(p, docs)
			}
			return g.give(cmd, a)
		}),
	}
}

func agentTable(p *page, docs []agentDoc) {
	head := []string{"NAME", "STATE", "LEADER", "RUNNERS", "RUNNING", "HOST"}
	if p.wide {
		head = append(head, "ADDR", "HTTP", "VERSION", "PID", "LABELS", "SEEN")
	}
	t := newTable(p, head...)
	for _, d := range docs {
		leader := "-"
		if d.Leader {
			leader = "term " + strconv.FormatInt(d.Term, 10)
		}
		row := []string{
			d.Name, d.State, leader, orDash(strings.Join(d.Runners, ",")), strconv.Itoa(d.Running), orDash(d.Host),
			orDash(d.Addr), orDash(d.HTTP), orDash(d.Version), strconv.Itoa(d.PID), orDash(labels(d.Labels)), clock(time.Time(d.Seen)),
		}
		t.add(row[:len(head)]...)
	}
	t.flush()
}

func labels(m map[string]string) string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		list = append(list, key+"="+m[key])
	}
	return strings.Join(list, ",")
}

func newLeader(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "leader",
		GroupID: groupCluster,
		Short:   "Show which agent ticks",
		Example: "  jobs-agent leader -o json",
		Args:    takes(0, 0),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
			l, err := b.Leader(ctx)
			if err != nil {
				return err
			}
			return g.giveLeader(cmd, l)
		}),
	}
}

func (g *globals) giveLeader(cmd *cobra.Command, l board.Leader) error {
	doc := struct {
		Agent string `json:"agent"` // empty while nobody ticks
		Term  int64  `json:"term"`
		Since moment `json:"since"`
		Last  string `json:"last"` // who ticked last
	}{Term: l.Term, Last: l.Agent}
	a := answer{}
	if l.Agent != "" {
		doc.Since = moment(l.Since)
	}
	if l.Holds {
		doc.Agent, a.names = l.Agent, []string{l.Agent}
	}
	a.doc = doc
	a.text = func(p *page) {
		switch {
		case l.Holds:
			fmt.Fprintf(p, "%s, term %d, since %s\n", l.Agent, l.Term, clock(l.Since))
		case l.Agent == "":
			say(cmd, "Nobody ticks, and nobody ever did; jobs-agent agent starts an agent.")
		default:
			say(cmd, "Nobody ticks now; the last was %s, term %d.", l.Agent, l.Term)
		}
	}
	return g.give(cmd, a)
}
