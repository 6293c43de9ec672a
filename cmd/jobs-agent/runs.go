package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

func newRuns(g *globals) *cobra.Command {
	var f runsFlags
	cmd := &cobra.Command{
		Use:     "runs [JOB]",
		GroupID: groupSee,
		Short:   "List the runs of a job or of all, newest first",
		Long: `History keeps 100 runs of a job for 30 days, and of all jobs together about the last
4,000 acks, each of up to 500 runs. --since and --until tell of when the newest attempt began,
as a time or as how long ago. --text looks into the id, the reason, the result, and what is
kept of the output. The runs of one-offs stand under their runner type.`,
		Example: `  jobs-agent runs backup
  jobs-agent runs --state failed,dead --since 1h -n 20
  jobs-agent runs --agent web-3 --exit-code 137
  jobs-agent runs backup --text 'no space left' --since 2026-11-01T00:00Z --until 2026-11-08T00:00Z
  jobs-agent runs -o json | jq '.[] | select(.exit_code > 0)'`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := f.filter(cmd, args, time.Now()); err != nil {
				return err
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
				now, err := b.Now(ctx)
				if err != nil {
					return err
				}
				filter, err := f.filter(cmd, args, now)
				if err != nil {
					return err
				}
				bar := newBar(cmd, "reading the history")
				filter.Progress = bar.to
				runs, err := b.Runs(ctx, filter)
				bar.end()
				if err != nil {
					return err
				}
				return g.giveRuns(cmd, runs)
			})(cmd, args)
		},
	}
	f.declare(cmd)
	return cmd
}

// runStates are the states in which a run of this version can be.
func runStates() []string {
	return []string{
		string(jobs.Scheduled), string(jobs.Queued), string(jobs.Running), string(jobs.Retrying),
		string(jobs.Succeeded), string(jobs.Failed), string(jobs.Dead), string(jobs.Cancelled),
	}
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
		head = append(head, "DUE", "STARTED", "LOST", "MISSED", "OUTPUT", "PROGRESS", "REASON")
	}
	t := newTable(p, head...)
	for _, run := range runs {
		row := []string{
			run.ID, run.Runner, string(run.State), strconv.Itoa(run.Attempt), clock(run.Queued), took(run), exitText(run), orDash(run.Agent),
			clock(run.Due), clock(run.Started), strconv.Itoa(run.Lost), strconv.Itoa(run.Missed), fmt.Sprint(run.Output), orDash(short(run.Progress, 40)), orDash(short(run.Reason, 60)),
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
