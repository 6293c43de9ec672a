package main

import (
	"os"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// TestTheCommandsOfTheSchedulesPageDoWhatItSays runs them: those of sh blocks have
// to end well, those of console blocks have to say what follows them. A line that
// ends with ... may go on in any way.
func TestTheCommandsOfTheSchedulesPageDoWhatItSays(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/schedules.md")
	if err != nil {
		t.Fatal(err)
	}
	url := redistest.Start(t, redistest.TCP()).URL()
	env := func(name string) string { return map[string]string{"JOBS_REDIS": url}[name] }
	run := func(line string) (int, string) {
		code, stdout, stderr := invoke(t.Context(), env, "", arguments(t, line)...)
		return code, stderr + stdout
	}
	ran := 0
	for i, block := range strings.Split(string(page), "```") {
		kind, text, _ := strings.Cut(block, "\n")
		if i%2 == 0 {
			continue
		}
		switch kind {
		case "sh":
			for line := range strings.Lines(text) {
				line, _, _ = strings.Cut(line, " #")
				if code, said := run(line); code != 0 {
					t.Errorf("%s: ends with %d: %s", line, code, said)
				}
				ran++
			}
		case "console":
			for _, one := range strings.Split("\n"+text, "\n$ ")[1:] {
				line, want, _ := strings.Cut(one, "\n")
				_, got := run(line)
				if !like(strings.TrimSuffix(want, "\n"), strings.TrimSuffix(got, "\n")) {
					t.Errorf("%s: got\n%s\nwant\n%s", line, got, want)
				}
				ran++
			}
		default:
			t.Errorf("a block of the kind %q", kind)
		}
	}
	if ran < 15 {
		t.Errorf("%d commands were run", ran)
	}
}

func like(want, got string) bool {
	wants, gots := strings.Split(want, "\n"), strings.Split(got, "\n")
	if len(wants) != len(gots) {
		return false
	}
	for i, line := range wants {
		begin, open := strings.CutSuffix(line, "...")
		if gots[i] != line && !(open && strings.HasPrefix(gots[i], begin)) {
			return false
		}
	}
	return true
}

// arguments are the words of a command line behind the name of the program, as a
// shell divides them; quotes are the only thing it knows.
func arguments(t *testing.T, line string) (args []string) {
	t.Helper()
	for i, part := range strings.Split(strings.TrimSpace(line), "'") {
		if i%2 == 1 {
			args = append(args, part)
		} else {
			args = append(args, strings.Fields(part)...)
		}
	}
	if len(args) == 0 || args[0] != "jobs-agent" {
		t.Fatalf("no command of the program: %s", line)
	}
	return args[1:]
}
