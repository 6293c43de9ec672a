package boardfile

import (
	"regexp"
	"strings"
)

// cronCommand is what cron does at a time, and what the shell runner is told instead:
//
//	export PATH='/usr/sbin:/usr/bin'
//	printf '%s\n' 'standard' 'input' | runuser -u backup -- /bin/bash -c 'the command'
//
// Each part is left out that is not needed. Parts that this writes it also reads back.
type cronCommand struct {
	env   []string // NAME=VALUE, sorted
	stdin []string // lines of the standard input; nil: none
	user  string   // empty: whoever the agent is
	shell string   // empty: /bin/sh
	run   string
}

// script writes the command for the shell runner.
func (c cronCommand) script() string {
	var b strings.Builder
	for _, variable := range c.env {
		name, value, _ := strings.Cut(variable, "=")
		b.WriteString("export " + name + "=" + shellQuote(value) + "\n")
	}
	if c.stdin != nil {
		b.WriteString(`printf '%s\n'`)
		for _, text := range c.stdin {
			b.WriteString(" " + shellQuote(text))
		}
		b.WriteString(" | ")
	}
	if c.user != "" {
		b.WriteString("runuser -u " + c.user + " -- ")
	}
	if c.stdin == nil && c.user == "" && c.shell == "" {
		b.WriteString(c.run)
		return b.String()
	}
	shell := c.shell
	if shell == "" {
		shell = "/bin/sh"
	}
	b.WriteString(shellWord(shell) + " -c " + shellQuote(c.run))
	return b.String()
}

var (
	exportLine = regexp.MustCompile(`^export ([A-Za-z_][A-Za-z0-9_]*)=`)
	runuser    = regexp.MustCompile(`^runuser -u ([A-Za-z0-9_][A-Za-z0-9_.-]*\$?) -- `)
	shellStart = regexp.MustCompile(`^(/[A-Za-z0-9_./+-]+) -c '`)
)

// readScript takes apart what script has written; anything else is the command itself.
func readScript(text string) cronCommand {
	var c cronCommand
	rest := text
	for {
		m := exportLine.FindStringSubmatch(rest)
		if m == nil {
			break
		}
		value, after, ok := shellUnquote(rest[len(m[0]):])
		if !ok || !strings.HasPrefix(after, "\n") {
			break
		}
		c.env = append(c.env, m[1]+"="+value)
		rest = after[1:]
	}
	c.run = rest
	inner := c
	if after, ok := strings.CutPrefix(rest, `printf '%s\n'`); ok {
		inner.stdin = []string{}
		for strings.HasPrefix(after, " '") {
			value, more, ok := shellUnquote(after[1:])
			if !ok {
				return c
			}
			inner.stdin, after = append(inner.stdin, value), more
		}
		if rest, ok = strings.CutPrefix(after, " | "); !ok || len(inner.stdin) == 0 {
			return c
		}
	}
	if m := runuser.FindStringSubmatch(rest); m != nil {
		inner.user, rest = m[1], rest[len(m[0]):]
	}
	m := shellStart.FindStringSubmatch(rest)
	if m == nil {
		return c
	}
	run, after, ok := shellUnquote(rest[len(m[0])-1:])
	if !ok || after != "" {
		return c
	}
	inner.run = run
	if m[1] != "/bin/sh" {
		inner.shell = m[1]
	}
	if inner.script() != text {
		return c
	}
	return inner
}

// shellQuote writes a text as one word of the shell.
func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// shellWord is like shellQuote, without quotes where none are needed.
func shellWord(text string) string {
	if regexp.MustCompile(`^[A-Za-z0-9_./+-]+$`).MatchString(text) {
		return text
	}
	return shellQuote(text)
}

// shellUnquote reads what shellQuote has written, and answers what is behind.
func shellUnquote(text string) (value, rest string, ok bool) {
	var b strings.Builder
	rest = text
	for strings.HasPrefix(rest, "'") {
		end := strings.IndexByte(rest[1:], '\'')
		if end < 0 {
			return "", text, false
		}
		b.WriteString(rest[1 : 1+end])
		rest = rest[2+end:]
		ok = true
		if !strings.HasPrefix(rest, `\''`) {
			break
		}
		b.WriteByte('\'')
		rest = rest[2:]
	}
	return b.String(), rest, ok
}
