package logsink

import (
	"strconv"
	"time"

	"github.com/jobs-agent/jobs"
)

const (
	// maxLine is where a line of output is split: a program that prints no line
	// ends must not take memory without end.
	maxLine = 256 << 10
	// overhead is what a line costs in a buffer besides its text.
	overhead = 64
)

// line is one line of output or of the agent's log, without its end.
type line struct {
	time time.Time
	from *from
	text string
	note bool // ours, about lines that are missing; it is no line of anybody's
}

func (l line) cost() int { return len(l.text) + overhead }

// from says whose lines they are: an attempt's, or, without a run, the agent's own,
// which are JSON objects.
type from struct {
	host, agent, job, run string
	attempt               int
	// head is all that as the members of a JSON object, made once for many lines.
	head string
}

func ownLines(host, agent string) *from {
	f := &from{host: host, agent: agent}
	f.head = string(f.members())
	return f
}

func attemptLines(host string, a *jobs.Attempt) *from {
	f := &from{host: host, agent: a.Agent, job: a.Job, run: string(a.Run), attempt: a.Number}
	if f.job == "" {
		f.job = a.Run.Job() // a one-off: its runner type
	}
	f.head = string(f.members())
	return f
}

func (f *from) members() []byte {
	dst := member(nil, "host", f.host)
	if f.agent != "" {
		dst = member(append(dst, ','), "agent", f.agent)
	}
	if f.run == "" {
		return dst
	}
	dst = member(append(dst, ','), "job", f.job)
	dst = member(append(dst, ','), "run", f.run)
	dst = append(dst, `,"attempt":`...)
	return strconv.AppendInt(dst, int64(f.attempt), 10)
}

func member(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, '"'), name...), `":"`...)
	dst, _ = appendText(dst, value, len(dst)+6*len(value))
	return append(dst, '"')
}
