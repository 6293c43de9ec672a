package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/jobs-agent/jobs/boardfile"
	"github.com/jobs-agent/jobs/calendar"
)

// The forms in which data is written.
const (
	asTable = "table"
	asWide  = "wide"
	asJSON  = "json"
	asYAML  = "yaml"
	asName  = "name"
)

func formats() []string { return []string{asTable, asWide, asJSON, asYAML, asName} }

// answer is the data that a verb gives, in every form.
type answer struct {
	doc   any           // for json and yaml
	names []string      // for name
	text  func(p *page) // for people; nil: nothing that was not said already
}

// page is where an answer for people is written.
type page struct {
	io.Writer
	wide, color bool
}

// give writes an answer in the form that the user asked for.
func (g *globals) give(cmd *cobra.Command, a answer) error {
	var out bytes.Buffer
	var err error
	switch g.output {
	case asJSON:
		err = writeJSON(&out, a.doc)
	case asYAML:
		var text []byte
		text, err = boardfile.Marshal(a.doc)
		out.Write(text)
	case asName:
		for _, name := range a.names {
			fmt.Fprintln(&out, name)
		}
	default:
		if a.text != nil {
			a.text(&page{Writer: &out, wide: g.output == asWide, color: g.colored(cmd.OutOrStdout())})
		}
	}
	if err != nil {
		return err
	}
	return write(cmd, out.Bytes())
}

// write writes data; a full disk must not look like success.
func write(cmd *cobra.Command, text []byte) error {
	if _, err := cmd.OutOrStdout().Write(text); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

func writeJSON(w io.Writer, doc any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}

// say tells the user something that is no data.
func say(cmd *cobra.Command, format string, args ...any) {
	fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...)
}

// colored tells whether what is written there may have colours.
func (g *globals) colored(w io.Writer) bool {
	return !g.noColor && g.env("NO_COLOR") == "" && g.env("TERM") != "dumb" && terminal(w)
}

// terminal tells whether a person reads, or types, there.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// moment is a time as JSON has it: RFC 3339 in UTC with milliseconds, or null.
type moment time.Time

// MarshalJSON implements json.Marshaler.
func (m moment) MarshalJSON() ([]byte, error) {
	if time.Time(m).IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(calendar.FormatTime(time.Time(m)))
}

// clock writes a time for people, "-" for none.
func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return strings.Replace(t.UTC().Format("2006-01-02 15:04:05.000Z"), ".000Z", "Z", 1)
}
