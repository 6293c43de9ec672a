package boardfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/boardfile"
)

const brussels = "Europe/Brussels"

// corpus are crontabs as systems have them, and some made to be difficult.
func corpus(t *testing.T) []boardfile.Crontab {
	t.Helper()
	var tabs []boardfile.Crontab
	for _, pattern := range []string{"testdata/crontabs/crontab", "testdata/crontabs/cron.d/*", "testdata/crontabs/user/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tabs = append(tabs, boardfile.Crontab{Name: file, Text: text, System: !strings.Contains(file, "/user/")})
		}
	}
	return tabs
}

func TestEveryLineOfACrontabIsImportedOrReported(t *testing.T) {
	t.Parallel()
	for _, tab := range corpus(t) {
		m := boardfile.ReadCrontabs([]boardfile.Crontab{tab}, brussels)
		told := map[int]bool{}
		for _, r := range slices.Concat(m.Origins, m.Lost, m.Report) {
			told[r.Line] = true
		}
		kept := regexp.MustCompile(`^\s*(SHELL|PATH|HOME|CRON_TZ|MAILTO) *= *`) // for the jobs behind; MAILTO="" asks for nothing
		for i, text := range strings.Split(string(tab.Text), "\n") {
			blank := strings.TrimSpace(text) == "" || strings.HasPrefix(strings.TrimSpace(text), "#")
			if !blank && !told[i+1] && !kept.MatchString(text) {
				t.Errorf("%s:%d: neither imported nor reported: %q", tab.Name, i+1, text)
			}
		}
		if len(m.Jobs) == 0 || strings.Contains(tab.Name, "cron.d") && len(m.Lost) > 0 {
			t.Errorf("%s: got %d jobs, lost %+v", tab.Name, len(m.Jobs), m.Lost)
		}
	}
}

func TestAnImportedCrontabIsAGoodBoardFile(t *testing.T) {
	t.Parallel()
	for _, tab := range corpus(t) {
		m := boardfile.ReadCrontabs([]boardfile.Crontab{tab}, brussels)
		text, err := m.BoardFile("tab", brussels)
		if err != nil {
			t.Fatal(err)
		}
		f, err := boardfile.Parse(tab.Name, text, nil)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		want := slices.Clone(m.Jobs)
		for i := range want {
			want[i].BoardFile = "tab"
		}
		slices.SortFunc(want, func(a, b jobs.Job) int { return strings.Compare(a.ID, b.ID) })
		if diff := cmp.Diff(want, f.Jobs); diff != "" {
			t.Errorf("%s: read back (-want +got):\n%s\n%s", tab.Name, diff, text)
		}
	}
}

// column are the times, user and command of job lines, sorted; the blanks between
// them are made alike.
func column(text string, system bool) []string {
	var list []string
	for line := range strings.Lines(text) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "-")
		if line == "" || line[0] == '#' || regexp.MustCompile(`^\w+\s*=`).MatchString(line) {
			continue
		}
		fields := 5
		if line[0] == '@' {
			fields = 1
		}
		if system {
			fields++
		}
		var words []string
		for range fields {
			end := strings.IndexAny(line, " \t")
			words = append(words, line[:end])
			line = strings.TrimLeft(line[end:], " \t")
		}
		list = append(list, strings.Join(append(words, line), " "))
	}
	slices.Sort(list)
	return list
}

func TestExportBringsBackTimesUsersAndCommands(t *testing.T) {
	t.Parallel()
	for _, tab := range corpus(t) {
		if strings.HasSuffix(tab.Name, "user/wrong") || strings.HasSuffix(tab.Name, "user/freebsd") {
			continue // what they have of their own is not cron's elsewhere
		}
		m := boardfile.ReadCrontabs([]boardfile.Crontab{tab}, brussels)
		text, remarks := boardfile.WriteCrontab(m.Jobs, tab.System, brussels)
		if len(remarks) > 0 {
			t.Errorf("%s: got remarks %+v, want none", tab.Name, remarks)
		}
		if diff := cmp.Diff(column(string(tab.Text), tab.System), column(string(text), tab.System)); diff != "" {
			t.Errorf("%s: lines (-before +after):\n%s", tab.Name, diff)
		}
		again := boardfile.ReadCrontabs([]boardfile.Crontab{{Name: tab.Name, Text: text, System: tab.System}}, brussels)
		if diff := cmp.Diff(m.Jobs, again.Jobs); diff != "" {
			t.Errorf("%s: imported again (-before +after):\n%s\n%s", tab.Name, diff, text)
		}
	}
}

