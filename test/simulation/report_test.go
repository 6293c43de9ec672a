package simulation

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

func (l *life) note(at time.Time, format string, args ...any) {
	l.notes = append(l.notes, clock(at)+" "+fmt.Sprintf(format, args...))
}

func (a *account) note(at time.Time, format string, args ...any) {
	a.notes = append(a.notes, clock(at)+" "+fmt.Sprintf(format, args...))
}

// enough complaints show what is wrong: then a simulation ends.
const enough = 5

// complain tells of a promise that was broken, with the story of the run.
func (j *judge) complain(l *life, format string, args ...any) {
	if l == nil {
		j.report("", nil, time.Now(), format, args...)
		return
	}
	title := l.id
	if l.job != nil {
		title += " " + l.job.manner()
	}
	j.report(title, l.notes, l.queued, format, args...)
}

// accuse tells of a promise about a job that was broken.
func (j *judge) accuse(a *account, format string, args ...any) {
	j.report(a.ID+" "+a.manner(), a.notes[max(0, len(a.notes)-8):], a.due, format, args...)
}

func (j *judge) report(title string, notes []string, from time.Time, format string, args ...any) {
	if len(j.complaints) == j.enough {
		return
	}
	if j.counts["complaints"]++; j.counts["complaints"] == j.enough {
		defer close(j.spoiled)
	}
	lines := append(slices.Clone(notes), j.around(from.Add(-lease-recovery), time.Now())...)
	slices.SortStableFunc(lines, func(a, b string) int { return strings.Compare(moment(a), moment(b)) })
	if n := len(lines) - 30; n > 0 {
		lines = slices.Concat(lines[:10], []string{fmt.Sprintf("... %d more ...", n)}, lines[10+n:])
	}
	j.complaints = append(j.complaints, fmt.Sprintf("%s %s: %s\n  what happened:\n    %s",
		clock(time.Now()), title, fmt.Sprintf(format, args...), strings.Join(lines, "\n    ")))
}

// moment is the time that a note begins with.
func moment(note string) string {
	at, _, _ := strings.Cut(strings.TrimPrefix(note, "fault "), " ")
	return at
}

// manner is what matters of a job, for people.
func (j *job) manner() string {
	return fmt.Sprintf("(each %v until %s, misfire %s grace %v, overlap %s, retries %d, work up to %v)",
		j.Interval, clock(j.Stop), j.Misfire, j.MisfireGrace, j.Overlap, j.Retries, j.work.Round(time.Second))
}
