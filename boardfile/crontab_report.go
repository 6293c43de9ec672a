package boardfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jobs-agent/jobs"
)

// BoardFile writes the imported jobs as a board file. Above each job stands the line
// that it was, and at the end what was not imported.
func (m Import) BoardFile(name, zone string) ([]byte, error) {
	origins := map[string]Remark{}
	for _, o := range m.Origins {
		origins[o.Job] = o
	}
	files := map[string]bool{}
	for _, r := range slices.Concat(m.Origins, m.Lost) {
		files[r.File] = true
	}
	var below strings.Builder
	for _, r := range m.Lost {
		fmt.Fprintf(&below, "Not imported, %s:%d: %s\n  %s\n", r.File, r.Line, r.Says, r.Text)
	}
	return Write(m.Jobs, Layout{
		Comment: "Imported from crontabs. Like cron, it runs a job beside a run of it that goes on\nstill (overlap) and leaves out what was due while nothing ran (misfire).",
		Name:    name, Below: below.String(),
		Defaults: jobs.Job{Schedule: jobs.Schedule{Timezone: zone}, Overlap: jobs.Allow, Misfire: jobs.Skip},
		Above: func(id string) string {
			o := origins[id]
			where := ""
			if len(files) > 1 {
				where = o.File + ": "
			}
			return where + o.Text
		},
	})
}

// Text is the report for people: what is not imported, what has changed its meaning,
// and what is so for all jobs.
func (m Import) Text(zone string) string {
	var b strings.Builder
	for _, part := range []struct {
		title string
		list  []Remark
	}{{"not imported", m.Lost}, {"changed", m.Report}} {
		for _, r := range part.list {
			fmt.Fprintf(&b, "%s:%d: %s: ", r.File, r.Line, part.title)
			if r.Job != "" {
				fmt.Fprintf(&b, "job %s: ", r.Job)
			}
			fmt.Fprintf(&b, "%s\n    %s\n", r.Says, short(strings.Map(printable, r.Text), 160))
		}
	}
	fmt.Fprintf(&b, "%d jobs imported, %d lines not imported, %d remarks.\n", len(m.Jobs), len(m.Lost), len(m.Report))
	if len(m.Jobs) > 0 {
		fmt.Fprintf(&b, `Of all jobs:
- times are meant in %s; --timezone names another zone;
- a job runs on one of the agents that serve shell, not on this host: let no other agent serve it where that matters;
- it runs as the user of the agent, also where the line says root, in the folder of the agent, not in the home of the user, and with the environment of the agent.
`, zone)
	}
	return b.String()
}
