package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

func newLogs(g *globals) *cobra.Command {
	var follow, times bool
	var n int
	cmd := &cobra.Command{
		Use:     "logs JOB|RUN",
		GroupID: groupSee,
		Short:   "Print what the last runs of a job printed",
		Long: `Output is kept of the last 20 runs of a job, of each the first and the last 64 KiB.
With -f what runs print follows while they do, from whatever host: of a job until Ctrl-C,
of a run until it has ended. Of a run that is under way the last 128 KiB are known.
Output comes byte for byte, escape sequences as well. The runs of one-offs stand under
their runner type.`,
		Example: `  jobs-agent logs hello -f
  jobs-agent logs 'hello@1795857921061.4'
  jobs-agent logs "$(jobs-agent run hello -o name)" -f`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if n < 0 {
				return usage(cmd.CommandPath(), "-n %d: 0 or more runs can be shown", n)
			}
			if times && follow {
				return usage(cmd.CommandPath(), "--times tells of runs that have ended, it does not go with -f")
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
				l := &logs{g: g, cmd: cmd, board: b, follow: follow, times: times, limit: n, hosts: map[string]string{}, told: map[string]bool{}, over: func(jobs.Run) {}}
				l.live.runs = map[string]*spoken{}
				return l.show(ctx, args[0])
			})(cmd, args)
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what runs print from now on")
	cmd.Flags().BoolVar(&times, "times", false, "put in front of each line when it was printed, to 50ms; not with -f")
	cmd.Flags().IntVarP(&n, "number", "n", 10, "so many of the last `runs`")
	return cmd
}

// logs prints runs, each attempt once.
type logs struct {
	g      *globals
	cmd    *cobra.Command
	board  *board.Board
	follow bool
	times  bool
	limit  int
	hosts  map[string]string // agent -> host
	told   map[string]bool   // attempts that were printed
	over   func(jobs.Run)    // told of each attempt that was printed whole
	live   live
	docs   []logDoc
}

type logDoc struct {
	runDoc
	Host   *string `json:"host"`
	Output string  `json:"output"`
}

func (l *logs) show(ctx context.Context, target string) error {
	if run, err := l.run(ctx, target); err != nil || run != nil {
		switch {
		case err != nil:
		case l.follow && !run.State.Ended():
			err = l.followRun(ctx, jobs.RunID(target))
		default:
			err = l.print(ctx, *run)
		}
		return l.end(err)
	}
	if err := l.known(ctx, target); err != nil {
		return err
	}
	if l.follow {
		return l.end(l.followJob(ctx, target))
	}
	return l.end(l.last(ctx, target))
}

// run is the run of that id, nil when there is none: it may be a job's.
func (l *logs) run(ctx context.Context, target string) (*jobs.Run, error) {
	if jobs.RunID(target).Job() == "" {
		return nil, nil
	}
	run, err := l.board.FindRun(ctx, jobs.RunID(target))
	if errors.Is(err, jobs.ErrNoRun) {
		return nil, nil
	}
	return &run, err
}

// known refuses names that nothing bears, so that nobody waits for ever.
func (l *logs) known(ctx context.Context, target string) error {
	_, err := l.board.Show(ctx, target)
	if err == nil || !errors.Is(err, jobs.ErrNoJob) {
		return err
	}
	types, other := l.board.RunnerTypes(ctx)
	if other != nil || slices.Contains(types, target) {
		return other
	}
	runs, other := l.board.Runs(ctx, board.RunFilter{Job: target, Limit: 1})
	if other != nil || len(runs) > 0 {
		return other
	}
	return fmt.Errorf("logs of %q: %w, and no run of that id", target, jobs.ErrNoJob)
}

// last prints the runs of a job that ended last, oldest first.
func (l *logs) last(ctx context.Context, job string) error {
	if l.limit == 0 {
		return nil
	}
	runs, err := l.board.Runs(ctx, board.RunFilter{
		Job: job, Limit: l.limit, States: []jobs.State{jobs.Succeeded, jobs.Failed, jobs.Dead, jobs.Cancelled},
	})
	if err != nil {
		return err
	}
	for _, run := range slices.Backward(runs) {
		if err := l.print(ctx, run); err != nil {
			return err
		}
	}
	if len(runs) == 0 && !l.follow {
		say(l.cmd, "No run of %s has ended yet; -f waits for one.", job)
	}
	return nil
}

// toldKey names an attempt that was printed.
func toldKey(run jobs.Run) string { return fmt.Sprint(run.ID, " ", run.Attempt, " ", run.State) }

// print prints one attempt: a line that names it, then its output, or what it has printed
// so far.
func (l *logs) print(ctx context.Context, run jobs.Run) error {
	if l.told[toldKey(run)] {
		return nil
	}
	l.told[toldKey(run)] = true
	defer l.over(run)
	output, err := l.outputOf(ctx, run)
	if err != nil {
		return err
	}
	host := l.host(ctx, run.Agent)
	switch l.g.output {
	case asJSON, asYAML:
		doc := logDoc{aboutRun(run), known(host), output}
		if !l.follow {
			l.docs = append(l.docs, doc)
			return nil
		}
		return l.g.give(l.cmd, answer{doc: doc}) // a document a run: nobody knows the last
	case asName:
		return write(l.cmd, []byte(run.ID+"\n"))
	}
	if l.times {
		output = timed(run, output)
	}
	if output != "" && !strings.HasSuffix(output, "\n") {
		output += "\n"
	}
	return write(l.cmd, []byte(heading(run, host)+"\n"+output))
}

func (l *logs) outputOf(ctx context.Context, run jobs.Run) (string, error) {
	if run.State == jobs.Running {
		return l.soFar(ctx, jobs.RunID(run.ID))
	}
	output, _, err := l.board.Output(ctx, jobs.RunID(run.ID))
	return output, err
}

// heading names a run: == RUN HOST/AGENT exit 0 ==
func heading(run jobs.Run, host string) string {
	where := run.Agent
	if host != "" {
		where = host + "/" + where
	}
	how := string(run.State)
	switch {
	case run.Signal != "":
		how += " by " + run.Signal
	case run.ExitCode != nil:
		how = fmt.Sprintf("exit %d", *run.ExitCode)
	case run.Progress != "":
		how += ": " + printable(run.Progress)
	case run.Reason != "":
		how += ": " + printable(run.Reason)
	}
	if run.State == jobs.Retrying {
		how += ", will be retried"
	}
	return fmt.Sprintf("== %s %s %s ==", run.ID, orDash(where), how)
}

// host is the host of an agent, as far as it is still known.
func (l *logs) host(ctx context.Context, agent string) string {
	host, ok := l.hosts[agent]
	if ok {
		return host
	}
	if agents, err := l.board.Agents(ctx); err == nil {
		for _, a := range agents {
			l.hosts[a.Name] = a.Host
		}
	}
	if _, ok := l.hosts[agent]; !ok {
		l.hosts[agent] = "" // asked once
	}
	return l.hosts[agent]
}

// end writes what waits for the last run.
func (l *logs) end(err error) error {
	if err != nil || l.follow || l.g.output != asJSON && l.g.output != asYAML {
		return err
	}
	if l.docs == nil {
		l.docs = []logDoc{}
	}
	return l.g.give(l.cmd, answer{doc: l.docs})
}
