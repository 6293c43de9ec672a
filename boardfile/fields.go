package boardfile

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// field is a key of a job in a board file: how it is read, written and described.
// The parser, the schema, the diff and the export all go by this table.
type field struct {
	name   string
	doc    string
	schema any // JSON Schema of its values
	// read takes the value over. The node is never null: that means the default.
	read func(r *reader, d *draft, n *yaml.Node)
	// write answers the value of a job on the board, nil where it is the default or
	// another key says it.
	write func(j *jobs.Job) any
	usual string // the word for the default, where there is one
}

// draft is a job while it is read.
type draft struct {
	jobs.Job
	at       time.Time
	run      string
	command  []string
	duration time.Duration
	repeat   int
}

// table are the keys of a job in the order in which they are written.
func table() []field {
	return slices.Concat(scheduleFields(), workFields(), policyFields())
}

func scheduleFields() []field {
	return []field{
		{
			name: "every", doc: "interval, as 90s, 1h30m, 1.5d or 2w; a bare number is seconds", schema: durationSchema(),
			read: func(r *reader, d *draft, n *yaml.Node) {
				before := len(r.list)
				if d.Interval = r.duration(n, "every"); d.Interval == 0 && len(r.list) == before {
					r.add(at(real(n)), "every must be more than 0")
				}
			},
			write: func(j *jobs.Job) any { return span(j.Interval) },
		},
		{
			name: "cron", doc: "cron expression of 5 or 6 fields, or a word such as @daily", schema: typed("string"),
			read:  func(r *reader, d *draft, n *yaml.Node) { d.Cron, _ = r.text(n, "cron") },
			write: func(j *jobs.Job) any { return word(j.Cron) },
		},
		{
			name: "schedules", doc: "further cron expressions, or @every 90s", schema: listOf("string"),
			read:  func(r *reader, d *draft, n *yaml.Node) { d.Also = r.texts(n, "schedules") },
			write: func(j *jobs.Job) any { return list(j.Also) },
		},
		{
			name: "at", doc: "the one time at which the job runs", schema: timeSchema(),
			read: func(r *reader, d *draft, n *yaml.Node) { d.at = r.instant(n, "at") },
			write: func(j *jobs.Job) any {
				if j.Interval > 0 || j.Planned() || len(j.After) > 0 {
					return nil
				}
				return moment(j.Start)
			},
		},
		{
			name: "start", doc: "first nominal time, and the origin of the decay", schema: timeSchema(),
			read: func(r *reader, d *draft, n *yaml.Node) { d.Start = r.instant(n, "start") },
			write: func(j *jobs.Job) any {
				if j.Interval == 0 && !j.Planned() {
					return nil
				}
				return moment(j.Start)
			},
		},
		{
			name: "stop", doc: "no nominal time after this", schema: timeSchema(),
			read:  func(r *reader, d *draft, n *yaml.Node) { d.Stop = r.instant(n, "stop") },
			write: func(j *jobs.Job) any { return moment(j.Stop) },
		},
		{
			name: "duration", doc: "stop so long after the start", schema: durationSchema(),
			read: func(r *reader, d *draft, n *yaml.Node) { d.duration = r.duration(n, "duration") },
		},
		{
			name: "repeat", doc: "stop at the nominal time of the N-th run from the start", schema: bounded("integer", 1, 10_000_000),
			read: func(r *reader, d *draft, n *yaml.Node) {
				before := len(r.list)
				if d.repeat = r.whole(n, "repeat"); d.repeat < 1 && len(r.list) == before {
					r.add(at(real(n)), "repeat must be 1 or more")
				}
			},
		},
		{
			name: "lambda", doc: "factor of the interval, once each step", schema: typed("number"),
			read: func(r *reader, d *draft, n *yaml.Node) { d.Lambda = r.number(n, "lambda") },
			write: func(j *jobs.Job) any {
				if j.Lambda == 0 || j.Lambda == 1 {
					return nil
				}
				return j.Lambda
			},
		},
		{
			name: "step", doc: "after which lambda applies once more", schema: durationSchema(),
			read: func(r *reader, d *draft, n *yaml.Node) { d.Step = r.duration(n, "step") },
			write: func(j *jobs.Job) any {
				if j.Lambda == 0 || j.Lambda == 1 || j.Step == calendar.Day {
					return nil
				}
				return span(j.Step)
			},
		},
		{
			name: "min", doc: "shortest interval that lambda makes", schema: durationSchema(),
			read:  func(r *reader, d *draft, n *yaml.Node) { d.Min = r.duration(n, "min") },
			write: func(j *jobs.Job) any { return bound(j.Min) },
		},
		{
			name: "max", doc: "longest interval that lambda makes", schema: durationSchema(),
			read:  func(r *reader, d *draft, n *yaml.Node) { d.Max = r.duration(n, "max") },
			write: func(j *jobs.Job) any { return bound(j.Max) },
		},
		{
			name: "timezone", doc: "IANA time zone of cron, schedules and except", schema: typed("string"),
			read: func(r *reader, d *draft, n *yaml.Node) { d.Timezone, _ = r.text(n, "timezone") },
			write: func(j *jobs.Job) any {
				if j.Timezone == "UTC" || j.Timezone == "Etc/UTC" {
					return nil
				}
				return word(j.Timezone)
			},
		},
		{
			name: "dst", doc: "what to do with fixed times of day when clocks change", schema: object("gap", oneOf("shift", "skip"), "overlap", oneOf("first", "second", "both")),
			read: readDST, write: writeDST,
		},
		{
			name: "except", doc: "days without a nominal time: 2026-12-25, 12-25, 2026-12-24..2026-12-31, sat, mon..fri", schema: listOf("string"),
			read:  func(r *reader, d *draft, n *yaml.Node) { d.Except = r.texts(n, "except") },
			write: func(j *jobs.Job) any { return list(j.Except) },
		},
		{
			name: "jitter", doc: "width of the window in which the job gets its own fixed delay", schema: durationSchema(),
			read:  func(r *reader, d *draft, n *yaml.Node) { d.Jitter = r.duration(n, "jitter") },
			write: func(j *jobs.Job) any { return span(j.Jitter) },
		},
	}
}

