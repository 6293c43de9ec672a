package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs"
)

func TestErrorsHaveTheirExitCodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		code int
		text string
	}{
		{"success", nil, 0, ""},
		{"any failure", errors.New("no luck\n"), 1, "jobs-agent: no luck\n"},
		{"an unknown job", fmt.Errorf("show: %w", jobs.ErrNoJob), 1, "`jobs-agent list`"},
		{"usage", usage("jobs-agent put", "too much"), 2, "jobs-agent: too much\nSee jobs-agent put --help.\n"},
		{"a refused argument", fmt.Errorf("put: %w", jobs.ErrInvalid), 2, "jobs-agent: put: invalid argument\n"},
		{"a taken id", fmt.Errorf("create: %w", jobs.ErrExists), 3, "job exists"},
		{"an active run", fmt.Errorf("run: %w", jobs.ErrActive), 3, "--force"},
		{"a newer board", jobs.ErrFormat, 3, "newer"},
		{"no Redis", fmt.Errorf("connect: %w: %w", jobs.ErrUnreachable, errors.New("refused")), 4, "--redis"},
		{"no right to it", fmt.Errorf("connect: %w: WRONGPASS", jobs.ErrDenied), 4, "password_file"},
		{"a Redis that is full", fmt.Errorf("put: %w: OOM", jobs.ErrNotWritable), 1, "takes no writes"},
		{"the code of a job", exitStatus(137), 137, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var text bytes.Buffer
			if got := report(&text, tt.err); got != tt.code || !strings.Contains(text.String(), tt.text) || tt.text == "" && text.Len() > 0 {
				t.Errorf("got %d and %q, want %d and %q", got, text.String(), tt.code, tt.text)
			}
		})
	}
}
