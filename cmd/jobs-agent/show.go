package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/boardfile"
)

func newShow(g *globals) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "show JOB|RUN",
		GroupID: groupBasic,
		Short:   "Show the metadata of a job, or what it was for a run",
		Long: `As JSON the metadata of a job is what the board holds, byte for byte.

Of a run it is the metadata by which it was queued, also when the job was changed or removed
since; as JSON it stands in "definition", beside what "runs" tells of the run, and
"definition_changed" says whether the job is another one now. What the last 20 changes of a
job replaced is kept, fewer of long ones, and 30 days what a removed job was. The exit code is 1 when
the metadata of a run is not known any more.`,
		Example: `  jobs-agent show backup
  jobs-agent show 'backup#019ac1b2c3d40123456789'
  jobs-agent show backup -o json | jq -r .payload`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			form, err := g.dumpForm(cmd, format, asYAML)
			if err != nil {
				return err
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, args []string) error {
				entry, err := b.Show(ctx, args[0])
				if id := jobs.RunID(args[0]); errors.Is(err, jobs.ErrNoJob) && id.Job() != "" {
					return showRun(ctx, cmd, b, id, form)
				}
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
