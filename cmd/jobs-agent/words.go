package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// inWords says when a job runs.
func inWords(job jobs.Job) string {
	if len(job.After) == 0 {
		return calendar.Words(job.Schedule)
	}
	ends := map[jobs.On]string{jobs.Failure: "a failure of ", jobs.Always: "the end of "}[job.On]
	text := "after " + ends + strings.Join(job.After, " and ")
	if !timeless(job) {
		text += ", and " + calendar.Words(job.Schedule)
	}
	return text
}

// timeless tells whether a job has no nominal times of its own: it runs after others,
// or at the start of a host.
func timeless(job jobs.Job) bool {
	return job.Interval == 0 && (len(job.After) > 0 || job.Planned()) && calendar.Spec(job.ID, job.Schedule) == ""
}

// stages is how many intervals of a decaying schedule are told.
const stages = 6

// decayPlan tells the intervals of a schedule with lambda from a time on, and until
// when each is in force. It is empty for others.
func decayPlan(s jobs.Schedule, from time.Time) string {
	if s.Interval <= 0 || s.Lambda <= 0 || s.Lambda == 1 || s.Start.IsZero() {
		return ""
	}
	step := s.Step
	if step <= 0 {
		step = calendar.Day
	}
	if from.Before(s.Start) {
		from = s.Start
	}
	var plan []string
	for age := from.Sub(s.Start) / step; ; age++ {
		begin, end := s.Start.Add(age*step), s.Start.Add((age+1)*step)
		span := calendar.Span(s, begin)
		every := "every " + calendar.FormatDuration(span.Round(time.Millisecond))
		switch {
		case !s.Stop.IsZero() && !end.Before(s.Stop):
			return strings.Join(append(plan, every+" until it ends at "+clock(s.Stop)), ", then ")
		case calendar.Span(s, end) == span:
			return strings.Join(append(plan, every+" from then on"), ", then ")
		case len(plan) == stages:
			return strings.Join(plan, ", then ") + ", and so on"
		}
		plan = append(plan, fmt.Sprintf("%s until %s", every, clock(end)))
	}
}

// clockIn writes a time for people as clocks in a zone show it.
func clockIn(t time.Time, zone *time.Location) string {
	if zone == time.UTC {
		return clock(t)
	}
	return strings.Replace(t.In(zone).Format("2006-01-02 15:04:05.000 -07:00"), ".000 ", " ", 1)
}
