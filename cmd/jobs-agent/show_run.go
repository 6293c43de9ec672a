package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/boardfile"
)

// definedRunDoc is a run with the metadata by which it was queued, as show RUN writes it.
type definedRunDoc struct {
	runDoc
	Definition json.RawMessage `json:"definition"`         // null: not known; a string if it is no JSON
	Changed    bool            `json:"definition_changed"` // the job has another one now, or is not on the board
	Unknown    *string         `json:"definition_unknown"` // why
}

// showRun shows a run with what its job was when it was queued; the exit code is 1 when
// that is not known.
func showRun(ctx context.Context, cmd *cobra.Command, b *board.Board, id jobs.RunID, form string) error {
	run, err := b.FindRun(ctx, id)
	if err != nil {
		return err
	}
	d, err := b.Definition(ctx, run)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	switch form {
	case asName:
		fmt.Fprintln(&out, run.ID)
	case asJSON:
		if err := writeJSON(&out, aboutDefinedRun(run, d)); err != nil {
			return err
		}
	default:
		text, err := definedYAML(run, d)
		if err != nil {
			return err
		}
		out.Write(text)
	}
	if err := write(cmd, out.Bytes()); err != nil {
		return err
	}
	if d.Text == "" && form != asName {
		say(cmd, "The definition of run %s is not known: %s.", printable(run.ID), d.Unknown)
		return exitStatus(exitFailed)
	}
	return nil
}

func aboutDefinedRun(run jobs.Run, d board.Definition) definedRunDoc {
	doc := definedRunDoc{runDoc: aboutRun(run), Changed: d.Changed, Unknown: known(d.Unknown)}
	if doc.Definition = json.RawMessage(d.Text); d.Text == "" {
		doc.Definition = json.RawMessage("null")
	} else if !json.Valid(doc.Definition) {
		doc.Definition, _ = json.Marshal(d.Text)
	}
	return doc
}

// definedYAML is the definition as metadata is shown, with what is not metadata as comments.
func definedYAML(run jobs.Run, d board.Definition) ([]byte, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "# run %s: %s, queued at %s\n", printable(run.ID), run.State, clock(run.Queued))
	switch {
	case d.Text == "":
		return out.Bytes(), nil
	case d.Changed:
		fmt.Fprintln(&out, "# as the job was then; it has been changed or has left the board since")
	default:
		fmt.Fprintln(&out, "# as the job still is")
	}
	if !json.Valid([]byte(d.Text)) {
		fmt.Fprintln(&out, d.Text)
		return out.Bytes(), nil
	}
	text, err := boardfile.FromJSON([]byte(d.Text))
	if err != nil {
		return nil, fmt.Errorf("show run %s: %w", run.ID, err)
	}
	out.Write(text)
	return out.Bytes(), nil
}
