package boardfile

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// WriteCrontab writes jobs as a crontab; system puts a column with the user into it.
// Zone is that of the cron which shall read it. The remarks are about jobs that a
// crontab cannot hold, or holds with another meaning.
func WriteCrontab(list []jobs.Job, system bool, zone string) ([]byte, []Remark) {
	w := &crontabWriter{system: system, zone: zone}
	for i := range list {
		w.job(&list[i])
	}
	return w.text(), w.remarks
}

type crontabWriter struct {
	system  bool
	zone    string
	entries []crontabEntry
	remarks []Remark
}

// crontabEntry is a job as lines, which have the environment in common.
type crontabEntry struct {
	id    string
	env   map[string]string
	times []string
	user  string
	run   string // as it stands in the line
}

func (w *crontabWriter) say(id, format string, args ...any) {
	w.remarks = append(w.remarks, Remark{Job: id, Says: fmt.Sprintf(format, args...)})
}

func (w *crontabWriter) job(j *jobs.Job) {
	e := crontabEntry{id: j.ID, env: map[string]string{}, times: w.times(j)}
	if e.times == nil {
		return
	}
	var c cronCommand
	switch key, value := work(j); key {
	case "run":
		c = readScript(j.Payload)
	case "command":
		var words []string
		for _, word := range value.([]string) {
			words = append(words, shellWord(word))
		}
		c.run = strings.Join(words, " ")
	default:
		w.say(j.ID, "not written: cron runs commands, and this is a payload for runner %s", j.Runner)
		return
	}
	e.user = cmp.Or(c.user, "root")
	for _, variable := range c.env {
		name, value, _ := strings.Cut(variable, "=")
		e.env[name] = value
	}
	if c.shell != "" {
		e.env["SHELL"] = c.shell
	}
	if !w.system && c.user != "" {
		// A user crontab has no column for it.
		c.run = cronCommand{user: c.user, run: c.run, shell: c.shell}.script()
		delete(e.env, "SHELL")
	}
	e.run = output(oneLine(c.run), c.stdin)
	if strings.ContainsAny(e.run, "\n\r\x00") {
		w.say(j.ID, "not written: its command has several lines, which a crontab cannot hold")
		return
	}
	for name, value := range e.env {
		if strings.ContainsAny(value, "\n\r") {
			w.say(j.ID, "not written: its variable %s has several lines, which a crontab cannot hold", name)
			return
		}
	}
	w.zones(j, &e)
	w.policies(j)
	w.entries = append(w.entries, e)
}

// oneLine writes a command of several lines as one where that is surely the same.
func oneLine(run string) string {
	if !strings.Contains(run, "\n") {
		return run
	}
	if lines := strings.Split(strings.TrimSpace(run), "\n"); !strings.ContainsAny(run, "'\"\\#`<({") {
		for i := range lines {
			lines[i] = strings.TrimSpace(lines[i])
			if lines[i] == "" || strings.ContainsAny(lines[i][len(lines[i])-1:], ";&|") ||
				slices.Contains([]string{"then", "do", "else", "if", "while"}, lines[i]) {
				return run
			}
		}
		if !strings.Contains(run, "then") && !strings.Contains(run, "do") && !strings.Contains(run, "case") {
			return strings.Join(lines, "; ")
		}
	}
	return run
}

// times are the fields or the word of the lines of a job; nil: it cannot be written.
func (w *crontabWriter) times(j *jobs.Job) []string {
	var times []string
	exprs := j.Also
	if j.Cron != "" {
		exprs = append([]string{j.Cron}, j.Also...)
	}
	if j.Interval > 0 {
		exprs = append(slices.Clone(exprs), "@every "+j.Interval.String())
	}
	for _, expr := range exprs {
		fields := strings.Fields(expr)
		switch {
		case len(fields) == 2 && strings.EqualFold(fields[0], "@every"):
			every, err := time.ParseDuration(fields[1])
			stars := ""
			if err == nil {
				stars = inFields(every)
			}
			if stars == "" {
				w.say(j.ID, "not written: a crontab cannot say every %s", fields[1])
				return nil
			}
			w.say(j.ID, "it is written as %q: cron counts the interval from the full hour or day, not from the start of the job", stars)
			times = append(times, stars)
		case len(fields) == 6:
			if fields[0] != "0" {
				w.say(j.ID, "not written: cron knows no seconds: %s", expr)
				return nil
			}
			times = append(times, strings.Join(fields[1:], " "))
		case len(fields) == 5 || len(fields) == 1:
			if strings.ContainsAny(strings.ToUpper(strings.Join(fields[:min(3, len(fields))], "")), "LWH") && fields[0][0] != '@' || strings.ContainsAny(expr, "#") {
				w.say(j.ID, "cron may not know L, W, H and # in %q", expr)
			}
			times = append(times, strings.Join(fields, " "))
		default:
			w.say(j.ID, "not written: %q is no cron expression", expr)
			return nil
		}
	}
	switch {
	case len(times) == 0 && len(j.After) > 0:
		w.say(j.ID, "not written: it runs after other jobs, which a crontab cannot say")
	case len(times) == 0:
		w.say(j.ID, "not written: it runs once, which is at's matter and not cron's")
	}
	return times
}

