package board

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// member is one of a JSON object, its value as it stands there.
type member struct{ name, value string }

// members reads a JSON object that is valid. Of several of one name the last counts; they come in
// the order of their names, as far as rank does not say otherwise.
func members(text string, rank func(name string) int) ([]member, error) {
	list := make([]member, 0, 8)
	if err := jobs.Members(text, func(name, value string) { list = append(list, member{name, value}) }); err != nil {
		return nil, err
	}
	order := func(a, b member) int {
		return cmp.Or(cmp.Compare(rank(a.name), rank(b.name)), strings.Compare(a.name, b.name))
	}
	if !slices.IsSortedFunc(list, order) {
		slices.SortStableFunc(list, order)
	}
	kept := list[:0]
	for i, m := range list {
		if i+1 == len(list) || list[i+1].name != m.name {
			kept = append(kept, m)
		}
	}
	return kept, nil
}

func byName(string) int { return 0 }

// readDump checks a whole dump: its jobs by id, its registry, and how many of its jobs
// could not be read when it was made.
func readDump(r io.Reader) ([]scripts.Metadata, map[string]string, int, error) {
	fail := func(format string, args ...any) ([]scripts.Metadata, map[string]string, int, error) {
		return nil, nil, 0, fmt.Errorf("read the dump: %w", fmt.Errorf(format, args...))
	}
	var whole strings.Builder
	if _, err := io.Copy(&whole, r); err != nil {
		return fail("%w", err)
	}
	if err := valid(whole.String()); err != nil {
		return fail("%w: %w", jobs.ErrInvalid, err)
	}
	parts, err := members(whole.String(), byName)
	if err != nil {
		return fail("%w", err)
	}
	var table, registry, unreadable string
	for _, part := range parts {
		switch part.name {
		case "jobs":
			table = part.value
		case "runners":
			registry = part.value
		case "unreadable":
			unreadable = part.value
		}
	}
	if table == "" || table == "null" {
		return fail(`%w: it has no object "jobs"; a dump looks like {"jobs": {"ID": {"runner": ...}}, "runners": {}}`, jobs.ErrInvalid)
	}
	var runners, passed map[string]string
	for text, into := range map[string]*map[string]string{registry: &runners, unreadable: &passed} {
		if text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return fail("%w: %w", jobs.ErrInvalid, err)
		}
	}
	found, err := members(table, byName)
	if err != nil {
		return fail(`%w in "jobs"`, err)
	}
	list, err := arrangeAll(found)
	return list, runners, len(passed), err
}

// valid tells where a text is no JSON.
func valid(text string) error {
	if json.Valid([]byte(text)) {
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	return errors.New("something stands behind its end")
}

// arrangeAll arranges the jobs of a dump, on all processors.
func arrangeAll(found []member) ([]scripts.Metadata, error) {
	list := make([]scripts.Metadata, len(found))
	errs := make([]error, runtime.GOMAXPROCS(0))
	part := (len(found) + len(errs) - 1) / len(errs)
	var all sync.WaitGroup
	for n := range errs {
		all.Go(func() {
			for i := n * part; i < min(len(found), (n+1)*part) && errs[n] == nil; i++ {
				id := found[i].name
				text, err := arrange(id, found[i].value)
				if err != nil {
					errs[n] = fmt.Errorf("job %q: %w", id, err)
				}
				list[i] = scripts.Metadata{ID: id, Text: text}
			}
		})
	}
	all.Wait()
	return list, cmp.Or(errs...)
}

// rank is the place of a field in the order in which metadata is fired fastest: id and
// start first, the payload last.
func rank(name string) int {
	switch name {
	case "id":
		return 0
	case "start":
		return 1
	case "runner":
		return 2
	case "interval":
		return 3
	case "stop":
		return 4
	case "lambda":
		return 5
	case "step":
		return 6
	case "payload":
		return 8
	}
	return 7
}

// arrange writes metadata in the order of rank. The values stay as they are.
func arrange(id, text string) (string, error) {
	if id == "" {
		return "", fmt.Errorf("%w: the job id is empty", jobs.ErrInvalid)
	}
	list, err := members(text, rank)
	if err != nil {
		return "", fmt.Errorf("%w: its metadata is not a JSON object", jobs.ErrInvalid)
	}
	var runner, payload string
	size := len("{")
	for _, m := range list {
		size += len(m.name) + len(m.value) + len(`"":,`)
		switch m.name {
		case "runner":
			runner, _ = words(m.value)
		case "payload":
			payload = m.value
			if text, ok := words(m.value); ok {
				payload = text
			}
		}
	}
	if err := jobs.ValidateRunner(runner); err != nil {
		return "", err
	}
	if err := jobs.ValidatePayload(payload); err != nil {
		return "", err
	}
	if list[0].name != "id" {
		name, err := json.Marshal(id)
		if err != nil {
			return "", err
		}
		list = slices.Insert(list, 0, member{"id", string(name)})
	}
	if list[len(list)-1].name != "payload" {
		list = append(list, member{"payload", `""`})
	}
	return compose(list, max(size, len(text))), nil
}

// words is what a JSON string says.
func words(value string) (string, bool) {
	if value[0] != '"' {
		return "", false
	}
	if text := value[1 : len(value)-1]; strings.IndexByte(text, '\\') < 0 && utf8.ValidString(text) {
		return text, true
	}
	var text string
	return text, json.Unmarshal([]byte(value), &text) == nil
}

func compose(list []member, size int) string {
	var out strings.Builder
	out.Grow(size + 64)
	for i, m := range list {
		out.WriteByte("{,"[min(i, 1)])
		out.WriteString(quoted(m.name))
		out.WriteByte(':')
		out.WriteString(m.value)
	}
	out.WriteByte('}')
	return out.String()
}

// quoted writes the name of a field.
func quoted(name string) string {
	if strings.IndexFunc(name, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) < 0 {
		return `"` + name + `"`
	}
	text, _ := json.Marshal(name) // of a string it always comes
	return string(text)
}
