package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/headtail"
)

// spoken is what was printed of an attempt under way.
type spoken struct {
	seq     int64
	attempt int
	bytes   int64
}

// live prints pieces of attempts under way as they come, those of several runs under
// lines that name them.
type live struct {
	runs   map[string]*spoken
	last   string // run whose text was printed last
	midway bool   // in a line
}

// text tells whether the output is for people, who see what runs print at once; documents
// come with the ends.
func (l *logs) text() bool {
	return l.g.output != asJSON && l.g.output != asYAML && l.g.output != asName
}

// hear prints what came of a watched run.
func (l *logs) hear(ctx context.Context, h board.Heard) error {
	if h.Ended != nil {
		return l.ended(ctx, *h.Ended)
	}
	if !l.text() {
		return nil
	}
	id := string(h.Run)
	s := l.live.runs[id]
	if s == nil || s.seq != h.Seq {
		s = &spoken{seq: h.Seq, attempt: h.Attempt}
		l.live.runs[id], l.live.last = s, ""
	}
	text := l.turnTo(id, heading(jobs.Run{ID: id, Agent: h.Agent, State: jobs.Running}, l.host(ctx, h.Agent)))
	if h.Offset > s.bytes {
		text += l.leftOut(h.Offset - s.bytes)
	}
	s.bytes = h.Offset + int64(len(h.Text))
	return write(l.cmd, []byte(text+l.said(h.Text)))
}

// ended prints an attempt that has ended: whole, or what was not printed while it ran and
// how it ended.
func (l *logs) ended(ctx context.Context, run jobs.Run) error {
	s := l.live.runs[run.ID]
	if s == nil || s.attempt != run.Attempt || l.told[toldKey(run)] {
		text := l.freshLine()
		l.live.last = ""
		if err := write(l.cmd, []byte(text)); err != nil {
			return err
		}
		return l.print(ctx, run)
	}
	l.told[toldKey(run)] = true
	defer l.over(run)
	delete(l.live.runs, run.ID)
	output, _, err := l.board.Output(ctx, jobs.RunID(run.ID))
	if err != nil {
		return err
	}
	host := l.host(ctx, run.Agent)
	skipped, rest, ok := headtail.Rest(output, run.Output, s.bytes)
	if !ok {
		skipped, rest = max(0, run.Output-s.bytes), "" // it is not kept
	}
	text := ""
	if skipped > 0 || rest != "" {
		text = l.turnTo(run.ID, heading(jobs.Run{ID: run.ID, Agent: run.Agent, State: jobs.Running}, host))
	}
	if skipped > 0 {
		text += l.leftOut(skipped)
	}
	text += l.said(rest)
	text += l.freshLine() + heading(run, host) + "\n"
	l.live.last = ""
	return write(l.cmd, []byte(text))
}

// turnTo answers the line that names a run, when another one was printed last.
func (l *logs) turnTo(id, named string) string {
	if l.live.last == id {
		return ""
	}
	l.live.last = id
	return l.freshLine() + named + "\n"
}

func (l *logs) leftOut(n int64) string {
	return l.freshLine() + fmt.Sprintf("... %d bytes left out ...\n", n)
}

// said takes note of where a text leaves the line.
func (l *logs) said(text string) string {
	if text != "" {
		l.live.midway = !strings.HasSuffix(text, "\n")
	}
	return text
}

func (l *logs) freshLine() string {
	if !l.live.midway {
		return ""
	}
	l.live.midway = false
	return "\n"
}

// soFar answers what an attempt under way has printed, as far as it is kept.
func (l *logs) soFar(ctx context.Context, run jobs.RunID) (string, error) {
	pieces, err := l.board.Printed(ctx, run)
	var text strings.Builder
	upto := int64(0)
	for _, h := range pieces {
		if h.Offset > upto {
			if text.Len() > 0 {
				text.WriteByte('\n')
			}
			fmt.Fprintf(&text, "... %d bytes left out ...\n", h.Offset-upto)
		}
		text.WriteString(h.Text)
		upto = h.Offset + int64(len(h.Text))
	}
	return text.String(), err
}
