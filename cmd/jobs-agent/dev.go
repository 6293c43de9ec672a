package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/jobs-agent/jobs/agent"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/scripts"
)

// devFlags are the flags of dev.
type devFlags struct {
	runnerFlags
	data   string
	memory bool
	http   string
	log    logFlags
}

func newDev(g *globals) *cobra.Command {
	var flags devFlags
	cmd := &cobra.Command{
		Use:     "dev [FILE...]",
		GroupID: groupAdmin,
		Short:   "Run a store, an agent and a ticker, to begin with",
		Long: `The store is a private redis-server or valkey-server, where one is installed, and
else one in memory. With --redis (or its variables) it is that Redis or an error. The
agent serves shell, exec and console, or what --runner, --runner-folder, their variables or the file
say, as jobs-agent agent does; without a terminal, SIGHUP reads the last two again. The other verbs find the store by
themselves.

A FILE that is a board file (.yaml) is applied, and again whenever it changes; one with
an error in it changes nothing. The jobs of other FILEs, dumps as load takes them, are
put on a board that has no jobs yet.`,
		Example: `  jobs-agent dev
  jobs-agent dev jobs.yaml
  jobs-agent dev examples/hello.json
  jobs-agent dev --runner shell --runner 'mail=./send-mail'
  jobs-agent dev --config agent.yaml
  jobs-agent dev --data ./data --http 127.0.0.1:8080`,
		RunE: func(cmd *cobra.Command, args []string) error { return g.dev(cmd, args, &flags) },
	}
	f := cmd.Flags()
	flags.declare(cmd, []string{"shell", "exec", "console"})
	f.StringVar(&flags.data, "data", "", "`folder` of the store (default below ~/.local/state/jobs-agent)")
	f.BoolVar(&flags.memory, "memory", false, "a store in memory, even where a server is installed")
	f.StringVar(&flags.http, "http", agent.DefaultConfig().HTTP, "`address` of /livez, /readyz and /metrics; empty: none")
	flags.log.declare(cmd, "console")
	return cmd
}

func (g *globals) dev(cmd *cobra.Command, files []string, flags *devFlags) (err error) {
	if err := g.settle(cmd); err != nil {
		return err
	}
	cfg := agent.DefaultConfig()
	cfg.Board, cfg.HTTP = g.board, flags.http
	cfg.Drain, cfg.Version = devDrain, buildVersion().Version
	remarks, err := flags.into(&cfg, g)
	if err != nil {
		return usage(cmd.CommandPath(), "%w", err)
	}
	if cfg.Log, err = flags.log.logger(g, cmd); err != nil {
		return err
	}
	for _, remark := range remarks {
		cfg.Log.Warn(remark)
	}
	if err := cfg.Validate(); err != nil {
		return usage(cmd.CommandPath(), "%w", err)
	}
	boards, files := apart(files)
	for _, name := range boards {
		if _, err := os.Stat(name); err != nil {
			return usage(cmd.CommandPath(), "read a board file: %w", err)
		}
	}
	dumps, err := readDumps(cmd, files)
	if err != nil {
		return err
	}
	store, err := g.devStore(cmd, flags, cfg.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.close()) }()
	cfg.Redis = store.url
	if err := loadFirst(cmd, cfg, dumps); err != nil {
		return err
	}
	return g.devRun(cmd, cfg, flags, store, boards)
}

// devDrain is short: somebody waits at the keyboard.
const devDrain = 5 * time.Second

// devRun runs the agent and says where things are once it is ready.
func (g *globals) devRun(cmd *cobra.Command, cfg agent.Config, flags *devFlags, store *devStore, boards []string) error {
	node, err := agent.New(cfg)
	if err != nil {
		return err
	}
	if !terminal(cmd.InOrStdin()) { // there a hangup is the end, as one expects
		flags.reloads(cmd.Context(), g, cmd, node, cfg.Log)
	}
	ended := make(chan error, 1)
	go func() { ended <- node.Run(cmd.Context()) }()
	select {
	case err := <-ended:
		return err
	case <-node.Ready():
	}
	if err := g.giveDev(cmd, cfg, store, node.HTTP()); err != nil {
		cfg.Log.Warn("cannot say where things are", zap.Error(err))
	}
	var following sync.WaitGroup
	if len(boards) > 0 {
		following.Go(func() { g.follow(cmd.Context(), cmd, cfg, boards) })
	}
	tellRuns(cmd.Context(), cfg)
	following.Wait()
	return <-ended
}

func (g *globals) giveDev(cmd *cobra.Command, cfg agent.Config, store *devStore, http string) error {
	doc := struct {
		Store     string   `json:"store"`
		Redis     string   `json:"redis"`
		PID       int      `json:"pid"` // of the store
		Data      string   `json:"data"`
		TakenOver bool     `json:"taken_over"`
		HTTP      string   `json:"http"`
		Board     string   `json:"board"`
		Runners   []string `json:"runners"`
	}{store.kind, scripts.Masked(store.url), store.pid, store.data, store.takenOver, http, cfg.Board, cfg.Runners}
	if store.banner != "" {
		say(cmd, "%s", store.banner)
	}
	return g.give(cmd, answer{doc: doc, text: func(p *page) {
		kind := doc.Store
		switch {
		case doc.TakenOver:
			kind += fmt.Sprintf(", process %d, taken over from a jobs-agent dev that was killed", doc.PID)
		case doc.PID > 0:
			kind += fmt.Sprintf(", process %d", doc.PID)
		}
		fmt.Fprintf(p, "jobs-agent dev is ready; Ctrl-C ends it.\n  store    %s\n  redis    %s\n", kind, doc.Redis)
		if doc.Data != "" {
			fmt.Fprintf(p, "  data     %s\n", doc.Data)
		}
		if http != "" {
			fmt.Fprintf(p, "  http     http://%s/metrics\n", http)
		}
		fmt.Fprintf(p, "  board    %s\n  serves   %s\nTry in another terminal:\n  jobs-agent put hello --every 10s -- date\n  jobs-agent logs hello -f\n",
			doc.Board, servedText(doc.Runners))
	}})
}

// loadFirst puts the jobs of the dumps on a board that has none.
func loadFirst(cmd *cobra.Command, cfg agent.Config, dumps []dump) error {
	if len(dumps) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), time.Minute)
	defer cancel()
	b, err := board.Open(ctx, cfg.Redis, cfg.Board)
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	count, err := b.Count(ctx)
	if err != nil {
		return err
	}
	if count.Jobs > 0 {
		say(cmd, "Board %s has %d jobs already, so no file was loaded; jobs-agent load FILE does it.", b.Name(), count.Jobs)
		return nil
	}
	for _, d := range dumps {
		loaded, err := b.Load(ctx, strings.NewReader(d.text), board.Loading{FromNow: true})
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		say(cmd, "Loaded %d jobs from %s.", loaded.Jobs, d.name)
	}
	return nil
}
