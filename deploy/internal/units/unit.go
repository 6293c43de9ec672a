// Package units looks for mistakes in unit files that systemd and fleet pass over:
// systemd-analyze verify knows nothing of what an agent needs, and fleet ignores in
// [X-Fleet] what it does not understand.
package units

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/unit"
)

// Unit is one unit file.
type Unit struct {
	Name     string
	Text     string
	sections []*unit.UnitSection
}

// Parse reads the text of a unit file.
func Parse(name, text string) (*Unit, error) {
	sections, err := unit.DeserializeSections(bytes.NewReader([]byte(text)))
	if err != nil {
		return nil, fmt.Errorf("read unit %s: %w", name, err)
	}
	return &Unit{Name: name, Text: text, sections: sections}, nil
}

// All answers the values of a key in their order. An empty value takes back those
// before it, as in systemd.
func (u *Unit) All(section, key string) []string {
	var values []string
	for _, s := range u.sections {
		if s.Section != section {
			continue
		}
		for _, entry := range s.Entries {
			switch {
			case entry.Name != key:
			case entry.Value == "":
				values = nil
			default:
				values = append(values, entry.Value)
			}
		}
	}
	return values
}

// One answers the last value of a key, which is the one that counts.
func (u *Unit) One(section, key string) string {
	values := u.All(section, key)
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// keys answers the names in a section, once each, in their order.
func (u *Unit) keys(section string) []string {
	var names []string
	seen := map[string]bool{}
	for _, s := range u.sections {
		if s.Section != section {
			continue
		}
		for _, entry := range s.Entries {
			if !seen[entry.Name] {
				seen[entry.Name] = true
				names = append(names, entry.Name)
			}
		}
	}
	return names
}

// environment answers what Environment= sets a variable to.
func (u *Unit) environment(name string) string {
	value := ""
	for _, text := range u.All("Service", "Environment") {
		for _, word := range strings.Fields(text) {
			if v, ok := strings.CutPrefix(strings.Trim(word, `"`), name+"="); ok {
				value = v
			}
		}
	}
	return value
}

// span reads a time as units have it: a number is of seconds.
func span(text string) (time.Duration, bool) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return time.Duration(seconds * float64(time.Second)), true
	}
	d, err := time.ParseDuration(strings.ReplaceAll(strings.ReplaceAll(text, "min", "m"), " ", ""))
	return d, err == nil
}

// faults collects what is wrong with a unit.
type faults struct {
	unit *Unit
	list []string
}

func (f *faults) add(format string, args ...any) {
	f.list = append(f.list, f.unit.Name+": "+fmt.Sprintf(format, args...))
}
