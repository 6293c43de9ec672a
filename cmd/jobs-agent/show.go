package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/boardfile"
)

func newShow(g *globals) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "show JOB",
		GroupID: groupBasic,
		Short:   "Show the metadata of a job",
		Long:    "As JSON the metadata is what the board holds, byte for byte.",
		Example: `  jobs-agent show backup
  jobs-agent show backup -o json | jq -r .payload`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			form, err := g.dumpForm(cmd, format, asYAML)
			if err != nil {
				return err
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
				entry, err := b.Show(ctx, args[0])
				if err != nil {
					return err
				}
				return showEntry(cmd, entry, form)
			})(cmd, args)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "", "`form`: yaml (default) or json")
	return cmd
}

// dumpForm is the form of verbs that write metadata, which 2014 called --format.
func (g *globals) dumpForm(cmd *cobra.Command, format, usual string) (string, error) {
	for _, form := range []string{format, g.output, usual} {
		switch form {
		case "":
		case asJSON, asYAML:
			return form, nil
		case asName:
			if cmd.Name() == "show" {
				return form, nil
			}
			fallthrough
		default:
			return "", usage(cmd.CommandPath(), "%s is written as json or yaml, not as %q", cmd.Name(), form)
		}
	}
	return usual, nil
}

func showEntry(cmd *cobra.Command, entry board.Entry, form string) error {
	var out bytes.Buffer
	switch {
	case form == asName:
		fmt.Fprintln(&out, entry.ID)
	case form == asJSON:
		fmt.Fprintln(&out, entry.Text)
	case !json.Valid([]byte(entry.Text)):
		say(cmd, "The metadata is no JSON; this is its text.")
		fmt.Fprintln(&out, entry.Text)
	default:
		text, err := boardfile.FromJSON([]byte(entry.Text))
		if err != nil {
			return fmt.Errorf("show job %q: %w", entry.ID, err)
		}
		remarks(&out, entry)
		out.Write(text)
	}
	return write(cmd, out.Bytes())
}

// remarks are what is not metadata, as comments.
func remarks(w io.Writer, entry board.Entry) {
	if entry.Quarantine != "" {
		fmt.Fprintf(w, "# quarantined: %s\n", printable(entry.Quarantine))
		return
	}
	if entry.Next.IsZero() && timeless(entry.Job) {
		fmt.Fprintf(w, "# %s\n", inWords(entry.Job))
		return
	}
	fmt.Fprintf(w, "# %s, next at %s\n", inWords(entry.Job), clock(entry.Next))
}
