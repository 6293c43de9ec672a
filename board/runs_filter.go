package board

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// RunFilter chooses runs; what is empty is not asked for. The zero value means all jobs,
// all states.
type RunFilter struct {
	Job       string // job id; for one-offs the runner type
	States    []jobs.State
	Agent     string // that has or had the newest attempt
	Since     time.Time
	Until     time.Time // the newest attempt, or without one the run, began within
	ExitCodes []int
	// Text stands in the id, the reason, the result, the progress, or in what is kept of
	// the output; upper and lower case are alike.
	Text  string
	Limit int // 0: 100
	// Progress, if not nil, is told how many messages of the history have been read of
	// how many, where it has to be gone through.
	Progress func(done, all int)
}

// match tells of all but the text.
func (f RunFilter) match(run jobs.Run) bool {
	at := latest(run)
	return (f.Job == "" || run.Job == f.Job) && (len(f.States) == 0 || slices.Contains(f.States, run.State)) &&
		(f.Agent == "" || run.Agent == f.Agent) &&
		(f.Since.IsZero() || !at.Before(f.Since)) && (f.Until.IsZero() || at.Before(f.Until)) &&
		(len(f.ExitCodes) == 0 || run.ExitCode != nil && slices.Contains(f.ExitCodes, *run.ExitCode))
}

// outputsAtOnce bounds how much output is read in one call, 128 KiB each.
const outputsAtOnce = 20

// chosen answers those of the runs that match, the text as well.
func (b *Board) chosen(ctx context.Context, f RunFilter, runs []jobs.Run) ([]jobs.Run, error) {
	runs = slices.DeleteFunc(runs, func(run jobs.Run) bool { return !f.match(run) })
	if f.Text == "" {
		return runs, nil
	}
	text := strings.ToLower(f.Text)
	printed := map[string][]string{} // by job: runs whose output is to be looked at
	found := map[string]bool{}
	for _, run := range runs {
		switch {
		case slices.ContainsFunc([]string{run.ID, run.Reason, run.Result, run.Progress}, func(s string) bool { return strings.Contains(strings.ToLower(s), text) }):
			found[run.ID] = true
		case run.State == jobs.Running:
			pieces, err := b.Printed(ctx, jobs.RunID(run.ID))
			if err != nil {
				return nil, err
			}
			var all strings.Builder
			for _, piece := range pieces {
				all.WriteString(piece.Text)
			}
			found[run.ID] = strings.Contains(strings.ToLower(all.String()), text)
		case run.Output > 0:
			printed[run.Job] = append(printed[run.Job], run.ID)
		}
	}
	for job, ids := range printed {
		for part := range slices.Chunk(ids, outputsAtOnce) {
			outputs, err := b.rdb.HMGet(ctx, b.do.Keys().Output(job), part...).Result()
			if err != nil {
				return nil, err
			}
			for i, output := range outputs {
				kept, _ := output.(string)
				found[part[i]] = kept != "" && strings.Contains(strings.ToLower(kept), text)
			}
		}
	}
	return slices.DeleteFunc(runs, func(run jobs.Run) bool { return !found[run.ID] }), nil
}
