package board

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
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

// Loading says how to load a dump.
type Loading struct {
	// FromNow lets jobs that are not scheduled start at the first time of their grid
	// after now, instead of at their start, which for an old dump is long past: then
	// each is due at once.
	FromNow bool
	// Progress, if not nil, is told after each batch how many jobs of all are done.
	Progress func(done, all int)
}

// Loaded is what Load did.
type Loaded struct {
	Jobs    int // put on the board
	Runners int // new in the registry
	Passed  int // unreadable in the dump already, not loaded
	Ended   int // with FromNow: left out, since their stop has passed
}

// Load puts the jobs of a dump on the board, replacing those of the same ids, and
// adds the runner types that are new. The whole dump is checked first: an error
// then means that nothing was loaded. Values stay as they are, to the byte.
func (b *Board) Load(ctx context.Context, r io.Reader, how Loading) (Loaded, error) {
	var loaded Loaded
	list, runners, passed, err := readDump(r)
	if err != nil {
		return loaded, fmt.Errorf("load: %w; nothing was loaded", err)
	}
	loaded.Passed = passed
	// Before the jobs, which would register their types with the default command.
	for _, runner := range slices.Sorted(maps.Keys(runners)) {
		known, err := b.do.JregisterNew(ctx, runner, runners[runner])
		if err != nil {
			return loaded, fmt.Errorf("load runner %q: %w", runner, err)
		}
		if known {
			loaded.Runners++
		}
	}
	for all := len(list); len(list) > 0; {
		n := min(500, len(list))
		put, err := b.do.Jload(ctx, "", how.FromNow, list[:n])
		if err != nil {
			return loaded, fmt.Errorf("load jobs, %d of %d are on the board: %w", loaded.Jobs, all, err)
		}
		loaded.Jobs += int(put)
		loaded.Ended += n - int(put)
		list = list[n:]
		if how.Progress != nil {
			how.Progress(all-len(list), all)
		}
	}
	return loaded, nil
}

func readDump(r io.Reader) ([]scripts.Metadata, map[string]string, int, error) {
	var dump struct {
		Jobs       map[string]json.RawMessage `json:"jobs"`
		Runners    map[string]string          `json:"runners"`
		Unreadable map[string]string          `json:"unreadable"`
	}
	decoder := json.NewDecoder(r)
	if err := decoder.Decode(&dump); err != nil {
		return nil, nil, 0, fmt.Errorf("read the dump: %w: %w", jobs.ErrInvalid, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, nil, 0, fmt.Errorf("read the dump: %w: something stands behind its end", jobs.ErrInvalid)
	}
	if dump.Jobs == nil {
		return nil, nil, 0, fmt.Errorf(`read the dump: %w: it has no object "jobs"; a dump looks like {"jobs": {"ID": {"runner": ...}}, "runners": {}}`, jobs.ErrInvalid)
	}
	list := make([]scripts.Metadata, 0, len(dump.Jobs))
	for _, id := range slices.Sorted(maps.Keys(dump.Jobs)) {
		text, err := arrange(id, dump.Jobs[id])
		if err != nil {
			return nil, nil, 0, fmt.Errorf("job %q: %w", id, err)
		}
		list = append(list, scripts.Metadata{ID: id, Text: text})
	}
	return list, dump.Runners, len(dump.Unreadable), nil
}

// arrange writes metadata in the field order in which it is fired fastest: id and
// start first, the payload last. The values stay as they are.
func arrange(id string, text json.RawMessage) (string, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil {
		return "", fmt.Errorf("%w: its metadata is not a JSON object", jobs.ErrInvalid)
	}
	job, err := jobs.ParseJob(text)
	if err != nil {
		return "", err
	}
	if err := jobs.ValidateRunner(job.Runner); err != nil {
		return "", err
	}
	if err := jobs.ValidatePayload(job.Payload); err != nil {
		return "", err
	}
	if id == "" {
		return "", fmt.Errorf("%w: the job id is empty", jobs.ErrInvalid)
	}
	if _, ok := fields["id"]; !ok {
		if fields["id"], err = json.Marshal(id); err != nil {
			return "", err
		}
	}
	if _, ok := fields["payload"]; !ok {
		fields["payload"] = json.RawMessage(`""`)
	}
	names := []string{"id", "start", "runner", "interval", "stop", "lambda", "step"}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name != "payload" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	out := bytes.NewBuffer(make([]byte, 0, len(text)))
	for _, name := range append(names, "payload") {
		value, ok := fields[name]
		if !ok {
			continue
		}
		key, err := json.Marshal(name)
		if err != nil {
			return "", err
		}
		out.WriteByte("{,"[min(out.Len(), 1)])
		out.Write(key)
		out.WriteByte(':')
		out.Write(value)
	}
	return out.String() + "}", nil
}
