package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/internal/measure"
)

func newBench(g *globals) *cobra.Command {
	plan := measure.Plan{}
	cmd := &cobra.Command{
		Use:     "bench",
		GroupID: groupAdmin,
		Short:   "Measure what this Redis does with jobs",
		Long: `bench measures for half a minute, on a board of its own that it removes again:
one-off runs from end to end, how late runs start, how fast jobs are put, and
periodic jobs that are all due at once. Beside each stands what the same Redis
does without jobs, in the same minute: compare the shares, not the rates.

It keeps Redis busy meanwhile. Agents of other boards are slower then.`,
		Example: `  jobs-agent bench
  jobs-agent bench --runs 200000 --jobs 100000 -o json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			for name, n := range map[string]int{"runs": plan.Runs, "jobs": plan.Jobs} {
				if n < 1 || n > 1_000_000 {
					return usage(cmd.CommandPath(), "--%s %d: 1 to 1000000 are allowed", name, n)
				}
			}
			if plan.For < 100*time.Millisecond || plan.For > time.Hour {
				return usage(cmd.CommandPath(), "--for %v: 100ms to 1h are allowed", plan.For)
			}
			url, err := g.url(cmd)
			if err != nil {
				return err
			}
			steps := &steps{cmd: cmd}
			plan.Progress = steps.to
			report, err := measure.Run(cmd.Context(), url, plan)
			steps.end()
			if err != nil {
				return err
			}
			return g.give(cmd, answer{doc: report, names: []string{report.Redis}, text: func(p *page) { writeReport(p, report) }})
		},
	}
	f := cmd.Flags()
	f.IntVar(&plan.Runs, "runs", 50_000, "`number` of one-off runs")
	f.IntVar(&plan.Jobs, "jobs", 10_000, "`number` of periodic jobs")
	f.DurationVar(&plan.For, "for", 3*time.Second, "`duration` of the runs that come 100 a second")
	return cmd
}

// steps shows the progress of one step after the other.
type steps struct {
	cmd *cobra.Command
	bar *bar
}

func (s *steps) to(what string, done, all int) {
	if s.bar == nil || s.bar.what != what {
		s.end()
		s.bar = newBar(s.cmd, what)
	}
	s.bar.to(done, all)
}

func (s *steps) end() {
	if s.bar != nil {
		s.bar.end()
	}
}

func writeReport(p *page, r measure.Report) {
	t := newTable(p, "MEASURED", "A SECOND", "P50 MS", "P99 MS", "BESIDE THE RAW REDIS")
	rate := func(n float64) string { return fmt.Sprintf("%.0f", n) }
	ms := func(n float64) string { return fmt.Sprintf("%.2f", n) }
	t.add("one-off runs, enqueued, run and acked", rate(r.OneOff.EndToEnd), "", "", fmt.Sprintf("%.2f of %.0f LPUSH", r.OneOff.Floor, r.Floor.Lpush))
	t.add("  enqueued in bulk", rate(r.OneOff.Enqueue), "", "", fmt.Sprintf("%.0f bytes a run", r.OneOff.Bytes))
	t.add("  run and acked", rate(r.OneOff.Run), "", "", "")
	t.add("enqueue to start, 100 a second", "", ms(r.Latency.Start.P50), ms(r.Latency.Start.P99),
		fmt.Sprintf("BLPOP %.2f, %.2f; PING %.2f", r.Latency.Blpop.P50, r.Latency.Blpop.P99, r.Floor.RoundTrip.P50))
	t.add("jobs loaded", rate(r.Load.Rate), "", "", fmt.Sprintf("%.2f of %.0f HSET and ZADD; %.0f bytes a job", r.Load.Floor, r.Load.Raw, r.Load.Bytes))
	t.add(fmt.Sprintf("%d jobs due at once, queued after", r.Periodic.N), "", ms(r.Periodic.Queued.P50), ms(r.Periodic.Queued.P99),
		fmt.Sprintf("%.3f of LPUSH; %d missing, %d collapsed", r.Periodic.Floor, r.Periodic.Missing, r.Periodic.Collapsed))
	t.add("  started after", "", ms(r.Periodic.Started.P50), ms(r.Periodic.Started.P99), fmt.Sprintf("all after %.0f ms", r.Periodic.Started.Max))
	t.flush()
	fmt.Fprintf(p, "\nRedis %s, %d processors here.\n", r.Redis, r.Processors)
}
