package agent

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics reads everything when it is asked: nothing is counted twice, and an agent
// that nobody scrapes does no work for it. What the whole board has in common bears
// no agent label; scrape it from any agent.
type metrics struct{ agent *Agent }

// Describe sends nothing: the set depends on the runner types, which change.
func (m *metrics) Describe(chan<- *prometheus.Desc) {}

// Collect reads Redis and this agent's parts.
func (m *metrics) Collect(out chan<- prometheus.Metric) {
	gauge := func(name, help string, value float64, labels ...string) {
		m.send(out, prometheus.GaugeValue, name, help, value, labels)
	}
	a := m.agent
	up := 0.0
	if a.unready() == "" {
		up = 1
	}
	gauge("jobs_agent_ready", "1 when this agent is ready.", up)
	if a.worker != nil && up == 1 {
		gauge("jobs_agent_running", "Attempts under way on this agent.", float64(a.worker.Running()))
	}
	if a.election != nil && up == 1 {
		leads, term := a.election.Leader()
		leader := 0.0
		if leads {
			leader = 1
		}
		gauge("jobs_agent_leader", "1 when this agent ticks.", leader)
		gauge("jobs_agent_term", "Term of this agent's leadership, 0 when it does not tick.", float64(term))
	}
	if a.members != nil {
		gauge("jobs_agents_alive", "Agents that the gossip knows to be alive.", float64(len(a.members.Alive())))
	}
	m.collectSinks(out)
	m.collectBoard(out)
}

func (m *metrics) collectBoard(out chan<- prometheus.Metric) {
	if m.agent.board == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	count, err := m.agent.board.Count(ctx)
	if err != nil {
		return // readiness says it
	}
	board := []string{"board", m.agent.cfg.Board}
	for name, value := range map[string]int64{
		"jobs": count.Jobs, "scheduled": count.Scheduled, "running": count.Running, "retrying": count.Retrying, "dead": count.Dead, "delayed": count.Delayed,
	} {
		m.send(out, prometheus.GaugeValue, "jobs_board_"+name, "Number on the board, see `jobs-agent count`.", float64(value), board)
	}
	for runner, length := range count.Queued {
		m.send(out, prometheus.GaugeValue, "jobs_queue_length", "Entries that wait in a queue.", float64(length), append(board, "runner", runner))
	}
	stats, err := m.agent.board.Totals(ctx)
	if err != nil {
		return
	}
	for outcome, n := range stats {
		m.send(out, prometheus.CounterValue, "jobs_runs_total", "Runs by what became of them, since the board exists.", float64(n), append(board, "outcome", outcome))
	}
}

func (m *metrics) send(out chan<- prometheus.Metric, kind prometheus.ValueType, name, help string, value float64, labels []string) {
	var names, values []string
	for i := 0; i < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	metric, err := prometheus.NewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, value, values...)
	if err != nil {
		metric = prometheus.NewInvalidMetric(prometheus.NewDesc(strconv.Quote(name), help, nil, nil), err)
	}
	out <- metric
}
