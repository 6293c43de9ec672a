package runners_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/runners"
)

func TestProgramsSeeTheirRunAndAllowedVariables(t *testing.T) {
	for name, value := range map[string]string{
		"PATH": "/usr/bin:/bin", "HOME": "/h", "USER": "u", "LOGNAME": "l", "SHELL": "s", "LANG": "C", "LC_TIME": "C",
		"TZ": "UTC", "TMPDIR": "/t", "REDIS_URL": "redis://:secret@x", "JOBS_RUN_ID": "of the agent", "LCX": "no",
	} {
		t.Setenv(name, value)
	}
	s := supervisor(t)
	base := []string{"HOME=/h", "LANG=C", "LC_TIME=C", "LOGNAME=l", "PATH=/usr/bin:/bin", "SHELL=s", "TMPDIR=/t", "TZ=UTC", "USER=u"}
	due := time.Date(2026, 3, 1, 2, 30, 0, 7e6, time.FixedZone("", 3600))
	tests := []struct {
		name   string
		config runners.Config
		edit   func(*jobs.Attempt)
		want   []string
	}{
		{
			"a scheduled run",
			runners.Config{},
			func(a *jobs.Attempt) {
				a.Run, a.Job, a.Due, a.Number, a.Token = "a.b@1772328600007.3", "a.b", due, 2, "2/x/9"
			},
			append(slices.Clone(base), "JOBS_ATTEMPT=2", "JOBS_FENCE=2/x/9", "JOBS_IDEMPOTENCY_KEY=a.b@1772328600007",
				"JOBS_JOB_ID=a.b", "JOBS_RUN_ID=a.b@1772328600007.3", "JOBS_SCHEDULED_AT=2026-03-01T01:30:00.007Z", "JOBS_PAYLOAD=env"),
		},
		{
			"a manual run of a job with a dot and an at",
			runners.Config{Inherit: []string{}},
			func(a *jobs.Attempt) { a.Run, a.Job, a.Number, a.Token = "me@x.org#01", "me@x.org", 1, "t" },
			[]string{
				"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "JOBS_ATTEMPT=1", "JOBS_FENCE=t",
				"JOBS_IDEMPOTENCY_KEY=me@x.org#01", "JOBS_JOB_ID=me@x.org", "JOBS_RUN_ID=me@x.org#01", "JOBS_SCHEDULED_AT=", "JOBS_PAYLOAD=env",
			},
		},
		{
			"what the host sets wins over all but the run's",
			runners.Config{Inherit: []string{"TZ", "JOBS_*"}, Set: []string{"TZ=Europe/Brussels", "PATH=/bin", "JOBS_JOB_ID=no", "X=a=b"}},
			func(a *jobs.Attempt) { a.Run, a.Job, a.Number, a.Token = "j#1", "j", 1, "t" },
			[]string{
				"TZ=Europe/Brussels", "PATH=/bin", "X=a=b", "JOBS_ATTEMPT=1", "JOBS_FENCE=t", "JOBS_IDEMPOTENCY_KEY=j#1",
				"JOBS_JOB_ID=j", "JOBS_RUN_ID=j#1", "JOBS_SCHEDULED_AT=", "JOBS_PAYLOAD=env",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Supervisor = s
			a, out := attempt(t, "env")
			tt.edit(a)
			if err := runner(t, "shell", tt.config).Run(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
			// The shell adds these by itself.
			got = slices.DeleteFunc(got, func(kv string) bool { return strings.HasPrefix(kv, "PWD=") || strings.HasPrefix(kv, "_=") })
			slices.Sort(got)
			slices.Sort(tt.want)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
		})
	}
}

func TestALongPayloadIsNoVariable(t *testing.T) {
	t.Parallel()
	s := supervisor(t)
	for _, tt := range []struct {
		size int
		want string
	}{{100 << 10, "set\n"}, {100<<10 + 1, "unset\n"}} {
		payload := `[ "${JOBS_PAYLOAD+x}" ] && echo set || echo unset; : `
		payload += strings.Repeat("x", tt.size-len(payload))
		out, err := run(t, runner(t, "shell", runners.Config{Supervisor: s}), payload)
		if out != tt.want || err != nil {
			t.Errorf("%d bytes: got %q, %v, want %q", tt.size, out, err, tt.want)
		}
	}
}

func TestAVariableWithNULIsRefused(t *testing.T) {
	t.Parallel()
	a, _ := attempt(t, "true")
	a.Job = "a\x00b"
	err := runner(t, "shell", runners.Config{Supervisor: supervisor(t)}).Run(t.Context(), a)
	if want := `start "/bin/sh": the variable JOBS_JOB_ID holds a NUL byte`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
