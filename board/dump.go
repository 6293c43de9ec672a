package board

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Dump writes the board as JSON, `{"jobs": {id: metadata}, "runners": {type:
// command}}`, in pages: metadata byte for byte, as the 2014 program dumped it. Text
// that is no JSON object goes to `"unreadable": {id: text}`, which Load passes over.
func (b *Board) Dump(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	unreadable := map[string]string{}
	separator := "{\"jobs\": {\n"
	for entry, err := range b.Jobs(ctx) {
		if err != nil {
			return fmt.Errorf("dump: %w", err)
		}
		if !json.Valid([]byte(entry.Text)) || strings.TrimLeft(entry.Text, " \t\r\n")[0] != '{' {
			unreadable[entry.ID] = entry.Text
			continue
		}
		id, err := json.Marshal(entry.ID)
		if err != nil {
			return fmt.Errorf("dump job %q: %w", entry.ID, err)
		}
		fmt.Fprintf(out, "%s  %s: %s", separator, id, entry.Text)
		separator = ",\n"
	}
	if separator[0] == '{' {
		fmt.Fprint(out, separator)
	}
	runners, err := b.Runners(ctx)
	if err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	registry, err := json.Marshal(runners)
	if err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	fmt.Fprintf(out, "\n},\n\"runners\": %s", registry)
	if len(unreadable) > 0 {
		text, err := json.Marshal(unreadable)
		if err != nil {
			return fmt.Errorf("dump: %w", err)
		}
		fmt.Fprintf(out, ",\n\"unreadable\": %s", text)
	}
	fmt.Fprint(out, "}\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("dump: write: %w", err)
	}
	return nil
}
