package runners

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	// Bounds say as whom and within which limits programs run. The Supervisor is started
	// with the same.
	Bounds Bounds
	// Secrets are variables whose values the host finds elsewhere, by name. They are read
	// by New, seen by programs only, and masked in what those print.
	Secrets map[string]Secret
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
	r, err = build(kind, line, program, c)
	if err != nil {
		return "", nil, fmt.Errorf("runner %q: %w", spec, err)
	}
	return kind, r, nil
}

// Check tells what New would complain of, without a supervisor and without reading a
// secret.
func Check(spec string, c Config) error {
	for _, name := range sortedKeys(c.Secrets) {
		if err := checkSecret(name, c.Secrets[name]); err != nil {
			return fmt.Errorf("runner %q: %w", spec, err)
		}
	}
	creed, err := c.Bounds.creed()
	if err != nil {
		return fmt.Errorf("runner %q: %w", spec, err)
	}
	c.Supervisor = &Supervisor{bounds: c.Bounds, creed: creed}
	if len(c.Secrets) > 0 {
		if kind, _, program := strings.Cut(spec, "="); !StartsPrograms(kind, program) {
			return fmt.Errorf("runner %q: %w", spec, errNoProgram)
		}
		c.Secrets = nil
	}
	_, _, err = New(spec, c)
	return err
}

// StartsPrograms tells whether a type, built in or served by a command, executes what
// the host or a job says.
func StartsPrograms(kind string, command bool) bool {
	return command || kind != "console" && kind != "http"
}

var errNoProgram = errors.New("it starts no program, so it takes no user, folder, environment, limits or secrets")

func build(kind, line string, program bool, c Config) (jobs.Runner, error) {
	if err := jobs.ValidateRunner(kind); err != nil {
		return nil, fmt.Errorf("want TYPE or TYPE=COMMAND: %w", err)
	}
	if !StartsPrograms(kind, program) {
		if c.Bounds != (Bounds{}) || c.Dir != "" || c.Inherit != nil || len(c.Set)+len(c.Secrets) > 0 {
			return nil, errNoProgram
		}
		if kind == "http" {
			return newHTTP(c.HTTPLocal), nil
		}
		return jobs.RunnerFunc(console), nil
	}
	h, err := newHost(c)
	if err != nil {
		return nil, err
	}
	var r jobs.Runner
	switch {
	case program:
		if r, err = newCommand(h, line); err != nil {
			return nil, err
		}
	case kind == "shell":
		r = jobs.RunnerFunc(h.runShell)
	case kind == "exec":
		r = jobs.RunnerFunc(h.runExec)
	default:
		return nil, fmt.Errorf("no such type here; shell, exec, http and console are known, %s=COMMAND serves it by a program", kind)
	}
	if h.secrets != nil {
		return masked{r, h.secrets}, nil
	}
	return r, nil
}

// host is a Config made ready.
type host struct {
	sup   *Supervisor
	base  []string // environment of every program
	path  string   // the PATH in it
	dir   string
	shell string

	secrets *matcher // nil: there are none
}

func newHost(c Config) (*host, error) {
	if c.Supervisor == nil {
		return nil, errors.New("it starts programs and so needs a supervisor")
	}
	h := &host{sup: c.Supervisor, dir: c.Dir, shell: c.Shell}
	if h.shell == "" {
		h.shell = "/bin/sh"
	}
	if c.Bounds != c.Supervisor.bounds {
		return nil, errors.New("its supervisor was started with other bounds")
	}
	if h.dir != "" && !filepath.IsAbs(h.dir) {
		return nil, fmt.Errorf("cwd %q: want an absolute path", h.dir)
	}
	inherit := c.Inherit
	if inherit == nil {
		inherit = DefaultInherit()
	}
	set := append(c.Supervisor.creed.environ(), c.Set...)
	secret, m, err := readSecrets(c.Secrets)
	if err != nil {
		return nil, err
	}
	h.secrets = m
	if h.base, err = baseEnviron(os.Environ(), inherit, append(set, secret...)); err != nil {
		return nil, err
	}
	h.path = lookup(h.base, "PATH")
	return h, nil
}
