package boardfile

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// Crontab is a crontab to be imported.
type Crontab struct {
	Name   string // of the file, for ids and the report
	Text   []byte
	System bool // job lines have a column with the user
}

// IsSystem tells by the name of a crontab whether its lines have a column with the
// user: that of the system, and those that packages install.
func IsSystem(name string) bool {
	name = strings.ReplaceAll(name, `\`, "/")
	return name == "/etc/crontab" || strings.HasSuffix(name, "/etc/crontab") || strings.Contains("/"+name, "/cron.d/")
}

// Remark is what the report of an import says about a line.
type Remark struct {
	File string
	Line int    // 0: all of them
	Text string // the line
	Job  string // the job that it became; empty: it is not imported
	Says string
}

// Import is what became of crontabs.
type Import struct {
	Jobs    []jobs.Job // in the order of their lines
	Origins []Remark   // of each job, the line that it was
	Lost    []Remark   // lines that are not imported
	Report  []Remark   // what of the others has changed its meaning
}

// importer makes jobs of lines.
type importer struct {
	Import
	zone  string
	taken map[string]bool

	file   Crontab
	many   bool // several files
	env    map[string]string
	zoned  string // by CRON_TZ
	delay  time.Duration
	mailto bool
}

// ReadCrontabs makes jobs of crontabs. Times without a zone of their own are meant in
// the zone that cron runs in.
func ReadCrontabs(tabs []Crontab, zone string) Import {
	m := &importer{zone: zone, taken: map[string]bool{}, many: len(tabs) > 1}
	for _, tab := range tabs {
		m.file, m.env, m.zoned, m.delay, m.mailto = tab, map[string]string{}, "", 0, false
		for _, l := range lines(string(tab.Text), tab.System) {
			switch {
			case l.wrong != "":
				m.lose(l, "%s", l.wrong)
			case l.name != "":
				m.variable(l)
			default:
				m.job(l)
			}
		}
	}
	return m.Import
}

func (m *importer) remark(l line, job, format string, args ...any) Remark {
	return Remark{File: m.file.Name, Line: l.number, Text: l.text, Job: job, Says: fmt.Sprintf(format, args...)}
}

func (m *importer) say(l line, job, format string, args ...any) {
	m.Report = append(m.Report, m.remark(l, job, format, args...))
}

func (m *importer) lose(l line, format string, args ...any) {
	m.Lost = append(m.Lost, m.remark(l, "", format, args...))
}

// variable takes note of an environment line, for the jobs behind it.
func (m *importer) variable(l line) {
	switch l.name {
	case "MAILTO":
		if l.value != "" {
			m.say(l, "", "nobody is sent the output: it is kept with the run (`jobs-agent logs JOB`); on_failure calls a command or a URL when a run fails")
		}
	case "MAILFROM", "CONTENT_TYPE", "CONTENT_TRANSFER_ENCODING":
		m.say(l, "", "no mail is sent, so this has no meaning")
	case "CRON_TZ":
		if _, err := calendar.Compile("x", jobs.Schedule{Cron: "@daily", Timezone: l.value}); err != nil && l.value != "" {
			m.lose(l, "%s; the jobs behind it keep the zone %s", reason(err), m.zone)
			return
		}
		m.zoned = l.value
	case "RANDOM_DELAY":
		minutes, err := strconv.Atoi(l.value)
		if err != nil || minutes < 0 || minutes > 24*60 {
			m.lose(l, "RANDOM_DELAY is a number of minutes up to 1440")
			return
		}
		m.delay = time.Duration(minutes) * time.Minute
		m.say(l, "", "the delay becomes jitter: for each job always the same one, not another one each time")
	case "START_HOURS_RANGE":
		m.lose(l, "hours in which jobs may start are not known here: write them into the cron expressions")
	case "LOGNAME", "USER":
		m.say(l, "", "cron sets %s itself; it is left out", l.name)
	default:
		if !isName(l.name) {
			m.lose(l, "%q is no name that a shell takes for a variable", l.name)
			return
		}
		if l.name == "TZ" {
			m.say(l, "", "the programs get TZ; the times are those of zone %s, as cron reads them", m.zone)
		}
		m.env[l.name] = l.value
	}
}

// job makes a job of a line.
func (m *importer) job(l line) {
	job := jobs.Job{Runner: "shell", Overlap: jobs.Allow, Misfire: jobs.Skip}
	job.Timezone, job.Jitter = m.zone, m.delay
	if m.zoned != "" {
		job.Timezone = m.zoned
	}
	var later []string
	if !m.times(l, &job, &later) {
		return
	}
	if job.Cron == "" || job.Cron == "@reboot" {
		job.Jitter = 0
	}
	flags, command := openBSD(l.command)
	run, stdin := input(command)
	if strings.TrimSpace(run) == "" {
		m.lose(l, "the command is missing")
		return
	}
	c := cronCommand{stdin: stdin, run: run}
	m.surround(&c, l, &later)
	for _, flag := range flags {
		switch flag {
		case 's':
			job.Overlap = jobs.Forbid
			later = append(later, "-s becomes overlap: forbid")
		case 'n', 'q':
			later = append(later, fmt.Sprintf("-%c, which spares mail or log lines, has no meaning here", flag))
		}
	}
	if l.quiet {
		later = append(later, "the - in front, which spares a line in the system log, has no meaning here")
	}
	job.Payload = c.script()
	job.ID = m.id(run)
	err := job.Validate()
	if err == nil && job.Planned() {
		_, err = calendar.Compile(job.ID, job.Schedule)
	}
	if err != nil {
		m.lose(l, "%s", reason(err))
		return
	}
	m.taken[job.ID] = true
	for _, text := range later {
		m.say(l, job.ID, "%s", text)
	}
	m.Jobs = append(m.Jobs, job)
	m.Origins = append(m.Origins, m.remark(l, job.ID, ""))
}

// times reads the schedule of a line.
func (m *importer) times(l line, job *jobs.Job, later *[]string) bool {
	word := strings.ToLower(l.times)
	switch {
	case word == "@reboot":
		*later = append(*later, "it runs once a boot of a host, when an agent starts there")
	case word == "@every_minute":
		job.Cron = "* * * * *"
		return true
	case word == "@every_second" || strings.HasPrefix(word, "@") && len(word) > 1 && strings.Trim(word[1:], "0123456789") == "":
		n, err := 1, error(nil)
		if word != "@every_second" {
			n, err = strconv.Atoi(word[1:])
		}
		if err != nil || n < 1 || n > 366*24*3600 {
			m.lose(l, "%s: the number of seconds makes no sense", l.times)
			return false
		}
		job.Interval, job.Overlap, job.Timezone = time.Duration(n)*time.Second, jobs.Forbid, ""
		*later = append(*later, fmt.Sprintf("it runs each %d s from its start, and not so long after its end; overlap: forbid keeps one run at a time", n))
		return true
	case strings.Contains(word, "~"):
		*later = append(*later, "what ~ stands for is chosen once for the job, not anew when the crontab is read")
	}
	job.Cron = l.times
	return true
}

// surround gives the command what cron would: variables, the shell, the user.
func (m *importer) surround(c *cronCommand, l line, later *[]string) {
	for name, value := range m.env {
		if name == "SHELL" {
			continue
		}
		c.env = append(c.env, name+"="+value)
	}
	slices.Sort(c.env)
	if shell := m.env["SHELL"]; shell != "" && shell != "/bin/sh" && shell != "/usr/bin/sh" {
		c.shell = shell
	}
	user, group, has := strings.Cut(l.user, ":")
	user, class, hasClass := strings.Cut(user, "/")
	if has || hasClass {
		*later = append(*later, fmt.Sprintf("group or login class %q of the user is not set", group+class))
	}
	if user == "" || user == "root" {
		return
	}
	c.user = user
	*later = append(*later, fmt.Sprintf("the command runs as %s by runuser, for which the agent must be root", user))
}

// openBSD takes off the flags that OpenBSD and FreeBSD allow in front of a command.
func openBSD(command string) (flags []byte, rest string) {
	rest = command
	for strings.HasPrefix(rest, "-") {
		first, after := word1(rest, "")
		if len(first) < 2 || strings.Trim(first[1:], "nqs") != "" {
			break
		}
		flags, rest = append(flags, first[1:]...), strings.TrimLeft(after, " \t")
	}
	return flags, rest
}

// id names a job by the file and by the program that does the work.
func (m *importer) id(run string) string {
	file := slug(strings.TrimPrefix(path.Base(strings.ReplaceAll(m.file.Name, `\`, "/")), "crontab"))
	program := slug(program(run))
	var id string
	switch {
	case file == "" || file == "-" || !m.many && !m.file.System && !IsSystem(m.file.Name):
		id = program
	case program == "" || program == file || strings.HasPrefix(program, file):
		id = program
	default:
		id = file + "-" + program
	}
	if id == "" {
		id = "job"
	}
	base := id
	for n := 2; m.taken[id]; n++ {
		id = base + "-" + strconv.Itoa(n)
	}
	return id
}

// slug is a text as a part of an id.
func slug(text string) string {
	text = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' {
			return r
		}
		return '-'
	}, text)
	return strings.Trim(text[:min(len(text), 60)], "-._")
}
