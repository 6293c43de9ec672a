package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// The groups of verbs, as help shows them.
const (
	groupBasic   = "basic"
	groupSee     = "see"
	groupBoards  = "boards"
	groupQueues  = "queues"
	groupCluster = "cluster"
	groupAdmin   = "admin"
)

// newRoot makes the program; env answers the variables of its environment.
func newRoot(env func(name string) string) *cobra.Command {
	g := &globals{env: env}
	root := &cobra.Command{
		Use:   "jobs-agent",
		Short: "Jobs on many machines, kept in Redis",
		Long: `jobs-agent schedules jobs that live in Redis and runs them on any number of
equal agents, one of which, elected, is the ticker.`,
		Example: `  jobs-agent dev                            # a store, an agent and a ticker
  jobs-agent put hello --every 10s -- date  # a job
  jobs-agent logs hello -f                  # watch it run`,
		SilenceUsage:  true,
		SilenceErrors: true,

		SuggestionsMinimumDistance: 2,
		Args:                       knownVerb,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return g.prepare(cmd) }
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err: err, verb: cmd.CommandPath()}
	})
	g.declare(root)
	root.AddGroup(
		&cobra.Group{ID: groupBasic, Title: "Basic:"},
		&cobra.Group{ID: groupSee, Title: "See what happens:"},
		&cobra.Group{ID: groupBoards, Title: "Boards:"},
		&cobra.Group{ID: groupQueues, Title: "Queues:"},
		&cobra.Group{ID: groupCluster, Title: "Cluster:"},
		&cobra.Group{ID: groupAdmin, Title: "Administration:"},
	)
	root.SetHelpCommandGroupID(groupAdmin)
	root.SetCompletionCommandGroupID(groupAdmin)
	for _, verb := range verbs(g) {
		locate(g, verb)
		root.AddCommand(verb)
	}
	return root
}

// locate lets the errors of a verb say at which Redis they were met.
func locate(g *globals, verb *cobra.Command) {
	for _, sub := range verb.Commands() {
		locate(g, sub)
	}
	if run := verb.RunE; run != nil {
		verb.RunE = func(cmd *cobra.Command, args []string) error { return g.located(run(cmd, args)) }
	}
}

// verbs are all verbs in the order of their groups.
func verbs(g *globals) []*cobra.Command {
	return []*cobra.Command{
		newPut(g), newCreate(g), newShow(g), newList(g), newRemove(g), newRun(g), newBackfill(g), newCancel(g), newPause(g), newResume(g),
		newNext(g), newWhy(g), newRuns(g), newLogs(g), newCount(g),
		newBoard(g), newImport(g), newExport(g), newDump(g), newLoad(g),
		newEnqueue(g), newQueue(g), newPop(g), newTrim(g), newRegister(g),
		newAgent(g), newAgents(g), newHealth(g), newDrain(g), newLeader(g), newRespond(g), newRunners(g),
		newDev(g), newInit(g), newTick(g), newDoctor(g), newBench(g), newConfig(g), newVersion(g),
	}
}

// knownVerb refuses what is no verb and says which one was probably meant.
func knownVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		text = "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usage(cmd.CommandPath(), "there is no verb %q%s", args[0], text)
}

// takes checks how many arguments a verb gets; most below 0 is any number.
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usage(cmd.CommandPath(), "an argument is missing: %s", cmd.UseLine())
		case most >= 0 && len(args) > most:
			return usage(cmd.CommandPath(), "too many arguments, the first is %q: %s", args[most], cmd.UseLine())
		}
		return nil
	}
}
