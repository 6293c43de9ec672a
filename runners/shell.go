package runners

import (
	"context"
	"errors"
	"strings"

	"github.com/jobs-agent/jobs"
)

// runShell has the shell run the payload. A long one is read by the shell from
// a file descriptor, and not from its standard input, which belongs to the
// programs in it: there is the record of the run whose failure they are told, if any.
func (h *host) runShell(ctx context.Context, a *jobs.Attempt) error {
	if strings.Contains(a.Payload, "\x00") {
		return errors.New("run shell: the payload holds a NUL byte, which no shell takes")
	}
	if len(a.Payload) <= maxText {
		return h.run(ctx, a, program{argv: h.line(a.Payload), stdin: a.Failed})
	}
	return h.run(ctx, a, program{argv: h.line(". /dev/fd/3"), extra: a.Payload, stdin: a.Failed})
}

// line makes the arguments that run a command line; the first of args is $1 in
// it. The dashes let it begin with a minus.
func (h *host) line(text string, args ...string) []string {
	argv := []string{h.shell, "-c", "--", text}
	if len(args) > 0 {
		argv = append(append(argv, h.shell), args...)
	}
	return argv
}