// inFields says an interval that divides an hour or a day as cron can.
func inFields(every time.Duration) string {
	minutes := int(every / time.Minute)
	switch {
	case every <= 0 || every%time.Minute != 0:
		return ""
	case minutes == 1:
		return "* * * * *"
	case minutes < 60 && 60%minutes == 0:
		return fmt.Sprintf("*/%d * * * *", minutes)
	case minutes == 60:
		return "0 * * * *"
	case minutes%60 == 0 && minutes < 1440 && 1440%minutes == 0:
		return fmt.Sprintf("0 */%d * * *", minutes/60)
	case minutes == 1440:
		return "0 0 * * *"
	case minutes == 7*1440:
		return "0 0 * * 0"
	}
	return ""
}

func (w *crontabWriter) zones(j *jobs.Job, e *crontabEntry) {
	zone := cmp.Or(j.Timezone, "UTC")
	if !w.sameZone(zone) && !slices.Equal(e.times, []string{"@reboot"}) && j.Interval == 0 {
		e.env["CRON_TZ"] = zone
	}
	if j.Jitter > 0 && j.Jitter%time.Minute == 0 {
		e.env["RANDOM_DELAY"] = fmt.Sprint(int(j.Jitter / time.Minute))
	}
}

func (w *crontabWriter) sameZone(zone string) bool {
	utc := []string{"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Etc/Universal", "Universal"}
	own := cmp.Or(w.zone, "UTC")
	return zone == own || slices.Contains(utc, zone) && slices.Contains(utc, own)
}

// policies says which of a job are lost.
func (w *crontabWriter) policies(j *jobs.Job) {
	bare := *j
	bare.Overlap, bare.Misfire = jobs.Allow, ""
	if j.Jitter%time.Minute == 0 {
		bare.Jitter = 0
	}
	var lost []string
	for _, m := range written(slices.Concat(scheduleFields(), policyFields()), &bare) {
		if !slices.Contains([]string{"every", "cron", "schedules", "timezone", "overlap", "start", "at", "fields"}, m.name) {
			lost = append(lost, m.name)
		}
	}
	if len(lost) > 0 {
		w.say(j.ID, "cron has no %s", strings.Join(lost, ", "))
	}
}

// text writes the entries, those with a smaller environment first: a line of it holds
// for all jobs behind it, and cannot be taken back.
func (w *crontabWriter) text() []byte {
	var out bytes.Buffer
	set := map[string]string{}
	slices.SortStableFunc(w.entries, func(a, b crontabEntry) int { return cmp.Compare(len(a.env), len(b.env)) })
	for _, e := range w.entries {
		run := e.run
		for _, name := range slices.Sorted(maps.Keys(set)) {
			if _, has := e.env[name]; !has {
				run = w.unset(e, name, run)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(e.env)) {
			if value, has := set[name]; !has || value != e.env[name] {
				fmt.Fprintf(&out, "%s=%s\n", name, cronValue(e.env[name]))
				set[name] = e.env[name]
			}
		}
		fmt.Fprintf(&out, "# %s\n", strings.Map(printable, e.id))
		for _, times := range e.times {
			if w.system {
				fmt.Fprintf(&out, "%s %s %s\n", times, e.user, run)
			} else {
				fmt.Fprintf(&out, "%s %s\n", times, run)
			}
		}
	}
	return out.Bytes()
}

// unset undoes a variable of jobs in front for one that does not have it.
func (w *crontabWriter) unset(e crontabEntry, name, run string) string {
	switch name {
	case "SHELL":
		e.env[name] = "/bin/sh"
	case "RANDOM_DELAY":
		e.env[name] = "0"
	case "CRON_TZ":
		e.env[name] = cmp.Or(w.zone, "UTC")
	default:
		return "unset " + name + "; " + run
	}
	return run
}

func printable(r rune) rune {
	if r == '\t' {
		return ' '
	}
	if r < ' ' || r == 0x7f {
		return '?'
	}
	return r
}

// cronValue writes a value so that cron reads it whole.
func cronValue(value string) string {
	switch {
	case value == "" || strings.TrimSpace(value) != value || value[0] == '\'':
		return `"` + value + `"`
	case value[0] == '"':
		return `'` + value + `'`
	}
	return value
}

// NamesUser tells whether a job runs its command as some user, for which a crontab
// needs a column.
func NamesUser(j jobs.Job) bool {
	return j.Runner == "shell" && readScript(j.Payload).user != ""
}
