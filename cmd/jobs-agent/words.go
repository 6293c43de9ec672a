package main

import (
	"fmt"
	"strings"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// inWords says when a job runs.
func inWords(s jobs.Schedule) string {
	if s.Interval <= 0 {
		return "once"
	}
	var b strings.Builder
	b.WriteString("every " + calendar.FormatDuration(s.Interval))
	if s.Lambda > 0 && s.Lambda != 1 {
		step := s.Step
		if step <= 0 {
			step = calendar.Day
		}
		fmt.Fprintf(&b, ", times %v each %s", s.Lambda, calendar.FormatDuration(step))
	}
	if !s.Stop.IsZero() {
		b.WriteString(", until " + clock(s.Stop))
	}
	return b.String()
}
