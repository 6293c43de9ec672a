package boardfile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/boardfile"
)

const base = "defaults: {run: ls}\njobs:\n  a: {cron: 0 1 * * *, timeout: 5m}\n"

// onBoard are the jobs of a file as an apply writes them.
func onBoard(t *testing.T, text string) map[string]string {
	t.Helper()
	board := map[string]string{}
	for _, job := range parse(t, text).Jobs {
		start := job.Start
		if start.IsZero() {
			start = time.Unix(1000, 0)
		}
		var err error
		if board[job.ID], err = job.Text(start); err != nil {
			t.Fatal(err)
		}
	}
	return board
}

func TestDiff(t *testing.T) {
	t.Parallel()
	foreign := func(id, text string) map[string]string { return map[string]string{id: text} }
	tests := []struct {
		name, file string
		board      map[string]string
		want       string // lines and counts
	}{
		{"an empty board", base, nil, "+ a; 1 to create, 0 to change, 0 to remove, 0 unchanged"},
		{"the same", base, onBoard(t, base), "0 to create, 0 to change, 0 to remove, 1 unchanged"},
		{"the same, written by another client", base, foreign("a", ` {"overlap": "forbid", "cron":"0 1 * * *","timeout":300.0, "payload":"ls","id":"a","runner":"shell","start":1,"board_file":"nightly","misfire":"run-once","retries":0}`), "1 unchanged"},
		{"defaults written out", strings.Replace(base, "5m", "300, grace: 5s, priority: normal, backoff: {growth: exponential, delay: 1s, factor: 2, cap: 1h, jitter: 0.1}, timezone: UTC", 1), onBoard(t, base), "1 unchanged"},
		{
			"fields that change", strings.Replace(base, "timeout: 5m", "retries: 2, timezone: Asia/Tokyo", 1), onBoard(t, base),
			`~ a;     + timezone: "Asia/Tokyo";     - timeout: "5m";     + retries: 2; 0 to create, 1 to change`,
		},
		{"another command", strings.Replace(base, "run: ls", "run: ls -l", 1), onBoard(t, base), `~ a;     ~ run: "ls" -> "ls -l"; 0 to create, 1 to change`},
		{"another runner", strings.Replace(base, "run: ls", "runner: x, payload: ls", 1), onBoard(t, base), `~ a;     + runner: "x";     - run: "ls";     + payload: "ls"`},
		{"one that is gone", "jobs: {}\n", onBoard(t, base), "- a; 0 to create, 0 to change, 1 to remove, 0 unchanged"},
		{"jobs of others stay", "jobs: {}\n", map[string]string{"x": `{"id":"x","runner":"shell","payload":""}`, "y": `{"id":"y","runner":"shell","board_file":"other","payload":""}`, "z": "{bad"}, "0 to create, 0 to change, 0 to remove, 0 unchanged"},
		{"one that another file has made", base, foreign("a", strings.Replace(onBoard(t, base)["a"], `"nightly"`, `"other"`, 1)), "~ a: takes over from board file other; 0 to create, 1 to change"},
		{"one that no file has made", base, foreign("a", strings.Replace(onBoard(t, base)["a"], `,"board_file":"nightly"`, ``, 1)), "~ a: takes over a job that no board file has put there; 0 to create, 1 to change"},
		{"one that cannot be read", base, foreign("a", "{bad"), "~ a: takes over a job that no board file has put there"},
		{"the start of a file that says none", "jobs:\n  a: {every: 1m, run: ls}\n", onBoard(t, "jobs:\n  a: {every: 1m, run: ls, start: 5}\n"), "1 unchanged"},
		{"another start", "jobs:\n  a: {every: 1m, run: ls, start: 6}\n", onBoard(t, "jobs:\n  a: {every: 1m, run: ls, start: 5}\n"), `    ~ start: "1970-01-01T00:00:05Z" -> "1970-01-01T00:00:06Z"`},
		{"a time that has passed", "jobs:\n  a: {at: 1999, run: ls}\n  b: {at: 2001, run: ls}\n  c: {every: 1m, stop: 1999, run: ls}\n", nil, "+ b; 1 to create, 0 to change, 0 to remove, 0 unchanged, 2 ended"},
		{"a time that has passed, of a job that is still there", "jobs:\n  a: {at: 1999, run: ls}\n", onBoard(t, "jobs:\n  a: {at: 1999, run: ls}\n"), "1 unchanged"},
		{"a field that is not known", base, foreign("a", strings.Replace(onBoard(t, base)["a"], `,"payload"`, `,"colour":"red","payload"`, 1)), `~ a;     - fields: {"colour":"red"}`},
		{"a long value is cut", strings.Replace(base, "run: ls", "run: "+strings.Repeat("x", 200), 1), onBoard(t, base), "xxx..."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := boardfile.Diff(parse(t, tt.file), tt.board, time.Unix(2000, 0))
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, a := range p.Actions {
				lines = append(lines, a.Lines()...)
			}
			if got := strings.Join(append(lines, p.Counts()), "; "); !strings.Contains(got, tt.want) {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestDiffFindsParentsThatAreMissing(t *testing.T) {
	t.Parallel()
	const text = "jobs:\n  a: {after: [b, c, d], run: ls}\n"
	board := map[string]string{"b": `{"id":"b","runner":"shell"}`, "c": `{"id":"c","runner":"shell","board_file":"nightly"}`}
	_, err := boardfile.Diff(parse(t, text), board, time.Unix(0, 0))
	want := []string{`nightly.yaml:2:3: job a: after names job "c", which this file does not have any more`, `after names job "d", which neither`}
	for _, w := range want {
		if !strings.Contains(fmt.Sprint(err), w) {
			t.Errorf("got %v, want %s", err, w)
		}
	}
	if strings.Contains(fmt.Sprint(err), `"b"`) {
		t.Errorf("got %v, want nothing about b, which is on the board", err)
	}
}

func TestWriteReadsBack(t *testing.T) {
	t.Parallel()
	const text = `
defaults: {run: "echo ${N} $${X}", timezone: Asia/Tokyo, retries: 2, overlap: allow}
jobs:
  a: {every: 1m, start: 5, stop: 2e9, lambda: 2, step: 2d, timezone: null}
  b: {cron: 0 1 * * *, schedules: ["@every 5s"], dst: {gap: skip, overlap: both}, except: [sat], jitter: 5m, retries: 0, overlap: forbid}
  "c: é": {at: 1e9, command: [a, "b c", "", "$${d} $$"], misfire: skip, misfire_grace: 1h, timeout: 90s, grace: 10s}
  d: {after: [a, b], on: failure, within: 1h, backoff: {growth: fixed, delay: 5s, cap: 2h}, retry_on: [1, 2], no_retry_on: 3}
  e: {cron: "@daily", runner: x, payload: {a: [1, "on"]}, on_lost: fail, cut_off: stop, priority: low, hosts: "zone!=b, gpu == true", on_failure: mail, backoff: linear}
  f: {cron: "@daily", run: "two\n  lines\n\nand more ", fields: {z: {on: "$${x}"}}}
  g: {cron: "@daily", run: "first\nsecond $$ $${A}\tx"}
`
	want := parse(t, text)
	out, err := boardfile.Write(want.Jobs, boardfile.Layout{Comment: "A comment\nof two lines", Board: "b", Name: "nightly"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := boardfile.Parse("other", out, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p, err := boardfile.Diff(got, onBoard(t, text), time.Unix(0, 0))
	if err != nil || !p.Empty() || p.Unchanged != 7 {
		t.Errorf("got %+v, %v, want no difference\n%s", p.Actions, err, out)
	}
	defaults := want.Jobs[1]
	out, err = boardfile.Write(want.Jobs, boardfile.Layout{Name: "nightly", Defaults: defaults})
	if err != nil {
		t.Fatal(err)
	}
	if got, err = boardfile.Parse("other", out, nil); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if p, err := boardfile.Diff(got, onBoard(t, text), time.Unix(0, 0)); err != nil || !p.Empty() {
		t.Errorf("with defaults: got %+v, %v, want no difference\n%s", p.Actions, err, out)
	}
	if !strings.Contains(string(out), "    run: |-\n      first\n") {
		t.Errorf("a command of several lines is not written line by line:\n%s", out)
	}
}

func TestDiffFindsCirclesThroughJobsOfElsewhere(t *testing.T) {
	t.Parallel()
	const text = "jobs:\n  a: {after: b, run: ls}\n  c: {every: 1m, run: ls}\n"
	board := map[string]string{"b": `{"id":"b","runner":"shell","after":["c","d"]}`, "d": `{"id":"d","runner":"shell","after":["a"]}`}
	_, err := boardfile.Diff(parse(t, text), board, time.Unix(0, 0))
	if want := "nightly.yaml:2:3: these jobs wait for each other: a after b after d after a"; !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	board["d"] = `{"id":"d","runner":"shell","after":["c"]}`
	if _, err := boardfile.Diff(parse(t, text), board, time.Unix(0, 0)); err != nil {
		t.Errorf("without a circle: got %v", err)
	}
}
