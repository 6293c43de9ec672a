package boardfile

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/jobs-agent/jobs"
)

// readHosts takes what people write and keeps what jobs.ParseHosts makes of it.
func readHosts(r *reader, d *draft, n *yaml.Node) {
	text, ok := r.text(n, "hosts")
	if !ok {
		return
	}
	hosts, err := jobs.ParseHosts(text)
	if err != nil {
		r.add(at(n), "%s", strings.TrimPrefix(err.Error(), jobs.ErrInvalid.Error()+": "))
		return
	}
	d.Hosts = hosts
}

func writeHosts(j *jobs.Job) any {
	if j.Hosts == jobs.OneHost {
		return nil
	}
	return word(string(j.Hosts))
}
