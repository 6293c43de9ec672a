package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
)

// policyFlags say what a job runs after, and what is called when it fails.
type policyFlags struct {
	after     []string
	on        string
	within    span
	onFailure string
}

func (p *policyFlags) declare(cmd *cobra.Command) {
	f := cmd.Flags()
	// An id may hold a comma, so each is a flag of its own.
	f.StringArrayVar(&p.after, "after", nil, "run when this `job` has ended; once for each of several")
	f.StringVar(&p.on, "on", string(jobs.Success), "which `end` of the jobs in --after counts: success, failure or always")
	f.Var(&p.within, "within", "how old the success of a job in --after may be that has another root (default 1d)")
	f.StringVar(&p.onFailure, "on-failure", "", "shell `command` or http(s) URL, called when a run ends failed or dead")
	choices(cmd, "on", "success", "failure", "always")
}

func (p *policyFlags) job(cmd *cobra.Command, job *jobs.Job) error {
	job.After, job.Within, job.OnFailure = p.after, p.within.d, p.onFailure
	if cmd.Flags().Changed("on") {
		job.On = jobs.On(p.on)
	}
	for _, name := range []string{"on", "on-failure"} {
		if f := cmd.Flags().Lookup(name); f.Changed && strings.TrimSpace(f.Value.String()) == "" {
			return usage(cmd.CommandPath(), "--%s is empty", name)
		}
	}
	return nil
}
