package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
	"github.com/jobs-agent/jobs/internal/headtail"
)

// noTime stands in front of a line of which it is not known when it was printed.
var noTime = strings.Repeat("-", len("2006-01-02T15:04:05.000Z"))

// timed puts in front of each line of an output when it was printed.
func timed(run jobs.Run, output string) string {
	head, left, tail, ok := headtail.Parts(output, run.Output)
	if !ok {
		head, tail = output, ""
	}
	c := printClock{start: run.Started, marks: strings.Fields(run.Times)}
	if !ok || run.Started.IsZero() {
		c.marks = nil
	}
	var b strings.Builder
	c.lines(&b, head, 0)
	if left > 0 {
		fmt.Fprintf(&b, "%s ... %d bytes left out ...\n", noTime, left)
		c.lines(&b, tail, int64(len(head))+left)
	}
	return b.String()
}

// printClock tells when the byte at an offset was printed, of offsets that rise.
type printClock struct {
	start time.Time
	marks []string // those that lie ahead
	at    int64    // where the last one begins
	after time.Duration
	known bool
}

func (c *printClock) lines(b *strings.Builder, text string, offset int64) {
	for line := range strings.Lines(text) {
		b.WriteString(c.time(offset))
		b.WriteByte(' ')
		b.WriteString(line)
		offset += int64(len(line))
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		b.WriteByte('\n')
	}
}

func (c *printClock) time(offset int64) string {
	for len(c.marks) > 0 {
		bytes, ms, _ := strings.Cut(c.marks[0], ":")
		ahead, err := strconv.ParseInt(bytes, 10, 64)
		if err != nil || c.at+ahead > offset {
			break
		}
		c.at += ahead
		later, err := strconv.ParseInt(ms, 10, 64)
		c.after += time.Duration(later) * time.Millisecond
		c.known = err == nil
		c.marks = c.marks[1:]
	}
	if !c.known {
		return noTime
	}
	return calendar.FormatTime(c.start.Add(c.after))
}
