package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// The exit codes, part of the command line's contract. `run --wait` ends with the
// code of the job instead.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitRefused     = 3
	exitUnreachable = 4
)

// usageError is what the user typed wrong.
type usageError struct {
	err  error
	verb string // whose help says more, "jobs-agent put"
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usage(verb, format string, args ...any) error {
	return &usageError{verb: verb, err: fmt.Errorf(format, args...)}
}

// exitStatus ends the program with a code and says nothing: all is said.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// report tells an error to the user and answers the exit code.
func report(w io.Writer, err error) int {
	var status exitStatus
	if err == nil {
		return 0
	}
	if errors.As(err, &status) {
		return int(status)
	}
	fmt.Fprintf(w, "jobs-agent: %s\n", strings.TrimSuffix(err.Error(), "\n"))
	if hint := hint(err); hint != "" {
		fmt.Fprintf(w, "%s\n", hint)
	}
	return code(err)
}

func code(err error) int {
	var wrong *usageError
	var failed failed
	switch {
	case errors.As(err, &failed) && (errors.Is(err, jobs.ErrInvalid) || errors.As(err, &wrong)):
		return exitFailed
	case errors.As(err, &wrong):
		return exitUsage
	case errors.Is(err, jobs.ErrUnreachable), errors.Is(err, jobs.ErrDenied):
		return exitUnreachable
	case errors.Is(err, jobs.ErrExists), errors.Is(err, jobs.ErrActive), errors.Is(err, jobs.ErrPaused), errors.Is(err, jobs.ErrStale), errors.Is(err, jobs.ErrFormat):
		return exitRefused
	case errors.Is(err, jobs.ErrInvalid):
		return exitUsage
	}
	return exitFailed
}

// hint says what to do about an error whose text cannot know that it was met on
// the command line.
func hint(err error) string {
	var wrong *usageError
	trouble, known := scripts.TroubleOf(err)
	switch {
	case errors.As(err, &wrong) && wrong.verb != "":
		return fmt.Sprintf("See %s --help.", wrong.verb)
	case errors.Is(err, jobs.ErrDenied) && trouble.Kind == "sentinel":
		return "Give the password of the Sentinels in " + sentinelPassword + ", or by sentinel_password_file=PATH in the URL."
	case known && trouble.Kind != "unreachable" && trouble.Kind != "password" && trouble.Kind != "permission":
		return "What helps: " + trouble.Fix + "."
	case errors.Is(err, jobs.ErrUnreachable):
		return "Is Redis there? --redis URL, JOBS_REDIS or -H and -P name another one; `jobs-agent dev` starts one of its own."
	case errors.Is(err, jobs.ErrDenied):
		return "Give user and password in the URL, redis://USER:PASSWORD@HOST or password_file=PATH, or in REDIS_URL; an ACL must allow the keys of the board (`jobs-agent doctor`)."
	case errors.Is(err, jobs.ErrNoJob):
		return "`jobs-agent list` shows the jobs."
	case errors.Is(err, jobs.ErrActive):
		return "`jobs-agent runs JOB` shows the run, `jobs-agent cancel JOB` stops it, --force runs beside it."
	case errors.Is(err, jobs.ErrPaused):
		return "`jobs-agent resume` ends a pause, --force runs all the same."
	case errors.Is(err, jobs.ErrNoRun):
		return "`jobs-agent runs` shows the runs, `jobs-agent queue dead list` the dead ones."
	case errors.Is(err, jobs.ErrFormat):
		return "Use the newer jobs-agent here as well."
	}
	return ""
}
