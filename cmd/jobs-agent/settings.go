package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// Where a value came from.
const (
	fromFlag        = "flag"
	fromEnvironment = "environment" // followed by the name of the variable
	fromFile        = "file"        // followed by its path
	fromDefault     = "default"
)

// setting is a flag whose value may come from the environment or the file as well.
type setting struct {
	flag string
	env  []string // in the order in which they count
	list bool     // the variable holds a list with commas
	file func(f *file) []string
}

func settings() []setting {
	return []setting{
		{flag: "redis", env: []string{"JOBS_REDIS", "JOBS_REDIS_URL", "REDIS_URL"}, file: func(f *file) []string { return one(f.Redis) }},
		{flag: "host", env: []string{"JOBS_REDIS_HOST"}},
		{flag: "port", env: []string{"JOBS_REDIS_PORT"}},
		{flag: "board", env: []string{"JOBS_BOARD"}, file: func(f *file) []string { return one(f.Board) }},
		{flag: "name", env: []string{"JOBS_NAME"}, file: func(f *file) []string { return one(f.Name) }},
		{flag: "runner", env: []string{"JOBS_RUNNER"}, list: true, file: func(f *file) []string { return f.Runners.specs() }},
		{flag: "runner-folder", env: []string{"JOBS_RUNNER_FOLDER"}, list: true, file: func(f *file) []string { return f.RunnerFolders }},
		{flag: "concurrency", env: []string{"JOBS_CONCURRENCY"}, file: func(f *file) []string { return one(f.Concurrency) }},
		{flag: "label", env: []string{"JOBS_LABEL"}, list: true, file: func(f *file) []string { return pairs(f.Labels) }},
		{flag: "gossip", env: []string{"JOBS_GOSSIP"}, file: func(f *file) []string { return one(f.Gossip) }},
		{flag: "join", env: []string{"JOBS_JOIN"}, list: true, file: func(f *file) []string { return f.Join }},
		{flag: "gossip-key-file", env: []string{"JOBS_GOSSIP_KEY_FILE"}, file: func(f *file) []string { return one(f.GossipKeyFile) }},
		{flag: "http", env: []string{"JOBS_HTTP"}, file: func(f *file) []string { return one(f.HTTP) }},
		{flag: "lease", env: []string{"JOBS_LEASE"}, file: func(f *file) []string { return one(f.Lease) }},
		{flag: "drain", env: []string{"JOBS_DRAIN"}, file: func(f *file) []string { return one(f.Drain) }},
		{flag: "tick-on-eviction", env: []string{"JOBS_TICK_ON_EVICTION"}, file: func(f *file) []string { return one(f.TickOnEviction) }},
		{flag: "log-level", env: []string{"JOBS_LOG_LEVEL"}, file: func(f *file) []string { return one(f.LogLevel) }},
		{flag: "log-format", env: []string{"JOBS_LOG_FORMAT"}, file: func(f *file) []string { return one(f.LogFormat) }},
		{flag: "log-sink", env: []string{"JOBS_LOG_SINK"}, list: true, file: func(f *file) []string { return f.LogSinks }},
		{flag: "data", env: []string{"JOBS_DATA"}},
		{flag: "trim", env: []string{"JOBS_QUEUE_TRIM"}},
	}
}

func one[T any](value *T) []string {
	if value == nil {
		return nil
	}
	return []string{fmt.Sprint(*value)}
}

func pairs(labels map[string]string) []string {
	var list []string
	for key, value := range labels {
		list = append(list, key+"="+value)
	}
	slices.Sort(list)
	return list
}

// settle gives each setting that the verb has a flag for its value: that of the
// flag, of the environment, of the file, or the default. Verbs that read settings
// call it first.
func (g *globals) settle(cmd *cobra.Command) error {
	if g.sources != nil {
		return nil
	}
	f, err := g.readFile(cmd)
	if err != nil {
		return err
	}
	g.sources, g.file = map[string]string{}, f
	for _, s := range settings() {
		if err := g.set(cmd, s, f); err != nil {
			return err
		}
	}
	return nil
}

func (g *globals) set(cmd *cobra.Command, s setting, f *file) error {
	flag := cmd.Flags().Lookup(s.flag)
	if flag == nil {
		return nil
	}
	if flag.Changed {
		g.sources[s.flag] = fromFlag
		return nil
	}
	values, source := s.elsewhere(g.env, f)
	g.sources[s.flag] = source
	for _, value := range values {
		if err := flag.Value.Set(value); err != nil {
			return usage(cmd.CommandPath(), "%s: %s %q: %w", source, s.flag, value, err)
		}
	}
	return nil
}

// elsewhere is the value that is not a flag's.
func (s setting) elsewhere(env func(string) string, f *file) ([]string, string) {
	for _, name := range s.env {
		value := env(name)
		switch {
		case value == "":
		case s.list:
			return strings.Split(value, ","), fromEnvironment + " " + name
		default:
			return []string{value}, fromEnvironment + " " + name
		}
	}
	if s.file != nil {
		if values := s.file(f); len(values) > 0 {
			return values, fromFile + " " + f.path
		}
	}
	return nil, fromDefault
}
