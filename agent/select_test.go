package agent

import (
	"slices"
	"testing"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

func TestAnAgentTakesFromTheListsThatItMatches(t *testing.T) {
	t.Parallel()
	status := jobs.AgentStatus{Host: "db1", Runners: []string{"mail", "shell"}, Labels: map[string]string{"gpu": "true"}}
	tests := []struct {
		name, runner string
		selector     jobs.Selector
		want         []string
	}{
		{"a label that it has", "shell", "gpu=true", []string{"shell gpu=true"}},
		{"its host", "mail", "host=db1", []string{"mail host=db1"}},
		{"its name", "mail", "agent=n1", []string{"mail agent=n1"}},
		{"a label that it has not", "shell", "gpu=false", nil},
		{"a runner type that it does not serve", "exec", "gpu=true", nil},
		{"all: its own list", "shell", "all", []string{"shell @n1"}},
		{"all of a type that it does not serve", "exec", "all", nil},
		{"text that is no selector", "shell", "gpu true", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := chosen([]scripts.List{{Runner: tt.runner, Selector: tt.selector}}, "n1", status)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
