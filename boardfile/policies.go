package boardfile

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/jobs-agent/jobs"
)

func policyFields() []field {
	return []field{
		choose("overlap", "what happens to a nominal time while a run of the job is active", func(j *jobs.Job) *jobs.Overlap { return &j.Overlap },
			jobs.Forbid, jobs.Allow, jobs.Queue, jobs.Replace),
		choose("misfire", "what happens to nominal times that passed unqueued", func(j *jobs.Job) *jobs.Misfire { return &j.Misfire },
			jobs.RunOnce, jobs.Skip, jobs.RunAll),
		wait("misfire_grace", "a nominal time later than this is missed", func(j *jobs.Job) *time.Duration { return &j.MisfireGrace }, 0),
		wait("timeout", "of one attempt", func(j *jobs.Job) *time.Duration { return &j.Timeout }, 0),
		wait("grace", "between TERM and KILL at a timeout or cancel", func(j *jobs.Job) *time.Duration { return &j.Grace }, 5*time.Second),
		{
			name: "retries", doc: "attempts after a failed one", schema: bounded("integer", 0, 1000),
			read: func(r *reader, d *draft, n *yaml.Node) { d.Retries = r.whole(n, "retries") },
			write: func(j *jobs.Job) any {
				if j.Retries == 0 {
					return nil
				}
				return j.Retries
			},
		},
		{
			name: "backoff", doc: "growth of the wait before a retry, or all about it", schema: anyOf(oneOf("exponential", "linear", "fixed"),
				object("growth", oneOf("exponential", "linear", "fixed"), "delay", durationSchema(), "factor", bounded("number", 1, 100), "cap", durationSchema(), "jitter", bounded("number", 0, 1))),
			read: readBackoff, write: writeBackoff,
		},
		codes("retry_on", "exit codes that are retried; all if absent", func(j *jobs.Job) *[]int { return &j.RetryOn }),
		codes("no_retry_on", "exit codes that are not retried", func(j *jobs.Job) *[]int { return &j.NoRetryOn }),
		choose("on_lost", "what to do when the lease of an attempt is lost", func(j *jobs.Job) *jobs.OnLost { return &j.OnLost },
			jobs.Requeue, jobs.FailOnLost),
		choose("cut_off", "what to do with the program while Redis is out of reach", func(j *jobs.Job) *jobs.CutOff { return &j.CutOff },
			jobs.KeepRunning, jobs.StopRunning),
		choose("priority", "which of several waiting runs of a runner type is handed out first", func(j *jobs.Job) *jobs.Priority { return &j.Priority },
			jobs.Normal, jobs.High, jobs.Low),
		keepField(),
		{
			name: "hosts", doc: "where its runs go: one (any agent that serves the runner), all (a run for each live one), or a selector such as gpu=true,zone!=b", schema: typed("string"), usual: string(jobs.OneHost),
			read: readHosts, write: writeHosts,
		},
		{
			name: "after", doc: "jobs whose ends make this job run", schema: listOf("string"),
			read:  func(r *reader, d *draft, n *yaml.Node) { d.After = r.texts(n, "after") },
			write: func(j *jobs.Job) any { return list(slices.Sorted(slices.Values(j.After))) },
		},
		choose("on", "which ends of them count", func(j *jobs.Job) *jobs.On { return &j.On },
			jobs.Success, jobs.Failure, jobs.Always),
		wait("within", "how old the success of an upstream job with another root may be", func(j *jobs.Job) *time.Duration { return &j.Within }, 24*time.Hour),
		{
			name: "on_failure", doc: "shell command or http(s) URL, called when a run ends failed or dead", schema: typed("string"),
			read:  func(r *reader, d *draft, n *yaml.Node) { d.OnFailure, _ = r.text(n, "on_failure") },
			write: func(j *jobs.Job) any { return word(j.OnFailure) },
		},
		{
			name: "fields", doc: "metadata that this program does not know; it is kept and passed on",
			schema: map[string]any{"type": "object"},
			read:   readFields,
			write:  writeFields,
		},
	}
}

