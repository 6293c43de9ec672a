package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
)

// putFlags are the flags of put and create. They are named like the fields of the
// metadata.
type putFlags struct {
	schedule     scheduleFlags
	attempt      attemptFlags
	overlap      string
	misfire      string
	misfireGrace span
	cutOff       string
	policies     policyFlags
	priority     string
	keepRuns     int
	keepAge      span
	keepOutputs  int
	hosts        string
	stdin        bool
}

func (p *putFlags) declare(cmd *cobra.Command) {
	f := cmd.Flags()
	p.schedule.declare(cmd)
	p.attempt.declare(cmd)
	p.policies.declare(cmd)
	f.StringVar(&p.overlap, "overlap", string(jobs.Forbid), "`what` to do while a run of the job is active: forbid or allow another, queue one, or replace it")
	f.StringVar(&p.misfire, "misfire", string(jobs.RunOnce), "`what` to do with nominal times that passed unqueued: run-once, skip or run-all")
	f.Var(&p.misfireGrace, "misfire-grace", "a nominal time later than this is missed (default none)")
	f.StringVar(&p.cutOff, "cut-off", string(jobs.KeepRunning), "`what` to do with the program while Redis is out of reach: keep or stop")
	f.StringVar(&p.priority, "priority", string(jobs.Normal), "`rank` of its runs in their queue: low, normal or high")
	f.IntVar(&p.keepRuns, "keep-runs", 0, "ended runs that are kept in the history (default 100)")
	f.Var(&p.keepAge, "keep-age", "how old they may be (default 30d)")
	f.IntVar(&p.keepOutputs, "keep-outputs", 0, "ended runs whose output is kept (default 20)")
	f.StringVar(&p.hosts, "hosts", string(jobs.OneHost), "`where` its runs go: one, all (a run for each live agent), or a selector such as gpu=true,zone!=b")
	f.BoolVarP(&p.stdin, "stdin", "S", false, "read the payload from standard input")
	// -h means hours here, as in 2014.
	f.Bool("help", false, "help for "+cmd.Name())
	choices(cmd, "overlap", "forbid", "allow", "queue", "replace")
	choices(cmd, "misfire", "run-once", "skip", "run-all")
	choices(cmd, "cut-off", "keep", "stop")
	choices(cmd, "priority", "low", "normal", "high")
}

// job is the job that the arguments and flags describe, checked as far as it can
// be without Redis.
func (p *putFlags) job(cmd *cobra.Command, args []string) (jobs.Job, error) {
	var job jobs.Job
	if err := p.attempt.check(cmd); err != nil {
		return job, err
	}
	var err error
	if job.ID, job.Runner, job.Payload, err = p.arguments(cmd, args); err != nil {
		return job, err
	}
	if job.Schedule, err = p.schedule.schedule(cmd, time.Now()); err != nil {
		return job, err
	}
	p.attempt.job(cmd, &job)
	if err := p.policies.job(cmd, &job); err != nil {
		return job, err
	}
	job.Overlap, job.MisfireGrace = jobs.Overlap(p.overlap), p.misfireGrace.d
	if cmd.Flags().Changed("misfire") {
		job.Misfire = jobs.Misfire(p.misfire)
	}
	if cmd.Flags().Changed("priority") && p.priority != string(jobs.Normal) {
		job.Priority = jobs.Priority(p.priority)
	}
	if job.Hosts, err = jobs.ParseHosts(p.hosts); err != nil {
		return job, usage(cmd.CommandPath(), "%s job %q: %w", cmd.Name(), job.ID, err)
	}
	if cmd.Flags().Changed("cut-off") {
		job.CutOff = jobs.CutOff(p.cutOff)
	}
	job.Keep = jobs.Keep{Runs: p.keepRuns, Age: p.keepAge.d, Outputs: p.keepOutputs}
	if err := job.Validate(); err != nil {
		return job, usage(cmd.CommandPath(), "%s job %q: %w", cmd.Name(), job.ID, err)
	}
	return job, nil
}

// arguments reads ID RUNNER PAYLOAD, or ID -- COMMAND ARG...
func (p *putFlags) arguments(cmd *cobra.Command, args []string) (id, runner, text string, err error) {
	wrong := func(format string, a ...any) (string, string, string, error) {
		return "", "", "", usage(cmd.CommandPath(), format, a...)
	}
	if dash := cmd.ArgsLenAtDash(); dash == 1 {
		if p.stdin || len(args) == 1 {
			return wrong("behind -- a command and its arguments are expected, and no --stdin")
		}
		text, err = argv(args[1:])
		if err != nil {
			return wrong("the command: %w", err)
		}
		return args[0], "exec", text, nil
	}
	if p.stdin && len(args) == 2 {
		args = append(args, "-")
	}
	switch {
	case len(args) == 1:
		return wrong("job %q: a runner type and a payload are missing, or -- and a command", args[0])
	case len(args) == 2:
		return wrong("job %q: the payload for %s is missing; '' is an empty one", args[0], args[1])
	case len(args) < 3:
		return wrong("the id of the job is missing")
	case len(args) > 3:
		return wrong("too many arguments, the first is %q: put the payload in quotes, or a command behind --", args[3])
	}
	text, err = payload(cmd, args[2])
	return args[0], args[1], text, err
}
