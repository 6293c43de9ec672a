// Command bench measures jobs-agent beside what a user would pick instead: asynq,
// BullMQ and River, each in the fastest way that its documentation tells of. It
// starts stores of its own, takes the peers in turns, round by round, and prints
// tables of medians with the ratios of the same rounds.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/jobs-agent/jobs/runners"
	"github.com/jobs-agent/jobs/scripts"
)

func main() { os.Exit(program()) }

func program() int {
	// The shell runner starts this binary once more, as in any program that has one.
	if runners.IsSupervisor() {
		return runners.ServeSupervisor()
	}
	scripts.Quiet()
	if len(os.Args) == 3 && os.Args[1] == "peer" {
		return servePeer(os.Args[2])
	}
	// What dies with its parent dies with the thread that started it: this one, which
	// lives as long as the process.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := takeTurns(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

func takeTurns(ctx context.Context, args []string, out, talk io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(talk)
	rounds := flags.Int("rounds", 3, "so many `times` through everything")
	only := flags.String("only", "", "only these experiments, by comma; a beginning is enough: "+strings.Join(names(), ","))
	peers := flags.String("peers", "", "only these peers, by comma: jobs,asynq,bullmq,river")
	quick := flags.Bool("quick", false, "small numbers, to see that all works; no figures to quote")
	form := flags.String("o", "table", "`form` of the figures: table or json")
	profiles := flags.String("profile", "", "write processor profiles and command statistics to this `folder`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *rounds < 1 || *form != "table" && *form != "json" {
		return fmt.Errorf("%q: see -help", strings.Join(args, " "))
	}
	chosen, err := choose(experiments(*quick), words(*only))
	if err != nil {
		return err
	}
	for _, peer := range words(*peers) {
		if !slices.Contains([]string{"jobs", "asynq", "bullmq", "river"}, peer) {
			return fmt.Errorf("there is no peer %q; see -help", peer)
		}
	}
	if *profiles != "" {
		if err := os.MkdirAll(*profiles, 0o755); err != nil {
			return err
		}
	}
	b, err := open(ctx, talk, chosen, words(*peers), *profiles)
	if err != nil {
		return err
	}
	defer b.close()
	result := b.run(ctx, chosen, *rounds)
	if *form == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return errors.Join(encoder.Encode(result), ctx.Err())
	}
	return errors.Join(result.print(out, chosen), ctx.Err())
}

func words(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// choose answers the experiments whose names begin with one of the words.
func choose(all []experiment, only []string) ([]experiment, error) {
	if len(only) == 0 {
		return all, nil
	}
	var chosen []experiment
	for _, e := range all {
		if slices.ContainsFunc(only, func(word string) bool { return strings.HasPrefix(e.name, word) }) {
			chosen = append(chosen, e)
		}
	}
	for _, word := range only {
		if !slices.ContainsFunc(chosen, func(e experiment) bool { return strings.HasPrefix(e.name, word) }) {
			return nil, fmt.Errorf("there is no experiment %q; there are %s", word, strings.Join(names(), ", "))
		}
	}
	return chosen, nil
}

func names() []string {
	var all []string
	for _, e := range experiments(true) {
		all = append(all, e.name)
	}
	return all
}
