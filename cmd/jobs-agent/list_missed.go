package main

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/calendar"
)

// missing are the flags of list --missed.
type missing struct {
	asked bool
	since span
}

func (m *missing) declare(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&m.asked, "missed", false, "jobs with nominal times that made no run of their own, newest first")
	cmd.Flags().Var(&m.since, "since", "with --missed: how long `ago` that may be (default 1d)")
}

// missedDoc are nominal times of a job that made no run for one reason, as list
// --missed writes them.
type missedDoc struct {
	Job     string  `json:"job"`
	Outcome string  `json:"outcome"`
	Count   int     `json:"count"`
	Last    moment  `json:"last"` // nominal time
	At      moment  `json:"at"`   // when the last was decided
	Reason  string  `json:"reason"`
	By      *string `json:"by"`
}

func (g *globals) listMissed(ctx context.Context, cmd *cobra.Command, b *board.Board, m *missing) error {
	now, err := b.Now(ctx)
	if err != nil {
		return err
	}
	ago := 24 * time.Hour
	if m.since.set {
		ago = m.since.d
	}
	list, err := b.Missed(ctx, now.Add(-ago))
	if err != nil {
		return err
	}
	docs, names := make([]missedDoc, 0, len(list)), make([]string, 0, len(list))
	seen := map[string]bool{}
	for _, m := range list {
		docs = append(docs, missedDoc{m.Job, m.Outcome, m.Count, moment(m.Last), moment(m.At), m.Reason, known(m.By)})
		if !seen[m.Job] {
			names, seen[m.Job] = append(names, m.Job), true
		}
	}
	return g.give(cmd, answer{doc: docs, names: names, text: func(p *page) {
		if len(list) == 0 {
			say(cmd, "No nominal time was missed in the last %s.", calendar.FormatDuration(ago))
			return
		}
		t := newTable(p, "JOB", "OUTCOME", "COUNT", "LAST", "DECIDED", "REASON")
		for _, m := range list {
			reason := m.Reason
			if m.By != "" && p.wide {
				reason += " (" + m.By + ")"
			}
			t.add(m.Job, m.Outcome, strconv.Itoa(m.Count), clock(m.Last), clock(m.At.Truncate(time.Second)), short(reason, 80))
		}
		t.flush()
	}})
}
