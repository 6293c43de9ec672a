package boardfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jobs-agent/jobs"
)

// Layout is what a written board file says besides its jobs.
type Layout struct {
	Comment  string // at the top
	Board    string
	Name     string
	Defaults jobs.Job // what jobs that have the same leave out
	// Above answers the comment above a job, if not nil.
	Above func(id string) string
	// Below is a comment behind the jobs.
	Below string
}

// Write writes a board file that reads back as these jobs.
func Write(list []jobs.Job, l Layout) ([]byte, error) {
	var out bytes.Buffer
	comment(&out, "", l.Comment)
	for _, top := range []struct{ key, value string }{{"board", l.Board}, {"name", l.Name}} {
		if top.value != "" {
			fmt.Fprintf(&out, "%s: %s\n", top.key, scalar(dollars(top.value)))
		}
	}
	fields := table()
	defaults := written(fields, &l.Defaults)
	if len(defaults) > 0 {
		out.WriteString("defaults:\n")
		for _, m := range defaults {
			if err := m.writeTo(&out, "  "); err != nil {
				return nil, fmt.Errorf("write the defaults: %w", err)
			}
		}
	}
	if len(list) == 0 {
		out.WriteString("jobs: {}\n")
	} else {
		out.WriteString("jobs:\n")
	}
	for i := range list {
		if l.Above != nil {
			comment(&out, "  ", l.Above(list[i].ID))
		}
		fmt.Fprintf(&out, "  %s:\n", scalar(list[i].ID))
		for _, m := range differing(fields, &list[i], defaults) {
			if err := m.writeTo(&out, "    "); err != nil {
				return nil, fmt.Errorf("write job %q: %w", list[i].ID, err)
			}
		}
	}
	comment(&out, "", l.Below)
	return out.Bytes(), nil
}

// member is a key of a job and its value.
type member struct {
	name  string
	value any
	text  string // the value as JSON
}

// written are the members that say what a job is, in the order of the table.
func written(fields []field, j *jobs.Job) []member {
	var list []member
	for _, f := range fields {
		if f.write == nil {
			continue
		}
		value := f.write(j)
		if value == nil || f.name == "payload" && j.ID == "" {
			continue
		}
		var text bytes.Buffer
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false)
		if e.Encode(value) != nil {
			continue // a field that is no JSON, of a job that cannot be put
		}
		list = append(list, member{f.name, value, strings.TrimSuffix(text.String(), "\n")})
	}
	return list
}

// differing are the members that a job does not inherit, and the default
// of those that it inherits and does not have.
func differing(fields []field, j *jobs.Job, defaults []member) []member {
	own := written(fields, j)
	var list []member
	for _, m := range own {
		if i := find(defaults, m.name); i < 0 || defaults[i].text != m.text {
			list = append(list, m)
		}
	}
	for _, m := range defaults {
		if find(own, m.name) < 0 {
			list = append(list, without(fields, m.name))
		}
	}
	return list
}

// without is the member of a job that has the default.
func without(fields []field, name string) member {
	for _, f := range fields {
		if f.name == name && f.usual != "" {
			return member{name, f.usual, quoted(f.usual)}
		}
	}
	return member{name: name, text: "null"}
}

func find(list []member, name string) int {
	for i, m := range list {
		if m.name == name {
			return i
		}
	}
	return -1
}

func (m member) writeTo(out *bytes.Buffer, indent string) error {
	if text, ok := m.value.(string); ok && block(text) {
		fmt.Fprintf(out, "%s%s: |-\n", indent, scalar(m.name))
		for line := range strings.Lines(dollars(text)) {
			out.WriteString(indent + "  " + line)
		}
		out.WriteByte('\n')
		return nil
	}
	text, err := FromJSON([]byte(`{` + quoted(m.name) + `:` + dollars(m.text) + `}`))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		out.WriteString(indent + line)
	}
	return nil
}

func quoted(text string) string {
	var b bytes.Buffer
	quote(&b, text)
	return b.String()
}

// block tells whether a text is best written line by line, and can be.
func block(text string) bool {
	if !strings.Contains(text, "\n") || !utf8.ValidString(text) {
		return false
	}
	for line := range strings.Lines(text + "\n") {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == ' ' || line[0] == '\t' || line[len(line)-1] == ' ' {
			return false
		}
	}
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && r != ' ' && r != '\t' && !unicode.IsGraphic(r) || r == '\u00a0' || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r == '\u0085'
	})
}

func comment(out *bytes.Buffer, indent, text string) {
	if text == "" {
		return
	}
	for line := range strings.Lines(strings.TrimSuffix(text, "\n")) {
		clean := strings.Map(func(r rune) rune {
			if r != ' ' && r != '\t' && !unicode.IsGraphic(r) || r == '\u0085' || r == '\u2028' || r == '\u2029' || r == '\ufeff' {
				return '?'
			}
			return r
		}, strings.ToValidUTF8(strings.TrimSuffix(line, "\n"), "?"))
		out.WriteString(strings.TrimRight(indent+"# "+clean, " \t") + "\n")
	}
}
