package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// putter is what puts a job on a board: put or create.
type putter func(b *board.Board, ctx context.Context, job jobs.Job) (time.Time, error)

func newPut(g *globals) *cobra.Command {
	cmd := newPutter(g, (*board.Board).Put)
	cmd.Short = "Put a job on the board, or replace the one of that id"
	return cmd
}

func newCreate(g *globals) *cobra.Command {
	cmd := newPutter(g, (*board.Board).Create)
	cmd.Use = "create" + cmd.Use[len("put"):]
	cmd.Short = "Put a job on the board unless its id is taken (exit 3)"
	return cmd
}

func newPutter(g *globals, put putter) *cobra.Command {
	var p putFlags
	cmd := &cobra.Command{
		Use:     "put ID RUNNER PAYLOAD [flags] | put ID [flags] -- COMMAND [ARG...]",
		GroupID: groupBasic,
		Long: `A job runs at its start and then each interval, or once without one.
PAYLOAD is text for the runner; - stands for standard input and @FILE for a file.
The short form, with --, is for the exec runner, which runs a program without a shell.`,
		Example: `  jobs-agent put hello --every 10s -- date
  jobs-agent put backup shell 'pg_dump app > /backup/app.sql' --every 1d --start +8h --timeout 1h --retries 2
  jobs-agent put nightly --cron '30 2 * * MON-FRI' --tz Europe/Berlin -- ./nightly
  jobs-agent put report --after nightly --on-failure 'mail -s failed ops' -- ./report
  jobs-agent put feed fetch @feed.json -m 5 --lambda 2 --step 1d
  jobs-agent put reminder console 'time for tea' --start +25m`,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.put(cmd, args, &p, put)
		},
	}
	p.declare(cmd)
	return cmd
}

func (g *globals) put(cmd *cobra.Command, args []string, p *putFlags, put putter) error {
	job, err := p.job(cmd, args)
	if err != nil {
		return err
	}
	b, err := g.open(cmd)
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	if p.schedule.relative() {
		now, err := b.Now(cmd.Context())
		if err != nil {
			return err
		}
		if job.Schedule, err = p.schedule.schedule(cmd, now); err != nil {
			return err
		}
	}
	next, err := put(b, cmd.Context(), job)
	if err != nil {
		return err
	}
	switch {
	case next.IsZero() && timeless(job) && onBoard(cmd.Context(), b, job.ID):
		if g.output == "" {
			say(cmd, "%s: %s", job.ID, inWords(job))
			g.warnUnserved(cmd, b, job.Runner)
		}
	case next.IsZero():
		say(cmd, "%s is not on the board: its schedule has ended", job.ID)
	case g.output == "":
		say(cmd, "%s: %s, next at %s", job.ID, inWords(job), clock(next))
		g.warnUnserved(cmd, b, job.Runner)
	}
	return g.give(cmd, answer{
		doc: struct {
			ID   string `json:"id"`
			Next moment `json:"next"`
		}{job.ID, moment(next)},
		names: []string{job.ID},
	})
}

// onBoard tells whether a job is there, also one without a next time.
func onBoard(ctx context.Context, b *board.Board, id string) bool {
	_, err := b.Show(ctx, id)
	return err == nil
}

// warnUnserved tells a person that nobody would run it. Programs that serve a type
// beside the agents are not known, so it is a remark and no error.
func (g *globals) warnUnserved(cmd *cobra.Command, b *board.Board, runner string) {
	if !terminal(cmd.ErrOrStderr()) {
		return
	}
	agents, err := b.Agents(cmd.Context())
	if err != nil {
		return
	}
	now, err := b.Now(cmd.Context())
	if err != nil {
		return
	}
	for _, a := range agents {
		if a.Alive(now) && serves(a, runner) {
			return
		}
	}
	say(cmd, "No agent serves %s now; one that does is started with: jobs-agent agent --runner %s", runner, runner)
}
