package boardfile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/boardfile"
)

// environment are the variables of the tests.
func environment() map[string]string {
	return map[string]string{"ALERT_URL": "https://example.org/alert", "EMPTY": "", "N": "3", "LINE": "a\nb: c"}
}

func parse(t *testing.T, text string) boardfile.File {
	t.Helper()
	f, err := boardfile.Parse("/etc/boards/nightly.yaml", []byte(text), environment())
	if err != nil {
		t.Fatalf("parse: %v\n%s", err, text)
	}
	return f
}

func TestABoardFileIsRead(t *testing.T) {
	t.Parallel()
	got := parse(t, `
board: nightly
x-note: {anything: [goes]}
defaults: {runner: shell, timezone: Europe/Brussels, timeout: 1h, retries: 2}
jobs:
  dump:    {cron: "30 2 * * *", run: "pg_dump app > /backup/app.sql"}
  verify:  {after: dump, run: "restore-test /backup/app.sql", on_failure: "${ALERT_URL}"}
  crawl:   {every: 5m, lambda: 2, step: 1d, max: 1d, timezone: , runner: fetch, payload: {url: "https://example.org/feed", n: 9223372036854775808}}
  ping:    {every: 10s, start: 2026-01-01T00:00:00Z, duration: 1d, command: [ping, -c, 1, "a b"]}
`)
	day := func(d int) time.Time { return time.Date(2026, 1, d, 0, 0, 0, 0, time.UTC) }
	base := jobs.Job{Runner: "shell", Timeout: time.Hour, Retries: 2, BoardFile: "nightly"}
	base.Timezone = "Europe/Brussels"
	dump, verify, crawl, ping := base, base, base, base
	dump.ID, dump.Cron, dump.Payload = "dump", "30 2 * * *", "pg_dump app > /backup/app.sql"
	verify.ID, verify.After, verify.Payload, verify.OnFailure = "verify", []string{"dump"}, "restore-test /backup/app.sql", "https://example.org/alert"
	crawl.ID, crawl.Interval, crawl.Lambda, crawl.Step, crawl.Max, crawl.Timezone = "crawl", 5*time.Minute, 2, 24*time.Hour, 24*time.Hour, ""
	crawl.Runner, crawl.Payload = "fetch", `{"url":"https://example.org/feed","n":9223372036854775808}`
	ping.ID, ping.Interval, ping.Start, ping.Stop, ping.Runner, ping.Payload = "ping", 10*time.Second, day(1), day(2), "exec", `["ping","-c","1","a b"]`
	want := []jobs.Job{crawl, dump, ping, verify}
	if diff := cmp.Diff(want, got.Jobs); diff != "" || got.Board != "nightly" || got.Name != "nightly" {
		t.Errorf("board %q, name %q, jobs (-want +got):\n%s", got.Board, got.Name, diff)
	}
}

