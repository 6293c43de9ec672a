package jobs_test

import (
	"strings"
	"testing"

	"github.com/jobs-agent/jobs"
)

func TestParseHosts(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want, refused string }{
		{"nothing is any host", "", "", ""},
		{"so is one", " one ", "", ""},
		{"all", "all", "all", ""},
		{"a label", "gpu=true", "gpu=true", ""},
		{"blanks, == and another order are the same selector", " zone == b , gpu = true,gpu=true", "gpu=true,zone=b", ""},
		{"unlike, there and not there", "!spot, gpu, zone!=b", "!spot,gpu,zone!=b", ""},
		{"an empty value", "zone=", "zone=", ""},
		{"a path and a domain", "example.org/rack=a-1_2", "example.org/rack=a-1_2", ""},
		{"a comma too many", "gpu=true,", "", "a label is missing"},
		{"a value without a label", "=true", "", "a label is missing"},
		{"a colon would end the key", "a=b:c", "", `value "b:c": letters, digits`},
		{"a list of a single agent is not for people", "@n1", "", `label "@n1"`},
		{"sets are not supported", "zone in (a,b)", "", `label "zone in (a"`},
		{"all is no label", "all,gpu=true", "", `"all" stands alone`},
		{"too many terms", strings.Repeat("a", 1) + "=1" + manyTerms(17), "", "at most 16 terms"},
		{"too long", "a=" + strings.Repeat("x", 300), "", "256 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := jobs.ParseHosts(tt.text)
			if tt.refused != "" {
				refusedWith(t, err, tt.refused)
				return
			}
			if err != nil || string(got) != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func manyTerms(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(",k" + strings.Repeat("k", i) + "=1")
	}
	return b.String()
}

func TestSelectorMatches(t *testing.T) {
	t.Parallel()
	agent := jobs.AgentStatus{Host: "db1", Labels: map[string]string{"gpu": "true", "zone": "a", "empty": "", "host": "lies"}}
	labels := agent.Selectable("n1")
	tests := []struct {
		selector jobs.Selector
		want     bool
	}{
		{"gpu=true", true},
		{"gpu=false", false},
		{"gpu=true,zone=a", true},
		{"gpu=true,zone=b", false},
		{"zone!=b", true},
		{"zone!=a", false},
		{"rack!=7", true},
		{"gpu", true},
		{"rack", false},
		{"!rack", true},
		{"!gpu", false},
		{"empty=", true},
		{"rack=", false},
		{"host=db1", true},
		{"host=lies", false},
		{"agent=n1", true},
		{"agent=n2", false},
		{"", false},
		{"@n1", false},
		{"gpu=true,", false},
	}
	for _, tt := range tests {
		if got := tt.selector.Matches(labels); got != tt.want {
			t.Errorf("%q matches %v: got %v, want %v", tt.selector, labels, got, tt.want)
		}
	}
}

func TestHostsOfAJob(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*jobs.Job)
		want   string
	}{
		{"one", func(j *jobs.Job) { j.Hosts = jobs.OneHost }, ""},
		{"all", func(j *jobs.Job) { j.Hosts = jobs.AllHosts }, ""},
		{"a selector", func(j *jobs.Job) { j.Hosts = "gpu=true" }, ""},
		{"a selector in another order", func(j *jobs.Job) { j.Hosts = "zone=b,gpu=true" }, `write it as "gpu=true,zone=b"`},
		{"no selector", func(j *jobs.Job) { j.Hosts = "gpu true" }, `label "gpu true"`},
		{"all after others", func(j *jobs.Job) { j.Hosts, j.After = jobs.AllHosts, []string{"b"} }, "does not go with after"},
		{"all at the start of a host", func(j *jobs.Job) { j.Hosts, j.Cron = jobs.AllHosts, "@reboot" }, "does not go with after or @reboot"},
		{"all of what has passed", func(j *jobs.Job) { j.Hosts, j.Misfire = jobs.AllHosts, jobs.RunAll }, "misfire run-all"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			job := jobs.Job{ID: "x", Runner: "shell"}
			tt.change(&job)
			refusedWith(t, job.Validate(), tt.want)
		})
	}
}