// choose is a policy that is one of some words, the default first.
func choose[T ~string](name, doc string, of func(*jobs.Job) *T, values ...T) field {
	allowed := words(values...)
	return field{
		name: name, doc: doc, schema: oneOf(allowed...), usual: allowed[0],
		read: func(r *reader, d *draft, n *yaml.Node) { *of(&d.Job) = T(r.choice(n, name, allowed)) },
		write: func(j *jobs.Job) any {
			if value := *of(j); value != values[0] {
				return word(string(value))
			}
			return nil
		},
	}
}

// wait is a policy that is a duration; usual is the one that absence means.
func wait(name, doc string, of func(*jobs.Job) *time.Duration, usual time.Duration) field {
	return field{
		name: name, doc: doc, schema: durationSchema(),
		read: func(r *reader, d *draft, n *yaml.Node) { *of(&d.Job) = r.duration(n, name) },
		write: func(j *jobs.Job) any {
			if value := *of(j); value != usual {
				return span(value)
			}
			return nil
		},
	}
}

func codes(name, doc string, of func(*jobs.Job) *[]int) field {
	return field{
		name: name, doc: doc, schema: listOf("integer"),
		read:  func(r *reader, d *draft, n *yaml.Node) { *of(&d.Job) = r.wholes(n, name) },
		write: func(j *jobs.Job) any { return list(slices.Compact(slices.Sorted(slices.Values(*of(j))))) },
	}
}

func readBackoff(r *reader, d *draft, n *yaml.Node) {
	growth := words(jobs.Exponential, jobs.Linear, jobs.Fixed)
	d.Backoff = jobs.Backoff{}
	if real(n).Kind != yaml.MappingNode {
		d.Backoff.Growth = jobs.Growth(r.choice(n, "backoff", growth))
		return
	}
	for _, p := range r.mapping(n, "backoff") {
		switch p.name {
		case "growth":
			d.Backoff.Growth = jobs.Growth(r.choice(p.value, "growth", growth))
		case "delay":
			d.Backoff.Delay = r.duration(p.value, "delay")
		case "factor":
			d.Backoff.Factor = r.number(p.value, "factor")
		case "cap":
			d.Backoff.Cap = r.duration(p.value, "cap")
		case "jitter":
			d.Backoff.Jitter = r.number(p.value, "jitter")
		default:
			r.unknown(p, "backoff", []string{"growth", "delay", "factor", "cap", "jitter"})
		}
	}
}

func writeBackoff(j *jobs.Job) any {
	out := map[string]any{}
	b := j.Backoff
	if b.Growth != "" && b.Growth != jobs.Exponential {
		out["growth"] = string(b.Growth)
	}
	if b.Delay != 0 && b.Delay != time.Second {
		out["delay"] = span(b.Delay)
	}
	if b.Factor != 0 && b.Factor != 2 {
		out["factor"] = b.Factor
	}
	if b.Cap != 0 && b.Cap != time.Hour {
		out["cap"] = span(b.Cap)
	}
	if b.Jitter != 0 && b.Jitter != 0.1 {
		out["jitter"] = b.Jitter
	}
	growth, one := out["growth"]
	switch {
	case len(out) == 0:
		return nil
	case one && len(out) == 1:
		return growth
	}
	return out
}

func readFields(r *reader, d *draft, n *yaml.Node) {
	d.Fields = nil
	for _, p := range r.mapping(n, "fields") {
		text, ok := r.value(p.value, "fields")
		if !ok {
			continue
		}
		if d.Fields == nil {
			d.Fields = map[string]json.RawMessage{}
		}
		d.Fields[p.name] = json.RawMessage(text)
	}
}

// writeFields reads the values anew: the same one may be written in several ways.
func writeFields(j *jobs.Job) any {
	if len(j.Fields) == 0 {
		return nil
	}
	out := make(map[string]any, len(j.Fields))
	for name, text := range j.Fields {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var value any
		if d.Decode(&value) != nil {
			value = string(text) // of a job that cannot be put
		}
		out[name] = value
	}
	return out
}