func TestEveryKeyOfAJobIsRead(t *testing.T) {
	t.Parallel()
	got := parse(t, `
jobs:
  all:
    cron: 0 6 * * mon
    schedules: ["@every 90s", 0 7 * * *]
    start: 1767225600
    stop: 2027-01-01T00:00:00+01:00
    timezone: Asia/Tokyo
    dst: {gap: skip, overlap: both}
    except: sat
    jitter: 5m
    runner: mail
    payload: |
      two
      lines
    overlap: queue
    misfire: run-all
    misfire_grace: 10m
    timeout: 90
    grace: 10s
    retries: ${N}
    backoff: {growth: linear, delay: 2s, factor: 3, cap: 1m, jitter: 0.5}
    retry_on: [1, 2]
    no_retry_on: 3
    on_lost: fail
    cut_off: stop
    keep: {runs: 7, age: 2d, outputs: 3}
    priority: high
    after: [a, b]
    on: always
    within: 1h
    on_failure: mail root
    fields: {colour: red, deep: {n: 1.50}}
`).Jobs[0]
	want := jobs.Job{
		ID: "all", Runner: "mail", Payload: "two\nlines\n", BoardFile: "nightly",
		Schedule: jobs.Schedule{
			Cron: "0 6 * * mon", Also: []string{"@every 90s", "0 7 * * *"}, Timezone: "Asia/Tokyo", Gap: jobs.SkipTime, Fold: jobs.Both, Except: []string{"sat"}, Jitter: 5 * time.Minute,
			Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Stop: time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC),
		},
		Overlap: jobs.Queue, Misfire: jobs.RunAll, MisfireGrace: 10 * time.Minute, Timeout: 90 * time.Second, Grace: 10 * time.Second, Retries: 3,
		Backoff: jobs.Backoff{Growth: jobs.Linear, Delay: 2 * time.Second, Factor: 3, Cap: time.Minute, Jitter: 0.5},
		RetryOn: []int{1, 2}, NoRetryOn: []int{3}, OnLost: jobs.FailOnLost, CutOff: jobs.StopRunning, Priority: jobs.High, Keep: jobs.Keep{Runs: 7, Age: 48 * time.Hour, Outputs: 3},
		After: []string{"a", "b"}, On: jobs.Always, Within: time.Hour, OnFailure: "mail root",
		Fields: map[string]json.RawMessage{"colour": json.RawMessage(`"red"`), "deep": json.RawMessage(`{"n":1.50}`)},
	}
	same := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVariablesAnchorsAndDefaults(t *testing.T) {
	t.Parallel()
	const every = "every: 1m, "
	tests := []struct{ name, top, job, want string }{
		{"a variable of the environment", "", every + `run: "echo ${N}"`, "echo 3"},
		{"one of the file", "vars: {X: y}", every + `run: "echo ${X}"`, "echo y"},
		{"the environment wins over the file", "vars: {N: 4}", every + `run: "echo ${N}"`, "echo 3"},
		{"one that is made of others", "vars: {A: 1, B: \"${A}${N}\"}", every + `run: "echo ${B}"`, "echo 13"},
		{"a default", "", every + `run: "echo ${X:-a b} ${X:-}."`, "echo a b ."},
		{"a default where it is set to nothing", "", every + `run: "echo ${EMPTY:-x}"`, "echo x"},
		{"set to nothing without a default", "", every + `run: "echo ${EMPTY}."`, "echo ."},
		{"dollars of the shell", "", every + `run: "echo $HOME $(date) $1 $${N} $$ cost: 5$"`, "echo $HOME $(date) $1 ${N} $ cost: 5$"},
		{"a value is no YAML", "", every + `run: "${LINE}"`, "a\nb: c"},
		{"an anchor", "x-a: &cmd echo hi", every + "run: *cmd", "echo hi"},
		{"a merge", "x-a: &base {run: echo hi, timeout: 5m}", every + "<<: *base, timeout: 1m", "echo hi"},
		{"the first of several merges wins", "x-a: &a {run: echo a}\nx-b: &b {run: echo b}", every + "<<: [*a, *b]", "echo a"},
		{"a default of what to do", "defaults: {run: echo hi}", "every: 1m", "echo hi"},
		{"another way to say it than the default", "defaults: {run: echo hi, runner: shell}", every + "command: [ls]", `["ls"]`},
		{"null takes a default away", "defaults: {runner: mail, payload: x}", every + "runner: , run: ls", "ls"},
		{"JSON keeps its order and its numbers", "", every + "runner: x, payload: {b: 1, a: [1.0, 1e5, 0x10, +3, .5, null, ~, true, 2026-01-01, yes, '1']}", `{"b":1,"a":[1.0,1e5,16,3,0.5,null,null,true,"2026-01-01","yes","1"]}`},
		{"a number alone", "", every + "runner: x, payload: 12345678901234567890", "12345678901234567890"},
		{"a text that looks like one", "", every + "runner: x, payload: '0017'", "0017"},
		{"a date alone is a text", "", every + "runner: x, payload: 2026-01-01", "2026-01-01"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := parse(t, tt.top+"\njobs:\n  a: {"+tt.job+"}\n")
			if got := f.Jobs[0].Payload; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	f := parse(t, "jobs:\n  a:\n    every: 1m\n    runner: x\n    payload:\n      port: ${N}\n      text: \"${N}\"\n")
	if got := f.Jobs[0].Payload; got != `{"port":3,"text":"3"}` {
		t.Errorf("variables in JSON: got %s, want a number without quotes and a text with them", got)
	}
}

func TestAJobThatSaysWhenInheritsNoTimes(t *testing.T) {
	t.Parallel()
	f := parse(t, "defaults: {every: 1m, cron: '@daily', run: ls}\njobs:\n  a: {cron: '@hourly'}\n  b: {after: a}\n  c: {}\n  d:\n")
	for i, want := range []jobs.Schedule{{Cron: "@hourly"}, {}, {Cron: "@daily", Interval: time.Minute}, {Cron: "@daily", Interval: time.Minute}} {
		if diff := cmp.Diff(want, f.Jobs[i].Schedule); diff != "" {
			t.Errorf("job %s (-want +got):\n%s", f.Jobs[i].ID, diff)
		}
	}
}

func TestProblemsSayWhere(t *testing.T) {
	t.Parallel()
	job := func(text string) string { return "jobs:\n  a: {run: ls, " + text + "}\n" }
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	bomb := "x-a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
	for c := 'b'; c < 'l'; c++ {
		bomb += fmt.Sprintf("x-%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10), ", "))
	}
	merges := "x-a: &a {every: 1m}\n"
	for c := 'b'; c < 'l'; c++ {
		merges += fmt.Sprintf("x-%c: &%c {<<: [%s]}\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10), ", "))
	}
	tests := []struct{ name, text, want string }{
		{"a slip of the finger", job("evrey: 5m"), "nightly.yaml:2:16: a job has no key \"evrey\"; did you mean every?\n    2 |   a: {run: ls, evrey: 5m}\n      |                ^"},
		{"at the top", "job:\n  a: {}\n", `1:1: a board file has no key "job"; did you mean jobs?`},
		{"within backoff", job("every: 1m, backoff: {dealy: 1s}"), `2:37: backoff has no key "dealy"; did you mean delay?`},
		{"a key that is like none", job("every: 1m, colour: red"), "known are every, cron"},
		{"a key twice", "jobs:\n  a: {every: 1m, run: ls}\n  a: {every: 1m, run: ls}\n", `3:3: key "a" stands here a second time; the first is in line 2`},
		{"a bad duration", job("every: 5 minutes"), `2:23: every: duration "5 minutes": there is no unit`},
		{"no time at all", job("every: 0"), "2:23: every must be more than 0"},
		{"a word of a policy", job("every: 1m, overlap: forbidden"), `overlap: "forbidden" is none of forbid, allow, queue, replace; did you mean forbid?`},
		{"a fraction for a whole number", job("every: 1m, retries: 1.5"), "retries must be a whole number"},
		{"a variable that is not set", job("every: 1m, on_failure: \"${NOWHERE}\""), "variable NOWHERE is not set"},
		{"what is no variable", job("every: 1m, on_failure: \"${x%.*}\""), "is no variable: write ${NAME} or"},
		{"a relative time", job("every: 1m, start: +90s"), "is another time at each apply"},
		{"in", job("in: 5m"), "in would be another time at each apply: give the time with at"},
		{"a bound of an interval that does not change", job("every: 1m, max: 1d"), "they need lambda"},
		{"a name of the metadata", job("interval: 60"), "the interval of a job is its key every"},
		{"no schedule", job("timeout: 1m"), "2:3: job a: it does not say when to run"},
		{"nothing to do", "jobs:\n  a: {every: 1m}\n", "2:3: job a: it does not say what to do"},
		{"two things to do", job("every: 1m, command: [ls]"), "give one of them"},
		{"a command line for http", job("every: 1m, runner: http"), "runner http takes none"},
		{"a command for another runner", "jobs:\n  a: {every: 1m, command: [ls], runner: shell}\n", "command is for the runner exec"},
		{"at and every", job("every: 1m, at: 2026-01-01T00:00:00Z"), "at is the one time at which it runs"},
		{"a duration without a start", job("every: 1m, duration: 1d"), "duration counts from the start"},
		{"a repeat without a start", job("every: 1m, repeat: 3"), "repeat counts from the start"},
		{"an unknown zone", job("cron: '@daily', timezone: Europe/Brusels"), `2:32: job a: timezone "Europe/Brusels"`},
		{"an unknown zone without calendar times", job("every: 1m, timezone: Europe/Brusels"), `timezone "Europe/Brusels"`},
		{"a cron expression that is none", job("cron: '61 * * * *'"), `2:16: job a: cron "61 * * * *": `},
		{"one that never fires", job("cron: 0 0 31 2 *"), "it never fires"},
		{"days that leave none", job("cron: '@daily', except: [mon..sun]"), "it never fires"},
		{"what only the whole job shows", job("every: 1m, lambda: 2, jitter: 5s"), "2:3: job a: lambda and step: they change an interval"},
		{"a circle", "jobs:\n  a: {after: c, run: ls}\n  b: {after: a, run: ls}\n  c: {after: b, run: ls}\n", "2:3: these jobs wait for each other: a after c after b after a"},
		{"no jobs", "board: x\n", "1:1: the key jobs is missing"},
		{"nothing", "", "the file is empty: a board file looks like"},
		{"two documents", job("every: 1m") + "---\njobs: {}\n", "a second document begins here"},
		{"no YAML", "jobs:\n  a: [\n", "this is no YAML"},
		{"a list of jobs", "jobs:\n  - a\n", "2:3: jobs must be a mapping of keys and values, not a list"},
		{"a job that is a text", "jobs:\n  a: ls\n", `2:6: job a must be a mapping of keys and values, not "ls"`},
		{"a strange tag", job("every: !wait 1m"), "tag !wait is not known here"},
		{"an octal number", job("every: 1m") + "  b: {every: 1m, runner: x, payload: [0017]}\n", "is read in more than one way"},
		{"no number of JSON", "jobs:\n  b: {every: 1m, runner: x, payload: [.inf]}\n", "is read in more than one way"},
		{"an id with a control character", "jobs:\n  \"a\\tb\": {every: 1m, run: ls}\n", "has a control character"},
		{"a bomb of aliases", bomb + "jobs:\n  b: {every: 1m, runner: x, payload: *k}\n", "aliases and nesting make the file too large"},
		{"a payload that is too large", "jobs:\n  b: {every: 1m, runner: x, payload: [" + strings.Repeat("abcdefgh,", 130000) + "]}\n", "payload is larger than 1048576"},
		{"a bomb of merges", merges + "jobs:\n  b: {<<: *k, run: ls}\n", "aliases and nesting make the file too large"},
		{"a large text many times", "x-a: &a " + strings.Repeat("y", 1<<20) + "\ndefaults: {every: 1m, run: *a}\njobs:\n" + manyJobs(600), "aliases make the payloads of the jobs larger"},
		{"an alias in itself", "x-a: &a {every: 1m, <<: *a}\njobs:\n  b: {<<: *a, run: ls}\n", "too large"},
		{"a payload in itself", "jobs:\n  b: {every: 1m, runner: x, payload: &a [*a]}\n", "too large"},
		{"deep nesting", "jobs:\n  b: {every: 1m, runner: x, payload: " + deep + "}\n", "too large"},
		{"too large a file", strings.Repeat("#\n", 33<<20), "at most 67108864"},
		{"a field that has a key", job("every: 1m, fields: {timeout: 5}"), `field "timeout" has a meaning of its own`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := boardfile.Parse("nightly.yaml", []byte(tt.text), environment())
			if err == nil {
				t.Fatalf("got %+v, want %q", f.Jobs, tt.want)
			}
			if !strings.Contains(err.Error(), tt.want) || !errors.Is(err, jobs.ErrInvalid) || !strings.HasPrefix(err.Error(), "nightly.yaml:") {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestAllProblemsAreFound(t *testing.T) {
	t.Parallel()
	_, err := boardfile.Parse("x.yaml", []byte("defaults: {timeuot: 1h}\njobs:\n  a: {every: x, run: ls}\n  b: {evry: 1m, retries: many}\n  c: {every: 1m}\n"), nil)
	var problems boardfile.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want Problems", err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprintf("%d:%d", p.Line, p.Column))
	}
	if diff := cmp.Diff([]string{"1:12", "3:14", "4:7", "4:26", "5:3"}, got); diff != "" {
		t.Errorf("places (-want +got):\n%s\n%v", diff, err)
	}
}

func TestADefaultThatIsWrongIsToldOnce(t *testing.T) {
	t.Parallel()
	_, err := boardfile.Parse("x.yaml", []byte("defaults: {timeout: long}\njobs:\n  a: {every: 1m, run: ls}\n  b: {every: 1m, run: ls}\n"), nil)
	var problems boardfile.Problems
	if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Line != 1 {
		t.Errorf("got %v, want one problem in line 1", err)
	}
}

func manyJobs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  j%d: {}\n", i)
	}
	return b.String()
}