func workFields() []field {
	return []field{
		{
			name: "runner", doc: "runner type that runs the job", schema: typed("string"),
			read: func(r *reader, d *draft, n *yaml.Node) { d.Runner, _ = r.text(n, "runner") },
			write: func(j *jobs.Job) any {
				if key, _ := work(j); key != "payload" {
					return nil
				}
				return word(j.Runner)
			},
		},
		{
			name: "run", doc: "shell command line", schema: typed("string"),
			read:  func(r *reader, d *draft, n *yaml.Node) { d.run, _ = r.text(n, "run") },
			write: writeWork("run"),
		},
		{
			name: "command", doc: "program and its arguments, without a shell", schema: listOf("string"),
			read:  func(r *reader, d *draft, n *yaml.Node) { d.command = r.texts(n, "command") },
			write: writeWork("command"),
		},
		{
			name: "payload", doc: "text for the runner; any other value becomes JSON text", schema: true,
			read:  func(r *reader, d *draft, n *yaml.Node) { d.Payload, _ = r.payload(n, "payload") },
			write: writeWork("payload"),
		},
	}
}

// work is the key that says best what a job does, and its value.
func work(j *jobs.Job) (string, any) {
	switch j.Runner {
	case "shell":
		if strings.TrimSpace(j.Payload) != "" {
			return "run", j.Payload
		}
	case "exec":
		var argv []string
		if json.Unmarshal([]byte(j.Payload), &argv) == nil && len(argv) > 0 {
			if text, err := argvText(argv); err == nil && text == j.Payload {
				return "command", argv
			}
		}
	}
	return "payload", j.Payload
}

func writeWork(name string) func(j *jobs.Job) any {
	return func(j *jobs.Job) any {
		if key, value := work(j); key == name {
			return value
		}
		return nil
	}
}

func readDST(r *reader, d *draft, n *yaml.Node) {
	d.Gap, d.Fold = "", ""
	for _, p := range r.mapping(n, "dst") {
		switch p.name {
		case "gap":
			d.Gap = jobs.Gap(r.choice(p.value, "gap", words(jobs.Shift, jobs.SkipTime)))
		case "overlap":
			d.Fold = jobs.Fold(r.choice(p.value, "overlap", words(jobs.First, jobs.Second, jobs.Both)))
		default:
			r.unknown(p, "dst", []string{"gap", "overlap"})
		}
	}
}

func writeDST(j *jobs.Job) any {
	out := map[string]any{}
	if j.Gap != "" && j.Gap != jobs.Shift {
		out["gap"] = string(j.Gap)
	}
	if j.Fold != "" && j.Fold != jobs.First {
		out["overlap"] = string(j.Fold)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func words[T ~string](values ...T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}

// bound writes a bound of the interval, nothing where there is none.
func bound(d time.Duration) any {
	if d == 0 {
		return nil
	}
	return span(d)
}
