package runners

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/jobs-agent/jobs"
)

const (
	// defaultGrace stands between TERM and KILL when the attempt says nothing.
	defaultGrace = 5 * time.Second
	// brief is how long a program runs before somebody waits for its output too. What most
	// programs print is taken at one go when they have ended: to be woken by each byte and
	// by the last would cost the agent a third of its part in a run. A program that prints
	// more than a pipe holds waits so long for a reader, once.
	brief = 20 * time.Millisecond
	// deaf is how much longer than the grace a stop may take before the agent
	// stops waiting for its supervisor.
	deaf = 3 * time.Second
)

// program is what a runner wants executed. Its output goes to the attempt's.
type program struct {
	argv  []string
	stdin string
	extra string // readable at /dev/fd/3; empty for none
}

// order is a program with all that starting it takes. The files are numbers of
// open descriptors; -1 stands for an empty standard input and no extra one.
type order struct {
	path  string
	argv  []string
	env   []string
	dir   string
	mark  string
	out   int
	stdin int
	extra int
	by    time.Time // the attempt's BeginBy
}

// errLate is the end of a program that was not started because of its order's by.
var errLate = fmt.Errorf("not started: %w", jobs.ErrLate)

// fork makes the process, unless it is too late for it.
func (o order) fork(attr *syscall.ProcAttr) (pid int, err error) {
	if !o.by.IsZero() && !time.Now().Before(o.by) {
		return 0, errLate
	}
	return syscall.ForkExec(o.path, o.argv, attr)
}

// process is a program that was ordered. Exactly one ending is sent.
type process struct {
	ended chan ending
	// stop ends it in a while: TERM, grace, KILL. It does not wait.
	stop func(grace time.Duration)
	// abandon kills what can be reached without the supervisor.
	abandon func()
}

type ending struct {
	status syscall.WaitStatus
	err    error // there is no status: it was never started, or is out of sight

	starved bool // the kernel killed processes of it for its limit of memory
}

// run executes a program for an attempt and returns when it has ended and its
// output is taken. When ctx ends the program is stopped, and run returns what
// came of that.
func (h *host) run(ctx context.Context, a *jobs.Attempt, p program) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	o := order{argv: p.argv, env: environ(h.base, a), dir: h.dir, mark: mark(a), stdin: -1, extra: -1, by: a.BeginBy}
	proc, out, err := h.start(o, p)
	if err != nil {
		return fmt.Errorf("start %q: %w", p.argv[0], err)
	}
	end, over := shortly(ctx, proc)
	if over && h.takeRest(out, a.Output) {
		_ = unix.Close(out)
	} else {
		finish := h.follow(out, a.Output)
		if !over {
			end = wait(ctx, proc, a.Grace)
		}
		finish()
	}
	if end.err != nil {
		return fmt.Errorf("run %q: %w", p.argv[0], h.explain(end.err, p.argv[0]))
	}
	return h.result(end)
}

// start opens what the program needs and orders it. The ends of the files that
// belong to the program are closed here in any case.
func (h *host) start(o order, p program) (*process, int, error) {
	var err error
	if o.path, err = h.find(p.argv[0]); err != nil {
		return nil, -1, err
	}
	if err := plain(o.env); err != nil {
		return nil, -1, err
	}
	if p.stdin != "" {
		in, err := input(p.stdin)
		if err != nil {
			return nil, -1, fmt.Errorf("open standard input: %w", err)
		}
		defer func() { _ = in.Close() }()
		o.stdin = int(in.Fd())
	}
	if p.extra != "" {
		in, err := input(p.extra)
		if err != nil {
			return nil, -1, fmt.Errorf("open payload: %w", err)
		}
		defer func() { _ = in.Close() }()
		o.extra = int(in.Fd())
	}
	out, end, err := pipe()
	if err != nil {
		return nil, -1, fmt.Errorf("open pipe for output: %w", err)
	}
	defer func() { _ = unix.Close(end) }()
	o.out = end
	proc, err := h.sup.start(o)
	if err != nil {
		_ = unix.Close(out)
		return nil, -1, err
	}
	return proc, out, nil
}

// shortly waits for the end of a program that ends soon.
func shortly(ctx context.Context, p *process) (ending, bool) {
	timer := time.NewTimer(brief)
	defer timer.Stop()
	select {
	case end := <-p.ended:
		return end, true
	case <-timer.C:
	case <-ctx.Done():
	}
	return ending{}, false
}

func wait(ctx context.Context, p *process, grace time.Duration) ending {
	select {
	case end := <-p.ended:
		return end
	case <-ctx.Done():
	}
	if grace <= 0 {
		grace = defaultGrace
	}
	p.stop(grace)
	timer := time.NewTimer(grace + deaf)
	defer timer.Stop()
	select {
	case end := <-p.ended:
		return end
	case <-timer.C:
		p.abandon()
		return ending{err: fmt.Errorf("nobody told of its end %v after it was to be killed", deaf)}
	}
}

// plain refuses variables that execve would cut short.
func plain(env []string) error {
	for _, kv := range env {
		if strings.Contains(kv, "\x00") {
			name, _, _ := strings.Cut(kv, "=")
			return fmt.Errorf("the variable %s holds a NUL byte", name)
		}
	}
	return nil
}

func (h *host) result(end ending) error {
	err := result(end.status)
	if err != nil && end.starved {
		return fmt.Errorf("its memory limit of %s was exceeded: %w", bytesText(h.sup.bounds.Memory), err)
	}
	return err
}

func result(status syscall.WaitStatus) error {
	switch {
	case status.Signaled():
		sig := status.Signal()
		return &jobs.ExitError{Code: 128 + int(sig), Signal: unix.SignalName(sig)}
	case status.ExitStatus() != 0:
		return &jobs.ExitError{Code: status.ExitStatus()}
	}
	return nil
}
