package boardfile

import (
	"regexp"
	"strings"
)

// line is a line of a crontab, as cron takes it apart.
type line struct {
	number int
	text   string // without the end of the line

	name, value string // of an environment line
	times       string // the five fields or the word of a job line
	user        string // of a system crontab
	command     string // the rest, as it stands
	quiet       bool   // a dash in front: not logged
	wrong       string // why it is none of these
}

// lines takes a crontab apart. Blank lines and comments are left out. System says
// that job lines have a column with the user.
func lines(text string, system bool) []line {
	var list []line
	text = strings.TrimPrefix(text, "\ufeff")
	for number, rest := 1, text; rest != ""; number++ {
		raw, after, _ := strings.Cut(rest, "\n")
		rest = after
		l := line{number: number, text: strings.TrimSuffix(raw, "\r")}
		trimmed := strings.TrimLeft(l.text, " \t")
		if strings.TrimSpace(trimmed) == "" || trimmed[0] == '#' {
			continue
		}
		switch name, value, ok := environment(trimmed); {
		case strings.IndexByte(l.text, 0) >= 0:
			l.wrong = "it has a NUL byte"
		case ok:
			l.name, l.value = name, value
		default:
			l.job(trimmed, system)
		}
		list = append(list, l)
	}
	return list
}

// environment reads NAME = VALUE. Either may be in quotes; nothing is expanded.
func environment(text string) (name, value string, ok bool) {
	name, rest := word1(text, "=")
	rest = strings.TrimLeft(rest, " \t")
	if name == "" || !strings.HasPrefix(rest, "=") {
		return "", "", false
	}
	value = strings.TrimSpace(rest[1:])
	if quoted, after := unquote(value); after == "" && quoted != "" || value == `""` || value == "''" {
		value = quoted
	}
	return name, value, true
}

// word1 is the first word of a text, which ends at a blank or one of some characters,
// and may be in quotes.
func word1(text, ends string) (first, rest string) {
	if quoted, after := unquote(text); after != text {
		return quoted, after
	}
	end := strings.IndexAny(text, " \t"+ends)
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:]
}

// unquote is the text in the quotes with which another one begins, and what is behind.
func unquote(text string) (inner, rest string) {
	if text == "" || text[0] != '"' && text[0] != '\'' {
		return "", text
	}
	end := strings.IndexByte(text[1:], text[0])
	if end < 0 {
		return "", text
	}
	return text[1 : 1+end], text[2+end:]
}

var (
	userName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*\$?(:[A-Za-z0-9_.-]+)?(/[A-Za-z0-9_.-]+)?$`)
	cronTime = regexp.MustCompile(`^[0-9*?~,/HLWhlw#A-Za-z-]+$`)
)

func (l *line) job(text string, system bool) {
	if dash, ok := strings.CutPrefix(text, "-"); ok {
		l.quiet = true
		text = strings.TrimLeft(dash, " \t")
	}
	fields := 5
	if strings.HasPrefix(text, "@") {
		fields = 1
	}
	var times []string
	for range fields {
		first, rest := word1(text, "")
		if first == "" || fields == 5 && !cronTime.MatchString(first) {
			l.wrong = "it is neither a job, which begins with five fields or a word such as @daily, nor NAME=VALUE"
			return
		}
		times = append(times, first)
		text = strings.TrimLeft(rest, " \t")
	}
	l.times = strings.Join(times, " ")
	if system {
		l.user, text = word1(text, "")
		text = strings.TrimLeft(text, " \t")
		if !userName.MatchString(l.user) {
			l.wrong = "the user is missing in front of the command: is it a user crontab (-u)?"
			return
		}
	}
	if strings.TrimSpace(text) == "" {
		l.wrong = "the command is missing"
		if system {
			l.wrong += ": is it a user crontab (-u), without a column for the user?"
		}
		return
	}
	l.command = text
}

// input divides a command as cron does: what stands behind the first % that no
// backslash protects is its standard input, and each further one a line end there.
func input(command string) (run string, stdin []string) {
	var parts []string
	var b strings.Builder
	for i := 0; i < len(command); i++ {
		switch {
		case command[i] == '\\' && i+1 < len(command) && command[i+1] == '%':
			b.WriteByte('%')
			i++
		case command[i] == '%':
			parts = append(parts, b.String())
			b.Reset()
		default:
			b.WriteByte(command[i])
		}
	}
	parts = append(parts, b.String())
	if len(parts) > 1 {
		stdin = parts[1:]
	}
	return strings.TrimRight(parts[0], " \t"), stdin
}

// output writes a command and its standard input so that input reads them back.
func output(run string, stdin []string) string {
	text := strings.ReplaceAll(run, "%", `\%`)
	for _, part := range stdin {
		text += "%" + strings.ReplaceAll(part, "%", `\%`)
	}
	return text
}
