package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// attemptFlags say how a run is gone about. Jobs and one-offs have them.
type attemptFlags struct {
	timeout, grace           span
	retries                  int
	backoff                  string
	backoffDelay, backoffCap span
	backoffFactor            amount
	backoffJitter            amount
	retryOn, noRetryOn       []int
	onLost                   string
}

func (a *attemptFlags) declare(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Var(&a.timeout, "timeout", "of one attempt (default none)")
	f.Var(&a.grace, "grace", "between TERM and KILL at a timeout or cancel (default 5s)")
	f.IntVar(&a.retries, "retries", 0, "further attempts after a failed one")
	f.StringVar(&a.backoff, "backoff", string(jobs.Exponential), "`growth` of the wait before a retry: exponential, linear or fixed")
	f.Var(&a.backoffDelay, "backoff-delay", "wait before the first retry (default 1s)")
	f.Var(&a.backoffFactor, "backoff-factor", "of exponential growth (default 2)")
	f.Var(&a.backoffCap, "backoff-cap", "longest wait (default 1h)")
	f.Var(&a.backoffJitter, "backoff-jitter", "share of the wait by which it varies, 0 to 1 (default 0.1)")
	f.IntSliceVar(&a.retryOn, "retry-on", nil, "exit `codes` that are retried (default all)")
	f.IntSliceVar(&a.noRetryOn, "no-retry-on", nil, "exit `codes` that are not retried")
	f.StringVar(&a.onLost, "on-lost", string(jobs.Requeue), "`what` to do when the lease of an attempt is lost: requeue or fail")
	choices(cmd, "backoff", "exponential", "linear", "fixed")
	choices(cmd, "on-lost", "requeue", "fail")
}

// growth is written out only where it was asked for, as everything in the metadata.
func (a *attemptFlags) growth(cmd *cobra.Command) jobs.Backoff {
	b := jobs.Backoff{Delay: a.backoffDelay.d, Factor: a.backoffFactor.n, Cap: a.backoffCap.d, Jitter: a.backoffJitter.n}
	if cmd.Flags().Changed("backoff") {
		b.Growth = jobs.Growth(a.backoff)
	}
	return b
}

func (a *attemptFlags) lost(cmd *cobra.Command) jobs.OnLost {
	if cmd.Flags().Changed("on-lost") {
		return jobs.OnLost(a.onLost)
	}
	return ""
}

// check refuses values that are given and empty, which elsewhere mean the default.
func (a *attemptFlags) check(cmd *cobra.Command) error {
	for _, name := range []string{"backoff", "on-lost", "overlap", "misfire", "cut-off", "priority"} {
		if f := cmd.Flags().Lookup(name); f != nil && strings.TrimSpace(f.Value.String()) == "" {
			return usage(cmd.CommandPath(), "--%s is empty", name)
		}
	}
	return nil
}

func (a *attemptFlags) job(cmd *cobra.Command, job *jobs.Job) {
	job.Timeout, job.Grace, job.Retries = a.timeout.d, a.grace.d, a.retries
	job.Backoff, job.OnLost = a.growth(cmd), a.lost(cmd)
	job.RetryOn, job.NoRetryOn = a.retryOn, a.noRetryOn
}

func (a *attemptFlags) oneOff(cmd *cobra.Command, runner, payload string) board.OneOff {
	return board.OneOff{
		Runner: runner, Payload: payload, Timeout: a.timeout.d, Grace: a.grace.d, Retries: a.retries,
		Backoff: a.growth(cmd), RetryOn: a.retryOn, NoRetryOn: a.noRetryOn, OnLost: a.lost(cmd),
	}
}

// choices lets the shell complete the values of a flag.
func choices(cmd *cobra.Command, flag string, values ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // fails for unknown flags only
}
