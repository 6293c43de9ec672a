package main

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/calendar"
)

// runsFlags choose runs.
type runsFlags struct {
	states       []string
	agent, text  string
	since, until string
	codes        []int
	limit        int
}

func (f *runsFlags) declare(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&f.states, "state", nil, "only runs in these `states`: "+strings.Join(runStates(), ", "))
	flags.StringVar(&f.agent, "agent", "", "only runs whose newest attempt that `agent` has or had")
	flags.StringVar(&f.since, "since", "", "only runs that began at that `time` or later, or so long ago: 2h")
	flags.StringVar(&f.until, "until", "", "only runs that began before that `time`, or longer ago")
	flags.IntSliceVar(&f.codes, "exit-code", nil, "only runs whose program ended with one of these `codes`")
	flags.StringVar(&f.text, "text", "", "only runs with that `text` in id, reason, result or output, in upper or lower case")
	flags.IntVarP(&f.limit, "limit", "n", 100, "at most so `many`")
	choices(cmd, "state", runStates()...)
}

func (f *runsFlags) filter(cmd *cobra.Command, args []string, now time.Time) (board.RunFilter, error) {
	filter := board.RunFilter{Limit: f.limit, Agent: f.agent, ExitCodes: f.codes, Text: f.text}
	if f.limit < 1 {
		return filter, usage(cmd.CommandPath(), "--limit %d: 1 or more are possible", f.limit)
	}
	if len(args) > 0 {
		filter.Job = args[0]
	}
	for _, state := range f.states {
		if !slices.Contains(runStates(), state) {
			return filter, usage(cmd.CommandPath(), "--state %q: the states are %s", state, strings.Join(runStates(), ", "))
		}
		filter.States = append(filter.States, jobs.State(state))
	}
	var err error
	if filter.Since, err = timeOrAgo(f.since, now); err != nil {
		return filter, usage(cmd.CommandPath(), "--since: %v", err)
	}
	if filter.Until, err = timeOrAgo(f.until, now); err != nil {
		return filter, usage(cmd.CommandPath(), "--until: %v", err)
	}
	if !filter.Until.IsZero() && !filter.Since.Before(filter.Until) {
		return filter, usage(cmd.CommandPath(), "--since %s is not before --until %s", clock(filter.Since), clock(filter.Until))
	}
	return filter, nil
}

var aDuration = regexp.MustCompile(`^[0-9.]+[a-zµ]`)

// timeOrAgo reads a time, or a duration with its unit as how long ago.
func timeOrAgo(text string, now time.Time) (time.Time, error) {
	if aDuration.MatchString(text) {
		ago, err := calendar.ParseDuration(text)
		return now.Add(-ago), err
	}
	at, _, err := pointInTime(text, now)
	return at, err
}
