package runners

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jobs-agent/jobs"
)

const placeholder = "{payload}"

// command runs a line that the host wrote for a type. The program gets the run
// as one JSON object on its standard input, or, where the line asks for
// {payload}, the payload in its place and an empty standard input.
type command struct {
	host *host
	line string
	args bool // the line takes the payload
}

func newCommand(h *host, line string) (*command, error) {
	switch {
	case strings.TrimSpace(line) == "":
		return nil, errors.New("the command is empty")
	case strings.Contains(line, "\x00"):
		return nil, errors.New("the command holds a NUL byte")
	case len(line) > maxText:
		return nil, fmt.Errorf("the command has %d bytes, at most %d are taken", len(line), maxText)
	}
	if err := unquoted(line); err != nil {
		return nil, err
	}
	// The payload is never part of the text that the shell reads: "$1" is
	// replaced after the line was parsed, so nothing in it is executed.
	text := strings.ReplaceAll(line, placeholder, `"$1"`)
	return &command{host: h, line: text, args: text != line}, nil
}

// Run implements jobs.Runner.
func (c *command) Run(ctx context.Context, a *jobs.Attempt) error {
	if !c.args {
		return c.host.run(ctx, a, program{argv: c.host.line(c.line), stdin: a.Text})
	}
	if strings.Contains(a.Payload, "\x00") {
		return errors.New("run command: the payload holds a NUL byte and so cannot take the place of {payload}; the program can read it as JSON from its standard input")
	}
	if len(a.Payload) > maxArg {
		return fmt.Errorf("run command: the payload has %d bytes, in the place of {payload} at most %d are taken; the program can read it as JSON from its standard input", len(a.Payload), maxArg)
	}
	return c.host.run(ctx, a, program{argv: c.host.line(c.line, a.Payload)})
}

// unquoted refuses a placeholder between quotes. There the payload would lose
// its own: in double ones it would be split, in single ones not put in at all.
// After a dollar it is a variable of the shell, after a backslash half quoted.
func unquoted(line string) error {
	var quote byte
	for i := 0; i < len(line); i++ {
		switch ch := line[i]; {
		case quote != '\'' && (ch == '$' || ch == '\\') && strings.HasPrefix(line[i+1:], placeholder):
			return fmt.Errorf("{payload} stands after a %c; write it alone, it is quoted by itself", ch)
		case ch == '\\' && quote != '\'':
			i++
		case quote == 0 && (ch == '\'' || ch == '"'):
			quote = ch
		case ch == quote:
			quote = 0
		case quote != 0 && strings.HasPrefix(line[i:], placeholder):
			return errors.New("{payload} stands between quotes; write it without, it is quoted by itself")
		}
	}
	return nil
}
