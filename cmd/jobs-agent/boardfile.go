package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/boardfile"
)

func newBoard(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "board",
		GroupID: groupBoards,
		Short:   "Keep the jobs of a board in files: validate, plan, apply, export",
		Long: `A board file names jobs in YAML. Applying it puts them on the board, and removes
those that the same file has put there and no longer names. An apply is decided by
one command: before it the old jobs count, after it the new ones, whoever dies.`,
		Example: `  jobs-agent board validate nightly.yaml
  jobs-agent board plan nightly.yaml
  jobs-agent board apply nightly.yaml --set STAGE=test`,
		Args: knownVerb,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	export := newExport(g)
	export.GroupID = ""
	export.Example = strings.ReplaceAll(export.Example, "jobs-agent export", "jobs-agent board export")
	cmd.AddCommand(newBoardValidate(g), newBoardPlan(g), newBoardApply(g), export, newBoardList(g), newBoardSchema())
	return cmd
}

// fileFlags say how a board file is read.
type fileFlags struct {
	set  []string
	name string
}

func (f *fileFlags) declare(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "a variable of the file, `NAME=VALUE`; wins over the environment and over the file")
	cmd.Flags().StringVar(&f.name, "name", "", "`name` of the board file (default: what the file says, or its own name without extension)")
}

// maxBoardFile is a little more than a board file may have, so that the parser tells.
const maxBoardFile = 65 << 20

var variables = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)`)

// read reads a board file, by the name - from standard input.
func (f *fileFlags) read(g *globals, cmd *cobra.Command, name string) (boardfile.File, error) {
	from, err := input(cmd, name)
	if err != nil {
		return boardfile.File{}, err
	}
	text, err := io.ReadAll(io.LimitReader(from, maxBoardFile))
	_ = from.Close() // it was only read
	if err != nil {
		return boardfile.File{}, fmt.Errorf("read %s: %w", name, err)
	}
	if len(text) > 1<<20 && os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // a call that soon ends: a fifth less time for some more memory
	}
	return f.parse(g, cmd, name, text)
}

func (f *fileFlags) parse(g *globals, cmd *cobra.Command, name string, text []byte) (boardfile.File, error) {
	vars := map[string]string{}
	for _, m := range variables.FindAllSubmatch(text, -1) {
		if value := g.env(string(m[1])); value != "" {
			vars[string(m[1])] = value
		}
	}
	for _, pair := range f.set {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return boardfile.File{}, usage(cmd.CommandPath(), "--set %q: write it as NAME=VALUE", pair)
		}
		vars[key] = value
	}
	if name == "-" {
		name = "stdin"
		if f.name == "" && !namesItself(text) {
			return boardfile.File{}, usage(cmd.CommandPath(), "a board file on standard input needs a name, by its key name or by --name: it says which jobs are the file's")
		}
	}
	return boardfile.ParseAs(f.name, name, text, vars)
}

var nameKey = regexp.MustCompile(`(?m)^(name|"name"|'name'|\{.*"name") *:|[{,] *"name" *:`)

func namesItself(text []byte) bool { return nameKey.Match(text) }

// on opens the board that a file is for: the one of --board, else that of the file,
// else the usual one.
func (g *globals) on(cmd *cobra.Command, file boardfile.File) (*board.Board, error) {
	if file.Board != "" && !cmd.Flags().Changed("board") {
		if err := g.settle(cmd); err != nil {
			return nil, err
		}
		g.board = file.Board
	} else if file.Board != "" && file.Board != g.board {
		say(cmd, "The file is for board %s; --board takes it to %s.", file.Board, g.board)
	}
	return g.open(cmd)
}

// failed is an error that ends the program with 1 whatever it is about: 2 means
// something else there. Only a Redis out of reach keeps its code.
type failed struct{ error }

func (f failed) Unwrap() error { return f.error }

// asFailure makes the errors of a verb failures.
func asFailure(cmd *cobra.Command) *cobra.Command {
	run, args := cmd.RunE, cmd.Args
	wrap := func(err error) error {
		var status exitStatus
		if err == nil || errors.As(err, &status) {
			return err
		}
		return failed{err}
	}
	cmd.RunE = func(cmd *cobra.Command, list []string) error { return wrap(run(cmd, list)) }
	cmd.Args = func(cmd *cobra.Command, list []string) error { return wrap(args(cmd, list)) }
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return failed{&usageError{err: err, verb: cmd.CommandPath()}}
	})
	return cmd
}

func newBoardValidate(g *globals) *cobra.Command {
	var flags fileFlags
	cmd := &cobra.Command{
		Use:   "validate FILE",
		Short: "Check a board file, without a board (exit 1: something is wrong)",
		Example: `  jobs-agent board validate nightly.yaml
  jobs-agent board validate - --name nightly < nightly.yaml`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := flags.read(g, cmd, args[0])
			if err != nil {
				return err
			}
			say(cmd, "%s: board file %s with %s, nothing is wrong.", args[0], file.Name, count(len(file.Jobs), "job"))
			return nil
		},
	}
	flags.declare(cmd)
	return asFailure(cmd)
}

func newBoardSchema() *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of board files, for editors",
		Example: "  jobs-agent board schema > board.schema.json",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := boardfile.Schema()
			if err != nil {
				return err
			}
			return write(cmd, text)
		},
	}
}

func newBoardList(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the board files that were applied, and how many jobs they have there",
		Example: "  jobs-agent board list",
		Args:    takes(0, 0),
		RunE: g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
			return g.listFiles(ctx, cmd, b)
		}),
	}
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
