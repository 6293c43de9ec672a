package logsink

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
)

func TestParseReadsSinks(t *testing.T) {
	t.Parallel()
	file := Spec{kind: kindFile, path: "/var/log/o.log", max: 100e6, keep: 10, buffer: 8 << 20, wait: time.Second}
	cloud := Spec{kind: kindCloudWatch, group: "/jobs/a_b.c#d", max: 100e6, keep: 10, buffer: 8 << 20, wait: time.Second}
	with := func(s Spec, change func(*Spec)) Spec { change(&s); return s }
	tests := map[string]Spec{
		"file:/var/log/o.log":                        file,
		"file:/var/log/x/../o.log":                   file,
		"file:/var/log/o.log?max=1.5GB&keep=0":       with(file, func(s *Spec) { s.max, s.keep = 1.5e9, 0 }),
		"file:/var/log/o.log?format=json&wait=0s":    with(file, func(s *Spec) { s.json, s.wait = true, 0 }),
		"stdout?buffer=1MiB":                         {kind: kindStdout, json: true, max: 100e6, keep: 10, buffer: 1 << 20, wait: time.Second},
		"cloudwatch:/jobs/a_b.c#d":                   cloud,
		"cloudwatch:/jobs/a_b.c#d?stream=host":       cloud,
		"cloudwatch:/jobs/a_b.c#d?stream=job":        with(cloud, func(s *Spec) { s.byJob = true }),
		"cloudwatch:/jobs/a_b.c#d?region=eu-north-1": with(cloud, func(s *Spec) { s.region = "eu-north-1" }),
	}
	for text, want := range tests {
		want.name = text
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, err, want)
		}
	}
}

func TestParseSaysWhatIsWrongAndWhatIsRight(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                                       "write file:PATH, stdout or cloudwatch:GROUP",
		"syslog":                                 "write file:PATH, stdout or cloudwatch:GROUP",
		"file:":                                  "write the whole path",
		"file:output.log":                        "write the whole path",
		"file:/o?max=10":                         "max=10: write a size from 1MiB",
		"file:/o?max=lots":                       "write a size",
		"file:/o?keep=-1":                        "0 to 1000",
		"file:/o?format=xml":                     "allowed are text, json",
		"file:/o?keep=1&keep=2":                  "keep is given twice",
		"file:/o?stream=job":                     `no option "stream" for file; there are buffer, format, keep, max, wait`,
		"file:/o?buffer=1k":                      "write a size from 1MiB",
		"file:/o?wait=2h":                        "0s to 1h",
		"file:/o?wait=soon":                      "0s to 1h",
		"file:/o?a;b":                            "options are written",
		"stdout:here":                            "write stdout",
		"stdout?keep=1":                          "there are buffer, wait",
		"cloudwatch:":                            "1 to 512 letters",
		"cloudwatch:a b":                         "1 to 512 letters",
		"cloudwatch:" + strings.Repeat("a", 513): "1 to 512 letters",
		"cloudwatch:g?stream=day":                "allowed are host, job",
		"cloudwatch:g?region=":                   "it is empty",
	}
	for text, want := range tests {
		if _, err := Parse(text); err == nil || !errors.Is(err, jobs.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
