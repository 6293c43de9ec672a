package boardfile

import (
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/jobs-agent/jobs"
)

// keepField is the policy keep: how much of the history of a job is kept.
func keepField() field {
	return field{
		name: "keep", doc: "how many ended runs are kept (100), how old (30d), and of how many the output (20)",
		schema: object("runs", bounded("integer", 1, 10000), "age", durationSchema(), "outputs", bounded("integer", 1, 1000)),
		read: func(r *reader, d *draft, n *yaml.Node) {
			d.Keep = jobs.Keep{}
			for _, p := range r.mapping(n, "keep") {
				switch p.name {
				case "runs":
					d.Keep.Runs = r.whole(p.value, "runs")
				case "age":
					d.Keep.Age = r.duration(p.value, "age")
				case "outputs":
					d.Keep.Outputs = r.whole(p.value, "outputs")
				default:
					r.unknown(p, "keep", []string{"runs", "age", "outputs"})
				}
			}
		},
		write: func(j *jobs.Job) any {
			out := map[string]any{}
			if n := j.Keep.Runs; n != 0 && n != 100 {
				out["runs"] = n
			}
			if age := j.Keep.Age; age != 0 && age != 30*24*time.Hour {
				out["age"] = span(age)
			}
			if n := j.Keep.Outputs; n != 0 && n != 20 {
				out["outputs"] = n
			}
			if len(out) == 0 {
				return nil
			}
			return out
		},
	}
}
