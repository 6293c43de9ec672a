package runners

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jobs-agent/jobs"
)

// Config is what the runners of a host have in common.
type Config struct {
	// Supervisor starts the programs. Runners that start none do without.
	Supervisor *Supervisor
	// Inherit names the variables of this process that programs see; a * at the
	// end stands for any rest. Nil means DefaultInherit.
	Inherit []string
	// Set holds further variables as NAME=VALUE. They win over inherited ones.
	Set []string
	// Dir is where programs start; empty means where this process is.
	Dir string
	// Shell runs command lines; empty means /bin/sh.
	Shell string
	// HTTPLocal lets the http runner reach loopback, private and link-local addresses.
	HTTPLocal bool
}

// DefaultInherit answers the variables that programs see when nothing else is
// said. Variables of the agent, which may hold passwords, are not among them.
func DefaultInherit() []string {
	return []string{"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_*", "TZ", "TMPDIR"}
}

// New makes the runner that a host's configuration names: shell, exec, http or
// console, or TYPE=COMMAND for any program. It answers the type as well.
func New(spec string, c Config) (kind string, r jobs.Runner, err error) {
	kind, line, program := strings.Cut(spec, "=")
	fail := func(err error) (string, jobs.Runner, error) {
		return "", nil, fmt.Errorf("runner %q: %w", spec, err)
	}
	if err := jobs.ValidateRunner(kind); err != nil {
		return fail(fmt.Errorf("want TYPE or TYPE=COMMAND: %w", err))
	}
	if kind == "console" && !program {
		return kind, jobs.RunnerFunc(console), nil
	}
	if kind == "http" && !program {
		return kind, newHTTP(c.HTTPLocal), nil
	}
	h, err := newHost(c)
	if err != nil {
		return fail(err)
	}
	switch {
	case program:
		r, err := newCommand(h, line)
		if err != nil {
			return fail(err)
		}
		return kind, r, nil
	case kind == "shell":
		return kind, jobs.RunnerFunc(h.runShell), nil
	case kind == "exec":
		return kind, jobs.RunnerFunc(h.runExec), nil
	}
	return fail(fmt.Errorf("no such type here; shell, exec, http and console are known, %s=COMMAND serves it by a program", kind))
}

// host is a Config made ready.
type host struct {
	sup   *Supervisor
	base  []string // environment of every program
	path  string   // the PATH in it
	dir   string
	shell string
}

func newHost(c Config) (*host, error) {
	if c.Supervisor == nil {
		return nil, errors.New("it starts programs and so needs a supervisor")
	}
	h := &host{sup: c.Supervisor, dir: c.Dir, shell: c.Shell}
	if h.shell == "" {
		h.shell = "/bin/sh"
	}
	inherit := c.Inherit
	if inherit == nil {
		inherit = DefaultInherit()
	}
	var err error
	if h.base, err = baseEnviron(os.Environ(), inherit, c.Set); err != nil {
		return nil, err
	}
	h.path = lookup(h.base, "PATH")
	return h, nil
}
