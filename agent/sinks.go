package agent

import (
	"io"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/jobs-agent/jobs"
)

// tee takes the output of attempts to the log sinks; nil when there are none.
func (a *Agent) tee() func(*jobs.Attempt) io.WriteCloser {
	if len(a.cfg.Sinks.Stats()) == 0 {
		return nil
	}
	return a.cfg.Sinks.Tee
}

func (m *metrics) collectSinks(out chan<- prometheus.Metric) {
	for _, s := range m.agent.cfg.Sinks.Stats() {
		sink := []string{"sink", s.Sink}
		m.send(out, prometheus.CounterValue, "jobs_logsink_delivered_total", "Lines that a log sink has delivered.", float64(s.Delivered), sink)
		m.send(out, prometheus.GaugeValue, "jobs_logsink_buffered_bytes", "What waits in a log sink.", float64(s.Buffered), sink)
		for reason, n := range s.Dropped {
			m.send(out, prometheus.CounterValue, "jobs_logsink_dropped_total", "Lines that a log sink will never deliver, by reason.", float64(n), append(sink, "reason", reason))
		}
	}
}
