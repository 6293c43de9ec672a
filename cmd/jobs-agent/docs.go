package main

import (
	"cmp"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// jobDoc is a job as list writes it.
type jobDoc struct {
	ID         string   `json:"id"`
	Runner     string   `json:"runner"`
	Schedule   string   `json:"schedule"` // in words
	Interval   *float64 `json:"interval"` // seconds
	Start      moment   `json:"start"`
	Stop       moment   `json:"stop"`
	Next       moment   `json:"next"`
	State      string   `json:"state"`
	Reason     string   `json:"reason,omitempty"` // of a quarantine or a pause, or that no agent matches
	Overlap    string   `json:"overlap"`
	Misfire    string   `json:"misfire"`
	Priority   string   `json:"priority"`
	Hosts      string   `json:"hosts"`
	Agents     *int     `json:"agents,omitempty"` // that live and match hosts, if that is a selector or all
	After      []string `json:"after,omitempty"`
	On         string   `json:"on,omitempty"`
	OnFailure  string   `json:"on_failure,omitempty"`
	Retries    int      `json:"retries"`
	Timeout    *float64 `json:"timeout"` // seconds
	Payload    string   `json:"payload"`
	Unreadable bool     `json:"unreadable,omitempty"`
}

// aboutJob describes a job. Its state is scheduled, due, waiting (for other jobs or the
// start of a host), unscheduled (the board has it, the schedule has not), paused or
// quarantined; and unmatched, see matched.
func aboutJob(e board.Entry, now time.Time) jobDoc {
	doc := jobDoc{
		ID: e.ID, Runner: e.Job.Runner, Schedule: inWords(e.Job), Interval: seconds(e.Job.Interval),
		Start: moment(e.Job.Start), Stop: moment(e.Job.Stop), Next: moment(e.Next), State: "scheduled", Reason: e.Quarantine,
		Overlap: string(e.Job.Overlap), Misfire: string(e.Job.Misfire), Priority: string(e.Job.Priority), After: e.Job.After, On: string(e.Job.On), OnFailure: e.Job.OnFailure, Retries: e.Job.Retries, Timeout: seconds(e.Job.Timeout), Payload: e.Job.Payload,
	}
	if doc.Misfire == "" {
		doc.Misfire = string(jobs.RunOnce)
	}
	if doc.Priority == "" {
		doc.Priority = string(jobs.Normal)
	}
	doc.Hosts = cmp.Or(string(e.Job.Hosts), string(jobs.OneHost))
	switch {
	case e.Quarantine != "":
		doc.State = "quarantined"
	case e.Paused != nil:
		doc.State, doc.Reason, doc.Next = "paused", e.Paused.Reason(), moment{}
	case e.Next.IsZero() && timeless(e.Job):
		doc.State = "waiting"
	case e.Next.IsZero():
		doc.State = "unscheduled"
	case !e.Next.After(now):
		doc.State = "due"
	}
	if e.Job.Runner == "" {
		doc.Schedule, doc.Unreadable = "-", true
	}
	return doc
}

// matched says how many live agents match the hosts of a job, and of one that nobody
// matches why it waits. There is nothing to say of jobs that any agent may execute.
func (d *jobDoc) matched(hosts jobs.Hosts, agents []board.Agent, now time.Time) {
	if hosts == "" || hosts == jobs.OneHost {
		return
	}
	n := 0
	for _, agent := range agents {
		if agent.Alive(now) && agent.Matches(d.Runner, hosts) {
			n++
		}
	}
	d.Agents = &n
	if n == 0 && d.Reason == "" {
		d.Reason = "no live agent matches " + string(hosts)
		if hosts == jobs.AllHosts {
			d.Reason = "no live agent serves " + d.Runner
		}
		if d.State == "scheduled" || d.State == "due" {
			d.State = "unmatched"
		}
	}
}

func seconds(d time.Duration) *float64 {
	if d <= 0 {
		return nil
	}
	s := d.Seconds()
	return &s
}

// runDoc is a run as runs and run --wait write it.
type runDoc struct {
	Run         string  `json:"run"`
	Job         string  `json:"job"`
	Runner      string  `json:"runner"`
	State       string  `json:"state"`
	Due         moment  `json:"due"`
	Queued      moment  `json:"queued"`
	Started     moment  `json:"started"`
	Finished    moment  `json:"finished"`
	Attempt     int     `json:"attempt"`
	Agent       *string `json:"agent"`
	ExitCode    *int    `json:"exit_code"`
	Signal      *string `json:"signal"`
	Reason      *string `json:"reason"`
	Result      *string `json:"result"`
	Progress    *string `json:"progress"` // of an attempt under way
	OutputBytes int64   `json:"output_bytes"`
	Lost        int     `json:"lost"`
	Missed      int     `json:"missed"`
	ReplayOf    *string `json:"replay_of"` // the dead run that it repeats
	Flow        *string `json:"flow"`      // the run with which its flow began
}

func aboutRun(r jobs.Run) runDoc {
	return runDoc{
		Run: r.ID, Job: r.Job, Runner: r.Runner, State: string(r.State),
		Due: moment(r.Due), Queued: moment(r.Queued), Started: moment(r.Started), Finished: moment(r.Finished),
		Attempt: r.Attempt, Agent: known(r.Agent), ExitCode: r.ExitCode, Signal: known(r.Signal), Reason: known(r.Reason),
		Result: known(r.Result), Progress: known(r.Progress), OutputBytes: r.Output, Lost: r.Lost, Missed: r.Missed, ReplayOf: known(string(r.ReplayOf)), Flow: known(string(r.Flow)),
	}
}

// known makes null of what is not known.
func known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
