package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs/boardfile"
	"github.com/jobs-agent/jobs/runners"
)

func TestTheFileSaysHowTypesAreServed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		specs      []string
		options    map[string]runners.Config
	}{
		{"a list", "runners: [shell, 'mail=/bin/mail -s x']", []string{"shell", "mail=/bin/mail -s x"}, map[string]runners.Config{}},
		{"nothing", "runners:", nil, map[string]runners.Config{}},
		{"a mapping", "runners:\n  shell:\n  mail: {command: /bin/mail}", []string{"mail=/bin/mail", "shell"}, map[string]runners.Config{"mail": {}}},
		{
			"options", `
runners:
  shell: {user: nobody, group: "7", cwd: /tmp, umask: 027, env: [PATH, LC_*], set: {B: c, A: b}, nice: -3, limits: {files: 256, processes: 50, file_size: 512MiB, memory: 1GiB, cpu: 1.5}}
  http: {local: true}`,
			[]string{"http", "shell"},
			map[string]runners.Config{"http": {HTTPLocal: true}, "shell": {
				Dir: "/tmp", Inherit: []string{"PATH", "LC_*"}, Set: []string{"A=b", "B=c"},
				Bounds: runners.Bounds{User: "nobody", Group: "7", Umask: "027", Nice: -3, Files: 256, Processes: 50, FileSize: 512 << 20, Memory: 1 << 30, CPU: 1.5},
			}},
		},
		{
			"secrets", "runners: {mail: {command: m, env_from: {A: {file: /a}, B: {env: C}, D: {command: e f}}}}",
			[]string{"mail=m"},
			map[string]runners.Config{"mail": {Secrets: map[string]runners.Secret{"A": {File: "/a"}, "B": {Env: "C"}, "D": {Command: "e f"}}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var f file
			if err := boardfile.Unmarshal([]byte(tt.text), &f); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.specs, f.Runners.specs()); diff != "" {
				t.Errorf("types (-want +got):\n%s", diff)
			}
			options, err := f.Runners.options()
			if diff := cmp.Diff(tt.options, options, cmp.AllowUnexported(runners.Config{})); diff != "" || err != nil {
				t.Errorf("options: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestMistakesInTheFileAreShownWhereTheyAre(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []string
	}{
		{"a slip in an option", "runners:\n  shell: {nicce: 3}", []string{"[2:11]", `unknown field "nicce"`, `did you mean "nice"?`}},
		{"a slip in a limit", "runners:\n  shell: {limits: {filles: 3}}", []string{"[2:20]", `did you mean "files"?`}},
		{"a word for a number of processors", "runners:\n  shell: {limits: {cpu: two}}", []string{"[2:25]"}},
		{"a slip in a secret", "runners:\n  shell: {env_from: {A: {fle: /a}}}", []string{"[2:26]", `did you mean "file"?`}},
		{"a word for a number", "runners:\n  shell: {nice: very}", []string{"[2:17]"}},
		{"a number for a type", "runners:\n  shell: 3", []string{"[2:10]"}},
		{"neither a list nor a mapping", "runners: 3", []string{"[1:10]"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := boardfile.Unmarshal([]byte(tt.text), new(file))
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			}
		})
	}
}

func TestAFlagNamesTheTypesAndTakesNobodysLimitsAway(t *testing.T) {
	t.Parallel()
	f := &file{Runners: runnersKey{types: map[string]*runnerKey{"shell": {User: "nobody"}, "mail": {Command: "m"}}}}
	folder := t.TempDir()
	for _, name := range []string{"jobs-shell-runner", "jobs-pay-runner"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	got, err := serve(f, []string{"shell"}, fromFlag, []string{folder})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"shell", "pay=exec '" + folder + "/jobs-pay-runner'"}; !cmp.Equal(got.specs, want) {
		t.Errorf("types: got %q, want %q", got.specs, want)
	}
	if user := got.options["shell"].Bounds.User; user != "nobody" {
		t.Errorf("shell runs as %q, want nobody as the file says", user)
	}
	if len(got.remarks) != 1 || !strings.Contains(got.remarks[0], "shell is served already (flag)") {
		t.Errorf("remarks: got %q, want that the folder's shell stands back", got.remarks)
	}
}

func TestTheFileInTheDocumentationIsRight(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/runners.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	text, _, found := strings.Cut(rest, "```")
	var f file
	if err := boardfile.Unmarshal([]byte(text), &f); err != nil || !found {
		t.Fatal(err)
	}
	if got, err := serve(&f, f.Runners.specs(), fromFile, nil); err != nil || len(got.specs) != 4 {
		t.Errorf("got %q, %v, want 4 types", got.specs, err)
	}
}

func TestASizeThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for _, limits := range []limitsKey{{FileSize: "much"}, {FileSize: "0"}, {Memory: "-1"}, {Memory: "9000PB"}} {
		if c, err := (&runnerKey{Limits: limits}).config(); err == nil || !strings.Contains(err.Error(), "want a size such as 512MiB") {
			t.Errorf("%+v: got %+v, %v, want it refused", limits, c.Bounds, err)
		}
	}
}
