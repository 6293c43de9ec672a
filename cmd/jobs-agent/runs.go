package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

func newRuns(g *globals) *cobra.Command {
	var states []string
	var limit int
	cmd := &cobra.Command{
		Use:     "runs [JOB]",
		GroupID: groupSee,
		Short:   "List the runs of a job or of all, newest first",
		Long:    "The runs of one-offs stand under their runner type.",
		Example: `  jobs-agent runs backup
  jobs-agent runs --state failed,dead -n 20
  jobs-agent runs -o json | jq '.[] | select(.exit_code > 0)'`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			filter, err := runFilter(cmd, args, states, limit)
			if err != nil {
				return err
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
				runs, err := b.Runs(ctx, filter)
				if err != nil {
					return err
				}
				return g.giveRuns(cmd, runs)
			})(cmd, args)
		},
	}
	cmd.Flags().StringSliceVar(&states, "state", nil, "only runs in these `states`: "+strings.Join(runStates(), ", "))
	cmd.Flags().IntVarP(&limit, "limit", "n", 100, "at most so `many`")
	choices(cmd, "state", runStates()...)
	return cmd
}

// runStates are the states in which a run of this version can be.
func runStates() []string {
	return []string{
		string(jobs.Scheduled), string(jobs.Queued), string(jobs.Running), string(jobs.Retrying),
		string(jobs.Succeeded), string(jobs.Failed), string(jobs.Dead), string(jobs.Cancelled),
	}
}

func runFilter(cmd *cobra.Command, args, states []string, limit int) (board.RunFilter, error) {
	filter := board.RunFilter{Limit: limit}
	if limit < 1 {
		return filter, usage(cmd.CommandPath(), "--limit %d: 1 or more are possible", limit)
	}
	if len(args) > 0 {
		filter.Job = args[0]
	}
	for _, state := range states {
		if !strings.Contains(" "+strings.Join(runStates(), " ")+" ", " "+state+" ") {
			return filter, usage(cmd.CommandPath(), "--state %q: the states are %s", state, strings.Join(runStates(), ", "))
		}
		filter.States = append(filter.States, jobs.State(state))
	}
	return filter, nil
}

func (g *globals) giveRuns(cmd *cobra.Command, runs []jobs.Run) error {
	docs, names := make([]runDoc, 0, len(runs)), make([]string, 0, len(runs))
	for _, run := range runs {
		docs, names = append(docs, aboutRun(run)), append(names, run.ID)
	}
	return g.give(cmd, answer{doc: docs, names: names, text: func(p *page) {
		if len(runs) == 0 {
			say(cmd, "There are no such runs.")
			return
		}
		runTable(p, runs)
	}})
}

func runTable(p *page, runs []jobs.Run) {
	head := []string{"RUN", "RUNNER", "STATE", "ATTEMPT", "QUEUED", "TOOK", "EXIT", "AGENT"}
	if p.wide {
		head = append(head, "DUE", "STARTED", "LOST", "MISSED", "OUTPUT", "REASON")
	}
	t := newTable(p, head...)
	for _, run := range runs {
		row := []string{
			run.ID, run.Runner, string(run.State), strconv.Itoa(run.Attempt), clock(run.Queued), took(run), exitText(run), orDash(run.Agent),
			clock(run.Due), clock(run.Started), strconv.Itoa(run.Lost), strconv.Itoa(run.Missed), fmt.Sprint(run.Output), orDash(short(run.Reason, 60)),
		}
		t.add(row[:len(head)]...)
	}
	t.flush()
}

func took(run jobs.Run) string {
	if run.Started.IsZero() || run.Finished.IsZero() {
		return "-"
	}
	return run.Finished.Sub(run.Started).Round(time.Millisecond).String()
}

// exitText is how the program ended, in a word.
func exitText(run jobs.Run) string {
	switch {
	case run.Signal != "":
		return run.Signal
	case run.ExitCode != nil:
		return strconv.Itoa(*run.ExitCode)
	}
	return "-"
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
