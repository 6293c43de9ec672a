package board

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// member is one of a JSON object, its value as it stands there.
type member struct{ name, value string }

// members reads a JSON object that is valid, into the room of a list. Of several of one name the
// last counts; they come in the order of their names, as far as rank does not say otherwise.
// Tells also whether they stand in that order.
func members(text string, rank func(name string) int, list []member) ([]member, bool, error) {
	list = list[:0]
	if err := jobs.Members(text, func(name, value string) { list = append(list, member{name, value}) }); err != nil {
		return nil, false, err
	}
	order := func(a, b member) int {
		return cmp.Or(cmp.Compare(rank(a.name), rank(b.name)), strings.Compare(a.name, b.name))
	}
	sorted := slices.IsSortedFunc(list, order)
	if !sorted {
		slices.SortStableFunc(list, order)
	}
	kept := list[:0]
	for i, m := range list {
		if i+1 == len(list) || list[i+1].name != m.name {
			kept = append(kept, m)
		}
	}
	return kept, sorted, nil
}

func byName(string) int { return 0 }

// dumped is what stands in a dump: its jobs by id, its registry, and how many of its jobs
// could not be read when it was made.
type dumped struct {
	list    []scripts.Metadata
	runners map[string]string
	passed  int
}

// readDump checks a whole dump. Whether it is JSON is found out meanwhile: of one that is
// none, nothing else counts.
func readDump(r io.Reader) (dumped, error) {
	var whole strings.Builder
	if _, err := io.Copy(&whole, r); err != nil {
		return dumped{}, fmt.Errorf("read the dump: %w", err)
	}
	checked := make(chan error, 1)
	go func() { checked <- valid(whole.String()) }()
	d, err := parse(whole.String())
	if wrong := <-checked; wrong != nil {
		err = fmt.Errorf("read the dump: %w: %w", jobs.ErrInvalid, wrong)
	}
	if err != nil {
		return dumped{}, err
	}
	return d, nil
}

// parse reads a dump that is valid JSON; of any other text, what it answers means nothing.
func parse(text string) (dumped, error) {
	fail := func(format string, args ...any) (dumped, error) {
		return dumped{}, fmt.Errorf("read the dump: %w", fmt.Errorf(format, args...))
	}
	parts, _, err := members(text, byName, nil)
	if err != nil {
		return fail("%w", err)
	}
	var table string
	var d dumped
	var unreadable map[string]string
	for _, part := range parts {
		var into *map[string]string
		switch part.name {
		case "jobs":
			table = part.value
			continue
		case "runners":
			into = &d.runners
		case "unreadable":
			into = &unreadable
		default:
			continue
		}
		if err := json.Unmarshal([]byte(part.value), into); err != nil {
			return fail("%w: %w", jobs.ErrInvalid, err)
		}
	}
	if table == "" || table == "null" {
		return fail(`%w: it has no object "jobs"; a dump looks like {"jobs": {"ID": {"runner": ...}}, "runners": {}}`, jobs.ErrInvalid)
	}
	found, _, err := members(table, byName, nil)
	if err != nil {
		return fail(`%w in "jobs"`, err)
	}
	d.passed = len(unreadable)
	d.list, err = arrangeAll(found)
	return d, err
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
