package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/agent"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/runners"
)

func newRunners(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "runners",
		GroupID: groupCluster,
		Short:   "List and show the runner types that this host would serve, or live agents do",
		Example: `  jobs-agent runners list
  jobs-agent runners show mail`,
		Args: knownVerb,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newRunnersList(g), newRunnersShow(g))
	return cmd
}

// runnerDoc is how a host serves a type. What is not said of it is empty.
type runnerDoc struct {
	Type    string   `json:"type"`
	Command string   `json:"command"` // empty: it is built in
	Source  string   `json:"source"`
	User    string   `json:"user"`
	Group   string   `json:"group"`
	Cwd     string   `json:"cwd"`
	Umask   string   `json:"umask"`
	Nice    int      `json:"nice"`
	Env     []string `json:"env"`      // names, with a star at the end any that begin so
	Set     []string `json:"set"`      // names
	EnvFrom []string `json:"env_from"` // where each is found, never what
	Files   int64    `json:"files"`
	Procs   int64    `json:"processes"`
	Size    int64    `json:"file_size"`
	Memory  int64    `json:"memory"`  // of a run
	CPU     float64  `json:"cpu"`     // of a run, in processors
	Local   bool     `json:"local"`   // http may reach local addresses
	Problem string   `json:"problem"` // why an agent would not start with it
}

func aboutRunner(spec, source string, c runners.Config) runnerDoc {
	kind, command, _ := strings.Cut(spec, "=")
	doc := runnerDoc{
		Type: kind, Command: command, Source: source, User: c.Bounds.User, Group: c.Bounds.Group, Cwd: c.Dir, Umask: c.Bounds.Umask, Nice: c.Bounds.Nice,
		Env: c.Inherit, Set: []string{}, EnvFrom: []string{}, Files: c.Bounds.Files, Procs: c.Bounds.Processes, Size: c.Bounds.FileSize,
		Memory: c.Bounds.Memory, CPU: c.Bounds.CPU, Local: c.HTTPLocal,
	}
	if doc.Env == nil && runners.StartsPrograms(kind, command != "") {
		doc.Env = runners.DefaultInherit()
	}
	doc.Env = append([]string{}, doc.Env...)
	for _, pair := range c.Set {
		name, _, _ := strings.Cut(pair, "=")
		doc.Set = append(doc.Set, name)
	}
	for name, place := range c.Secrets {
		doc.EnvFrom = append(doc.EnvFrom, name+" from "+place.String())
	}
	slices.Sort(doc.EnvFrom)
	if err := runners.Check(spec, c); err != nil {
		doc.Problem = err.Error()
	}
	return doc
}

// ofHost answers what an agent would serve that is started here with the same settings.
func (a *runnerFlags) ofHost(g *globals, cmd *cobra.Command) ([]runnerDoc, error) {
	if err := g.settle(cmd); err != nil {
		return nil, err
	}
	set, err := serve(g.file, a.runners, g.sources["runner"], a.folders)
	if err != nil {
		return nil, usage(cmd.CommandPath(), "%w", err)
	}
	for _, remark := range set.remarks {
		say(cmd, "%s", remark)
	}
	docs := make([]runnerDoc, 0, len(set.specs))
	for _, spec := range set.specs {
		kind, _, _ := strings.Cut(spec, "=")
		c := set.options[kind]
		c.HTTPLocal = kind == "http" && (c.HTTPLocal || a.httpLocal)
		docs = append(docs, aboutRunner(spec, set.from[kind], c))
	}
	slices.SortFunc(docs, func(a, b runnerDoc) int { return strings.Compare(a.Type, b.Type) })
	return docs, nil
}

func newRunnersList(g *globals) *cobra.Command {
	var flags runnerFlags
	var all bool
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the types that an agent started here would serve; with --all those that live agents serve",
		Long: `Without --all it asks no Redis: it reads the flags, the environment, the settings file
and the runner folders as jobs-agent agent does. No secret is read.`,
		Example: `  jobs-agent runners list --config ./agent.yaml
  jobs-agent runners list --all -o json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all {
				return g.onBoard(g.liveRunners)(cmd, args)
			}
			docs, err := flags.ofHost(g, cmd)
			if err != nil {
				return err
			}
			a := answer{doc: docs}
			for _, d := range docs {
				a.names = append(a.names, d.Type)
			}
			a.text = func(p *page) {
				t := newTable(p, "TYPE", "COMMAND", "USER", "SECRETS", "SOURCE", "PROBLEM")
				for _, d := range docs {
					command := d.Command
					if command == "" {
						command = "built in"
					}
					t.add(d.Type, short(command, 60), orDash(d.User), fmt.Sprint(len(d.EnvFrom)), d.Source, orDash(short(d.Problem, 80)))
				}
				t.flush()
			}
			return g.give(cmd, a)
		},
	}
	flags.declare(cmd, agent.DefaultConfig().Runners)
	cmd.Flags().BoolVar(&all, "all", false, "the types that live agents serve, and registered ones that none does")
	return cmd
}

// liveRunner is who serves a type.
type liveRunner struct {
	Type   string   `json:"type"`
	Agents []string `json:"agents"`
	State  string   `json:"state"` // served or unserved
}

func (g *globals) liveRunners(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
	types, err := b.RunnerTypes(ctx)
	if err != nil {
		return err
	}
	agents, err := b.Agents(ctx)
	if err != nil {
		return err
	}
	now, err := b.Now(ctx)
	if err != nil {
		return err
	}
	serving := map[string][]string{}
	for _, kind := range types {
		serving[kind] = []string{}
	}
	for _, a := range agents {
		if a.Alive(now) {
			for _, kind := range a.Runners {
				serving[kind] = append(serving[kind], a.Name)
			}
		}
	}
	a, docs := answer{}, make([]liveRunner, 0, len(serving))
	for _, kind := range slices.Sorted(maps.Keys(serving)) {
		doc := liveRunner{Type: kind, Agents: serving[kind], State: "served"}
		if len(doc.Agents) == 0 {
			doc.State = "unserved"
		}
		docs, a.names = append(docs, doc), append(a.names, kind)
	}
	a.doc = docs
	a.text = func(p *page) {
		t := newTable(p, "TYPE", "STATE", "AGENTS")
		for _, d := range docs {
			t.add(d.Type, d.State, orDash(strings.Join(d.Agents, ",")))
		}
		t.flush()
	}
	return g.give(cmd, a)
}

func newRunnersShow(g *globals) *cobra.Command {
	var flags runnerFlags
	cmd := &cobra.Command{
		Use:     "show TYPE",
		Short:   "Show how an agent started here would serve a type",
		Long:    "It says where each secret is found, and never reads one.",
		Example: "  jobs-agent runners show mail --config ./agent.yaml",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			docs, err := flags.ofHost(g, cmd)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(docs, func(d runnerDoc) bool { return d.Type == args[0] })
			if i < 0 {
				return fmt.Errorf("this host would not serve %q: --runner, runners: in the settings file or a runner folder names what it serves", args[0])
			}
			if g.output == "" {
				g.output = asYAML
			}
			return g.give(cmd, answer{doc: docs[i], names: []string{args[0]}})
		},
	}
	flags.declare(cmd, agent.DefaultConfig().Runners)
	return cmd
}
