package boardfile

import (
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/jobs-agent/jobs/calendar"
)

// reader reads the values of a file; what it cannot read it notes.
type reader struct {
	tree
	variable func(name string) (string, bool)
}

// text is a scalar with its variables put in, and false after a problem.
func (r *reader) text(n *yaml.Node, what string) (string, bool) {
	n = real(n)
	if !r.visit(n, 0) {
		return "", false
	}
	if n.Kind != yaml.ScalarNode || isNull(n) {
		r.add(at(n), "%s must be a text, not %s", what, kindOf(n))
		return "", false
	}
	r.tag(n)
	value, err := expand(n.Value, r.variable)
	if err != nil {
		r.add(at(n), "%s: %v", what, err)
		return "", false
	}
	return value, true
}

func (r *reader) duration(n *yaml.Node, what string) time.Duration {
	text, ok := r.text(n, what)
	if !ok {
		return 0
	}
	d, err := calendar.ParseDuration(text)
	if err != nil {
		r.add(at(n), "%s: %s", what, reason(err))
	}
	return d
}

// instant is a time that is the same whenever it is read.
func (r *reader) instant(n *yaml.Node, what string) time.Time {
	text, ok := r.text(n, what)
	if !ok {
		return time.Time{}
	}
	if text == "now" || strings.HasPrefix(text, "+") {
		r.add(at(n), "%s: %q is another time at each apply: write a time like 2026-01-31T12:00:00Z", what, text)
		return time.Time{}
	}
	when, err := calendar.ParseTime(text, time.Time{})
	if err != nil {
		r.add(at(n), "%s: time %q: write it as 2026-01-31T12:00:00Z or as Unix seconds", what, short(text, 40))
	}
	return when
}

func (r *reader) number(n *yaml.Node, what string) float64 {
	text, ok := r.text(n, what)
	if !ok {
		return 0
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		r.add(at(n), "%s must be a number, not %q", what, short(text, 40))
		return 0
	}
	return f
}

func (r *reader) whole(n *yaml.Node, what string) int {
	text, ok := r.text(n, what)
	if !ok {
		return 0
	}
	i, err := strconv.Atoi(text)
	if err != nil || i > math.MaxInt32 || i < math.MinInt32 {
		r.add(at(n), "%s must be a whole number, not %q", what, short(text, 40))
		return 0
	}
	return i
}

// choice is one of some words.
func (r *reader) choice(n *yaml.Node, what string, words []string) string {
	text, ok := r.text(n, what)
	if !ok {
		return ""
	}
	for _, word := range words {
		if text == word {
			return text
		}
	}
	r.add(at(n), "%s: %q is none of %s%s", what, short(text, 40), strings.Join(words, ", "), meant(text, words))
	return ""
}

// items are the members of a list; a single value is a list of one.
func (r *reader) items(n *yaml.Node, what string) []*yaml.Node {
	list := real(n)
	if !r.visit(list, 0) {
		return nil
	}
	if list.Kind != yaml.SequenceNode {
		return []*yaml.Node{n}
	}
	r.tag(list)
	for range list.Content {
		if !r.visit(list, 0) {
			return nil
		}
	}
	if len(list.Content) > 1000 {
		r.add(at(list), "%s has %d members, at most 1000 are allowed", what, len(list.Content))
		return nil
	}
	return list.Content
}

func (r *reader) texts(n *yaml.Node, what string) []string {
	var list []string
	for _, item := range r.items(n, what) {
		if text, ok := r.text(item, what); ok {
			list = append(list, text)
		}
	}
	return list
}

func (r *reader) wholes(n *yaml.Node, what string) []int {
	var list []int
	for _, item := range r.items(n, what) {
		list = append(list, r.whole(item, what))
	}
	return list
}

// meant is what was probably meant by a word that is none of the known ones.
func meant(wrong string, known []string) string {
	best, least := "", max(2, len(wrong)/2+1)
	for _, name := range known {
		if d := distance(strings.ToLower(wrong), name); d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// reason is an error without the words that say which kind of error it is.
func reason(err error) string {
	text := strings.ReplaceAll(err.Error(), "invalid argument: ", "")
	return strings.ReplaceAll(text, "\n", " ")
}