func TestWhatALineBecomes(t *testing.T) {
	t.Parallel()
	const bash = "SHELL=/bin/bash\n"
	tests := []struct{ name, text, want string }{
		{"a command alone", "0 1 * * * ls -l", "ls -l"},
		{"a percent sign", `0 1 * * * date +\%d`, "date +%d"},
		{"standard input", "0 1 * * * mail joe%Dear Joe,%%it's 5\\% more", `printf '%s\n' 'Dear Joe,' '' 'it'\''s 5% more' | /bin/sh -c 'mail joe'`},
		{"standard input that is one empty line", "0 1 * * * cat%", `printf '%s\n' '' | /bin/sh -c 'cat'`},
		{"another shell", bash + "0 1 * * * echo ${X[@]}", `/bin/bash -c 'echo ${X[@]}'`},
		{"the usual shell", "SHELL=/bin/sh\n0 1 * * * ls", "ls"},
		{"variables", "A=b c\nB = 'it\"s'\n0 1 * * * ls", "export A='b c'\nexport B='it\"s'\nls"},
		{"a variable is not expanded", "PATH=$HOME/bin:/bin\n0 1 * * * ls", "export PATH='$HOME/bin:/bin'\nls"},
		{"a variable behind the job", "0 1 * * * ls\nA=b", "ls"},
		{"an assignment in the command", "0 1 * * * A=b ls", "A=b ls"},
		{"backslashes", `0 1 * * * echo \\ \n`, `echo \\ \n`},
		{"no line end", "0 1 * * * ls", "ls"},
		{"line ends of another system", "A=b\r\n0 1 * * * ls\r\n", "export A='b'\nls"},
		{"a mark of the byte order", "\ufeff0 1 * * * ls", "ls"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := boardfile.ReadCrontabs([]boardfile.Crontab{{Name: "crontab", Text: []byte(tt.text)}}, "UTC")
			if len(m.Jobs) != 1 || m.Jobs[0].Payload != tt.want {
				t.Errorf("got %+v, lost %+v, want %s", m.Jobs, m.Lost, tt.want)
			}
		})
	}
}

func TestUsersAndReports(t *testing.T) {
	t.Parallel()
	m := boardfile.ReadCrontabs([]boardfile.Crontab{
		{Name: "/etc/cron.d/app", System: true, Text: []byte("CRON_TZ=Asia/Tokyo\nRANDOM_DELAY=5\nMAILTO=ops\n1 2 * * * app:staff /opt/app/run.sh\n1 3 * * * root /opt/app/run.sh\n@reboot root boot\n")},
		{Name: "/etc/cron.d/none", System: true, Text: []byte("1 2 * * * /opt/app\nSTART_HOURS_RANGE=1-2\n")},
	}, brussels)
	var got []string
	for _, j := range m.Jobs {
		got = append(got, fmt.Sprint(j.ID, "|", j.Cron, "|", j.Timezone, "|", j.Jitter, "|", j.Overlap, "|", j.Misfire, "|", j.Payload))
	}
	for _, r := range append(m.Lost, m.Report...) {
		got = append(got, fmt.Sprintf("%s:%d %s", r.File, r.Line, r.Says[:min(len(r.Says), 30)]))
	}
	want := []string{
		"app-run|1 2 * * *|Asia/Tokyo|5m0s|allow|skip|runuser -u app -- /bin/sh -c '/opt/app/run.sh'",
		"app-run-2|1 3 * * *|Asia/Tokyo|5m0s|allow|skip|/opt/app/run.sh",
		"app-boot|@reboot|Asia/Tokyo|0s|allow|skip|boot",
		"/etc/cron.d/none:1 the user is missing in front o", "/etc/cron.d/none:2 hours in which jobs may start ",
		"/etc/cron.d/app:2 the delay becomes jitter: for ", "/etc/cron.d/app:3 nobody is sent the output: it ",
		`/etc/cron.d/app:4 group or login class "staff" o`, "/etc/cron.d/app:4 the command runs as app by run", "/etc/cron.d/app:6 it runs once a boot of a host,",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatACrontabCannotHold(t *testing.T) {
	t.Parallel()
	f := parse(t, `
defaults: {run: ls, timezone: Asia/Tokyo}
jobs:
  a: {cron: 0 1 * * *, retries: 2, timeout: 5m}
  b: {cron: 30 0 1 * * *, timezone: null}
  c: {every: 90s}
  d: {after: a}
  e: {at: 2030-01-01T00:00:00Z}
  f: {every: 2h}
  g: {cron: "@daily", runner: http, payload: x}
  h: {cron: "@daily", command: [echo, "it's", "5%"], timezone: null}
  i: {cron: "@daily", run: "a\nb", timezone: null, schedules: ["0 0 7 * * *"]}
  j: {cron: "@daily", run: "if x\nthen y\nfi"}
`)
	text, remarks := boardfile.WriteCrontab(f.Jobs, true, "Asia/Tokyo")
	want := "# a\n0 1 * * * root ls\n# f\n0 */2 * * * root ls\nCRON_TZ=UTC\n# h\n@daily root echo 'it'\\''s' '5\\%'\n# i\n@daily root a; b\n0 7 * * * root a; b\n"
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var got []string
	for _, r := range remarks {
		got = append(got, r.Job+": "+r.Says)
	}
	for i, want := range []string{
		"a: cron has no timeout, retries", "b: not written: cron knows no seconds", "c: not written: a crontab cannot say every 1m30s", "d: not written: it runs after",
		"e: not written: it runs once", "f: it is written as \"0 */2 * * *\"", "g: not written: cron runs commands", "j: not written: its command has several lines",
	} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Fatalf("remarks: got %q, want %q as number %d", got, want, i)
		}
	}
}

func TestSystemCrontabsAreKnownByTheirName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"/etc/crontab": true, "/etc/cron.d/x": true, "cron.d/x": true, "crontab": false, "/home/x/mycron.d": false, "-": false} {
		if got := boardfile.IsSystem(name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
