package board

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// arrangeAll arranges the jobs of a dump, on all processors.
func arrangeAll(found []member) ([]scripts.Metadata, error) {
	list := make([]scripts.Metadata, len(found))
	errs := make([]error, runtime.GOMAXPROCS(0))
	part := (len(found) + len(errs) - 1) / len(errs)
	var all sync.WaitGroup
	for n := range errs {
		all.Go(func() {
			room := make([]member, 0, 16)
			for i := n * part; i < min(len(found), (n+1)*part) && errs[n] == nil; i++ {
				id := found[i].name
				text, err := arrange(id, found[i].value, room)
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

// arrange writes metadata in the order of rank. The values stay as they are, and so does a
// text that has this order and no blanks. The room is for its members.
func arrange(id, text string, room []member) (string, error) {
	if id == "" {
		return "", fmt.Errorf("%w: the job id is empty", jobs.ErrInvalid)
	}
	list, sorted, err := members(text, rank, room)
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
	if sorted && size == len(text) && list[0].name == "id" && list[len(list)-1].name == "payload" {
		return text, nil
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
	if len(value) < 2 || value[0] != '"' {
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
