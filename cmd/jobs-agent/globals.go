package main

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/devstore"
	"github.com/jobs-agent/jobs/scripts"
)

// globals are the flags that every verb has, and where their values came from.
type globals struct {
	redis, host, board, output, config string
	port                               int
	noColor                            bool

	where   string                   // the Redis of the verb, masked; empty before it is known
	env     func(name string) string // of variables, os.Getenv but in tests
	file    *file                    // nil until settle was called
	sources map[string]string        // flag -> source; nil until settle was called
}

const defaultRedis = "redis://127.0.0.1:6379"

func (g *globals) declare(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&g.redis, "redis", "", "`URL` of the Redis: redis://, rediss://, unix://, redis+sentinel://, redis+cluster://")
	f.StringVarP(&g.host, "host", "H", "", "`host` of the Redis, instead of a URL")
	f.IntVarP(&g.port, "port", "P", 0, "`port` of the Redis, instead of a URL")
	f.StringVar(&g.board, "board", "jobs", "`name` of the board")
	f.StringVarP(&g.output, "output", "o", "", "`form` of the data: table, wide, json, yaml or name")
	f.StringVar(&g.config, "config", "", "`file` with settings (default "+defaultFile+", if there is one)")
	f.BoolVar(&g.noColor, "no-color", false, "no colours, as with NO_COLOR")
}

// prepare runs before each verb.
func (g *globals) prepare(cmd *cobra.Command) error {
	if g.output != "" && !slices.Contains(formats(), g.output) {
		return usage(cmd.CommandPath(), "--output %q: allowed are %s", g.output, strings.Join(formats(), ", "))
	}
	if cmd.Flags().Changed("board") && g.board == "" {
		return usage(cmd.CommandPath(), "--board is empty")
	}
	return nil
}

// open connects to the board that the user means. Close it in the end.
func (g *globals) open(cmd *cobra.Command) (*board.Board, error) {
	url, err := g.url(cmd)
	if err != nil {
		return nil, err
	}
	return board.Open(cmd.Context(), url, g.board)
}

// url is the Redis that the user means: the one named, a live dev store, or the
// one that is usually there.
func (g *globals) url(cmd *cobra.Command) (url string, err error) {
	defer func() { g.where = scripts.Masked(url) }()
	url, source, err := g.named(cmd)
	if err != nil || url != "" {
		return url, err
	}
	if found, ok := devstore.Find(cmd.Context()); ok {
		fmt.Fprintf(cmd.ErrOrStderr(), "(the %s store of jobs-agent dev, process %d: %s)\n", found.Kind, found.PID, scripts.Masked(found.URL))
		g.sources["redis"] = "dev store"
		return found.URL, nil
	}
	g.sources["redis"] = source
	return defaultRedis, nil
}

// located says of a trouble of Redis which Redis it is.
func (g *globals) located(err error) error {
	if g.where == "" || !scripts.IsTrouble(err) || strings.Contains(err.Error(), g.where) {
		return err
	}
	return fmt.Errorf("redis at %s: %w", g.where, err)
}

// sentinelPassword is the variable that holds the password of the Sentinels.
const sentinelPassword = "JOBS_SENTINEL_PASSWORD"

// named is the Redis that a flag, the environment or the file names, and where it
// was named; empty when nothing does.
func (g *globals) named(cmd *cobra.Command) (url, source string, err error) {
	url, source, err = g.chosen(cmd)
	if g.env(sentinelPassword) != "" && strings.Contains(url, "+sentinel://") && !strings.Contains(url, "sentinel_password_") {
		mark := "?"
		if strings.Contains(url, "?") {
			mark = "&"
		}
		url += mark + "sentinel_password_env=" + sentinelPassword
	}
	return url, source, err
}

func (g *globals) chosen(cmd *cobra.Command) (url, source string, err error) {
	if err := g.settle(cmd); err != nil {
		return "", "", err
	}
	redis, host, port := g.sources["redis"], g.sources["host"], g.sources["port"]
	parts := host == fromFlag || port == fromFlag
	switch {
	case redis == fromFlag && parts:
		return "", "", usage(cmd.CommandPath(), "--redis names the Redis already: leave --host and --port out")
	case redis == fromFlag || !parts && strings.HasPrefix(redis, fromEnvironment):
		return g.redis, redis, nil
	case host != fromDefault || port != fromDefault:
		source = host
		if source == fromDefault {
			source = port
		}
		return g.address(), source, nil
	case redis != fromDefault:
		return g.redis, redis, nil
	}
	return "", fromDefault, nil
}

func (g *globals) address() string {
	host, port := "127.0.0.1", 6379
	if g.host != "" {
		host = strings.Trim(g.host, "[]")
	}
	if g.port != 0 {
		port = g.port
	}
	return "redis://" + net.JoinHostPort(host, strconv.Itoa(port))
}

// onBoard is the life of a verb that needs nothing but a board.
func (g *globals) onBoard(do func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		b, err := g.open(cmd)
		if err != nil {
			return err
		}
		defer func() { _ = b.Close() }()
		return do(cmd.Context(), cmd, b, args)
	}
}
