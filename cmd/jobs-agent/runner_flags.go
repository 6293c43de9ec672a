package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/agent"
	"github.com/jobs-agent/jobs/runners"
)

// runnerFlags say what a host serves.
type runnerFlags struct {
	runners   []string
	folders   []string
	httpLocal bool
	unsaid    []string // what is served when nothing says it
}

func (r *runnerFlags) declare(cmd *cobra.Command, unsaid []string) {
	r.unsaid = unsaid
	f := cmd.Flags()
	f.StringArrayVar(&r.runners, "runner", unsaid, "`TYPE[=COMMAND]` to serve: shell, exec, http, console, or any type by a command line; repeatable")
	f.StringArrayVar(&r.folders, "runner-folder", nil, "`folder` whose executables jobs-TYPE-runner are served as TYPE; repeatable")
	f.BoolVar(&r.httpLocal, "http-local", false, "let the runner http reach loopback, private and link-local addresses")
}

// into puts what is served into a configuration, and answers what is to be said of it.
func (r *runnerFlags) into(cfg *agent.Config, g *globals) (remarks []string, err error) {
	served, err := serve(g.file, r.runners, g.sources["runner"], r.folders)
	if err != nil {
		return nil, err
	}
	cfg.Runners, cfg.Options, cfg.HTTPLocal = served.specs, served.options, r.httpLocal
	return served.remarks, nil
}

// executes tells whether a host with these runners executes what jobs say.
func executes(specs []string) bool {
	return slices.ContainsFunc(specs, func(spec string) bool {
		kind, _, command := strings.Cut(spec, "=")
		return runners.StartsPrograms(kind, command)
	})
}

// servedText names what is served, for people.
func servedText(runners []string) string {
	if len(runners) == 0 {
		return "nothing"
	}
	names := make([]string, 0, len(runners))
	for _, runner := range runners {
		name, _, _ := strings.Cut(runner, "=")
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
