package boardfile

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// schedule settles when the job runs.
func (b *builder) schedule(d *draft, has given, key *yaml.Node) bool {
	wrong := func(name, format string, args ...any) bool {
		n := has.at(name)
		if n == nil {
			n = key
		}
		b.add(at(n), "job %s: "+format, append([]any{short(d.ID, 60)}, args...)...)
		return false
	}
	repeated := d.Interval > 0 || d.Cron != "" || len(d.Also) > 0
	switch {
	case has.at("at") != nil && (repeated || has.at("start") != nil):
		return wrong("at", "at is the one time at which it runs: leave out every, cron, schedules and start")
	case has.at("at") != nil:
		d.Start = d.at
	case !repeated && len(d.After) == 0:
		return wrong("", "it does not say when to run: give every, cron, schedules, at or after")
	case !repeated && has.at("start") != nil:
		return wrong("start", "start needs every, cron or schedules; the time of a job that runs once is at")
	}
	if (d.duration > 0 || d.repeat > 0) && d.Start.IsZero() {
		name := "duration"
		if d.repeat > 0 {
			name = "repeat"
		}
		return wrong(name, "%s counts from the start, which would be another one at each apply: give start as well, or stop instead", name)
	}
	if d.duration > 0 {
		d.Stop = calendar.Earlier(d.Stop, d.Start.Add(d.duration))
	}
	if d.repeat == 1 && !d.Planned() {
		d.Interval, d.Lambda, d.Step = 0, 0, 0
	} else if d.repeat > 0 {
		last, ok := nth(d)
		if !ok {
			return wrong("repeat", "its end is too far away, or behind its stop")
		}
		d.Stop = calendar.Earlier(d.Stop, last)
	}
	return b.planned(d, has, key)
}

func nth(d *draft) (time.Time, bool) {
	if !d.Planned() {
		return calendar.Nth(d.Schedule, d.Start, d.repeat)
	}
	rule, err := calendar.Compile(d.ID, d.Schedule)
	if err != nil {
		return time.Time{}, true // planned tells why
	}
	return rule.Nth(d.Start, d.repeat)
}

// spec is what decides whether a schedule is right.
type spec struct {
	cron, zone, also, except string
	start, stop              time.Time
	interval, jitter         time.Duration
}

// planned checks what has to be planned ahead, jobs of the same times once: whether
// they are right does not depend on the id.
func (b *builder) planned(d *draft, has given, key *yaml.Node) bool {
	s := d.Schedule
	if !s.Planned() && s.Timezone == "" {
		return true
	}
	what := spec{s.Cron, s.Timezone, strings.Join(s.Also, "|"), strings.Join(s.Except, "|"), s.Start, s.Stop, s.Interval, s.Jitter}
	err, seen := b.specs[what]
	if !seen {
		if !s.Planned() {
			s = jobs.Schedule{Cron: "@daily", Timezone: s.Timezone}
		}
		_, err = calendar.Compile(d.ID, s)
		b.specs[what] = err
	}
	if err == nil {
		return true
	}
	where := at(key)
	for _, name := range []string{"cron", "schedules", "timezone", "except", "jitter"} {
		if n := has.at(name); n != nil && strings.HasPrefix(err.Error(), strings.TrimSuffix(strings.Replace(name, "schedules", "cron", 1), "s")) {
			where = at(n)
			break
		}
	}
	b.add(where, "job %s: %s", short(d.ID, 60), reason(err))
	return false
}

// circles notes jobs that would wait for each other for ever.
func (r *reader) circles(f *File) {
	byID := map[string]*jobs.Job{}
	for i := range f.Jobs {
		if len(f.Jobs[i].After) > 0 {
			byID[f.Jobs[i].ID] = &f.Jobs[i]
		}
	}
	done := map[string]bool{}
	for i := range f.Jobs {
		if len(f.Jobs[i].After) == 0 {
			continue
		}
		if path := circle(f.Jobs[i].ID, byID, done); path != nil {
			r.add(f.place(path[0]), "these jobs wait for each other: %s", strings.Join(path, " after "))
		}
	}
}

// circle walks up from a job, without recursion since chains may be long, and answers
// the ids of a circle that it comes into.
func circle(id string, byID map[string]*jobs.Job, done map[string]bool) []string {
	type step struct {
		id   string
		next int
	}
	path := []step{{id: id}}
	on := map[string]bool{id: true}
	for len(path) > 0 {
		top := &path[len(path)-1]
		job := byID[top.id]
		if done[top.id] || job == nil || top.next == len(job.After) {
			done[top.id] = true
			delete(on, top.id)
			path = path[:len(path)-1]
			continue
		}
		parent := job.After[top.next]
		top.next++
		if on[parent] {
			var ids []string
			for _, s := range path {
				if s.id == parent || len(ids) > 0 {
					ids = append(ids, s.id)
				}
			}
			for _, s := range path {
				done[s.id] = true
			}
			return append(ids, parent)
		}
		if !done[parent] && byID[parent] != nil {
			on[parent] = true
			path = append(path, step{id: parent})
		}
	}
	return nil
}
