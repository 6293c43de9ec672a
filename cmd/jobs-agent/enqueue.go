package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

func newEnqueue(g *globals) *cobra.Command {
	var flags enqueueFlags
	cmd := &cobra.Command{
		Use:     "enqueue TYPE PAYLOAD | enqueue TYPE --lines FILE | enqueue [TYPE] --jsonl FILE",
		GroupID: groupQueues,
		Short:   "Queue a run without a job",
		Long: `TYPE is a runner type; - as PAYLOAD is standard input, @FILE a file. With --lines
each line of a file (- is standard input) is the payload of one run. With --jsonl each
is a JSON object with the fields runner (else TYPE), payload, id, in, at, priority, hosts, unique,
unique_for, ttl and those of the flags, whose values hold where a field is absent.

While a run holds the --id or the --unique key that is asked for, nothing is queued:
its id is printed, and the exit code is 0. So what was interrupted can be sent again,
whole, when it has ids.`,
		Example: `  jobs-agent enqueue shell 'make report' --timeout 10m --retries 3
  jobs-agent enqueue mail @letter --in 1h --ttl 1d --priority low
  jobs-agent enqueue sync customer-42 --unique customer-42
  find . -name '*.jpg' | jobs-agent enqueue thumbnail --lines -
  echo '{"runner":"mail","payload":"hi","id":"m-1","in":"10m"}' | jobs-agent enqueue --jsonl -`,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(cmd); err != nil {
				return err
			}
			switch {
			case flags.lines != "":
				return g.enqueueLines(cmd, args, &flags)
			case flags.jsonl != "":
				return g.enqueueObjects(cmd, args, &flags)
			}
			return g.enqueueOne(cmd, args, &flags)
		},
	}
	flags.declare(cmd)
	return cmd
}

// enqueueFlags are those of one run, and where many come from.
type enqueueFlags struct {
	attemptFlags
	id, unique, priority string
	hosts                string
	in, ttl, uniqueFor   span
	at                   instant
	lines, jsonl         string
}

func (e *enqueueFlags) declare(cmd *cobra.Command) {
	e.attemptFlags.declare(cmd)
	f := cmd.Flags()
	f.StringVar(&e.id, "id", "", "`name` of your own: enqueued again under it, the run is not queued twice")
	f.Var(&e.in, "in", "queue it so much later")
	f.Var(&e.at, "at", "queue it at that time")
	f.StringVar(&e.priority, "priority", string(jobs.Normal), "`rank` within the type: low, normal or high")
	f.StringVar(&e.hosts, "hosts", "", "`selector` of the agents that may take it, such as gpu=true,zone!=b (default any)")
	f.StringVar(&e.unique, "unique", "", "`key` that one unended run of the type can hold")
	f.Var(&e.uniqueFor, "unique-for", "hold the key no longer than that (default 1d)")
	f.Var(&e.ttl, "ttl", "drop it when nobody has taken it so long after its time")
	f.StringVar(&e.lines, "lines", "", "`file` with one payload a line")
	f.StringVar(&e.jsonl, "jsonl", "", "`file` with one JSON object a line")
	choices(cmd, "priority", "low", "normal", "high")
}

func (e *enqueueFlags) check(cmd *cobra.Command) error {
	if err := e.attemptFlags.check(cmd); err != nil {
		return err
	}
	if cmd.Flags().Changed("in") && cmd.Flags().Changed("at") {
		return usage(cmd.CommandPath(), "either --in or --at can be given")
	}
	if e.lines != "" && e.jsonl != "" {
		return usage(cmd.CommandPath(), "either --lines or --jsonl can be given")
	}
	for _, name := range []string{"id", "unique", "priority", "at"} {
		if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() == "" {
			return usage(cmd.CommandPath(), "--%s is empty", name)
		}
		if f := cmd.Flags().Lookup(name); f.Changed && (name == "id" || name == "unique") && e.lines+e.jsonl != "" {
			return usage(cmd.CommandPath(), "--%s is one run's: it cannot be that of many", name)
		}
	}
	return nil
}

// oneOff is what the flags say of a run. What counts from now counts by this machine's
// clock only if it is a time.
func (e *enqueueFlags) oneOff(cmd *cobra.Command, runner, payload string) (board.OneOff, error) {
	one := e.attemptFlags.oneOff(cmd, runner, payload)
	one.ID, one.Unique, one.UniqueFor, one.TTL, one.In = e.id, e.unique, e.uniqueFor.d, e.ttl.d, e.in.d
	if cmd.Flags().Changed("priority") {
		one.Priority = jobs.Priority(e.priority)
	}
	var err error
	if one.Hosts, err = jobs.ParseHosts(e.hosts); err != nil {
		return one, usage(cmd.CommandPath(), "%w", err)
	}
	now := time.Now()
	at, err := e.at.at(now)
	if err == nil && e.at.relative() {
		one.In = at.Sub(now)
		return one, nil
	}
	one.At = at
	return one, err
}

func (g *globals) enqueueOne(cmd *cobra.Command, args []string, flags *enqueueFlags) error {
	if err := takes(2, 2)(cmd, args); err != nil {
		return err
	}
	text, err := payload(cmd, args[1])
	if err != nil {
		return err
	}
	one, err := flags.oneOff(cmd, args[0], text)
	if err != nil {
		return err
	}
	return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
		done, err := b.Submit(ctx, []board.OneOff{one})
		if err != nil {
			return err
		}
		id := string(done[0].Run)
		if done[0].Duplicate {
			say(cmd, "Nothing was queued: %s holds the id or the unique key.", id)
		} else {
			g.warnUnserved(cmd, b, one.Runner)
		}
		return g.give(cmd, answer{doc: struct {
			Run       string `json:"run"`
			Duplicate bool   `json:"duplicate"`
		}{id, done[0].Duplicate}, names: []string{id}, text: func(p *page) { fmt.Fprintln(p, id) }})
	})(cmd, args)
}

// submitted is what came of many.
type submitted struct {
	ids               []string
	queued, duplicate int
}

func (s *submitted) add(done []board.Enqueued) {
	for _, one := range done {
		switch {
		case one.Run == "":
			continue
		case one.Duplicate:
			s.duplicate++
		default:
			s.queued++
		}
		s.ids = append(s.ids, string(one.Run))
	}
}

func (s *submitted) String() string {
	if s.duplicate == 0 {
		return fmt.Sprintf("%d runs are queued", s.queued)
	}
	return fmt.Sprintf("%d runs are queued, %d were there already", s.queued, s.duplicate)
}

func (g *globals) giveSubmitted(cmd *cobra.Command, s *submitted) error {
	if g.output == "" {
		if s.duplicate > 0 {
			say(cmd, "Queued %d runs; %d were there already.", s.queued, s.duplicate)
		} else {
			say(cmd, "Queued %d runs.", s.queued)
		}
	}
	return g.give(cmd, answer{doc: struct {
		Queued     int      `json:"queued"`
		Duplicates int      `json:"duplicates"`
		Runs       []string `json:"runs"`
	}{s.queued, s.duplicate, s.ids}, names: s.ids})
}

// batch is how many runs are queued between two looks at the bar.
const batch = 5000

var errTooLong = errors.New("the line is longer than 8 MiB")
