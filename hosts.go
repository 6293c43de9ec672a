package jobs

import (
	"fmt"
	"slices"
	"strings"
)

// Hosts says where the runs of a job are executed: OneHost or nothing, which is any host
// that serves its runner type, AllHosts, or the text of a Selector.
type Hosts string

// The words of Hosts.
const (
	OneHost  Hosts = "one"
	AllHosts Hosts = "all" // a run for each live agent
)

// maxSelector and maxTerms bound a selector, since it is part of a key.
const (
	maxSelector = 256
	maxTerms    = 16
)

// ParseHosts reads hosts as people write them and answers them as they are kept: empty
// for any host, and selectors in one order, so that those that say the same share a list.
func ParseHosts(text string) (Hosts, error) {
	switch text = strings.TrimSpace(text); Hosts(text) {
	case "", OneHost:
		return "", nil
	case AllHosts:
		return AllHosts, nil
	}
	s, err := ParseSelector(text)
	return Hosts(s), err
}

// Selector is the selector that the hosts are, if they are one.
func (h Hosts) Selector() (Selector, bool) {
	return Selector(h), h != "" && h != OneHost && h != AllHosts
}

// Selector chooses agents by their labels: terms with commas between, all of which must
// hold. A term is KEY=VALUE, KEY!=VALUE (also true without the label), KEY (there is such
// a label) or !KEY (there is none). The labels host and agent are those of each agent's
// host and name.
type Selector string

// ParseSelector reads a selector as people write it, with blanks and == for =, and
// answers it as it is kept: sorted, each term once.
func ParseSelector(text string) (Selector, error) {
	var terms []string
	for term := range strings.SplitSeq(text, ",") {
		t, err := parseTerm(strings.TrimSpace(term))
		if err != nil {
			return "", fmt.Errorf("%w: hosts %q: %w", ErrInvalid, text, err)
		}
		terms = append(terms, t.String())
	}
	slices.Sort(terms)
	terms = slices.Compact(terms)
	s := strings.Join(terms, ",")
	if len(terms) > maxTerms || len(s) > maxSelector {
		return "", fmt.Errorf("%w: hosts: a selector has at most %d terms and %d bytes, this one has %d and %d", ErrInvalid, maxTerms, maxSelector, len(terms), len(s))
	}
	return Selector(s), nil
}

// Matches tells whether an agent with these labels may execute what the selector is for.
// A selector that cannot be read, of a job that somebody else wrote, matches none.
func (s Selector) Matches(labels map[string]string) bool {
	for text := range strings.SplitSeq(string(s), ",") {
		t, err := parseTerm(text)
		if err != nil || !t.holds(labels) {
			return false
		}
	}
	return true
}

// Labels of each agent, besides those that it is given.
const (
	LabelHost  = "host"
	LabelAgent = "agent"
)

// Selectable is what selectors see of an agent: its labels, its host and its name.
func (a AgentStatus) Selectable(name string) map[string]string {
	labels := map[string]string{LabelHost: a.Host, LabelAgent: name}
	for key, value := range a.Labels {
		if key != LabelHost && key != LabelAgent {
			labels[key] = value
		}
	}
	return labels
}

// Only is the selector of the list from which the agent of a name takes alone. It is no
// selector that people can write.
func Only(agent string) Selector { return Selector("@" + agent) }

// Source names what a worker takes from besides the queues of its runner types: the list
// of a type for agents that match a selector. Neither has blanks.
func Source(runner string, s Selector) string { return runner + " " + string(s) }

// CutSource takes apart what Source makes, and answers false for a runner type.
func CutSource(source string) (runner string, s Selector, ok bool) {
	runner, text, ok := strings.Cut(source, " ")
	return runner, Selector(text), ok
}

// term is one condition of a selector. Without a value it asks for the label itself.
type term struct {
	key, value  string
	not, valued bool
}

func parseTerm(text string) (term, error) {
	var t term
	switch key, value, found := strings.Cut(text, "="); {
	case found && strings.HasSuffix(key, "!"):
		t = term{key: strings.TrimSpace(strings.TrimSuffix(key, "!")), value: strings.TrimSpace(value), not: true, valued: true}
	case found:
		t = term{key: strings.TrimSpace(key), value: strings.TrimSpace(strings.TrimPrefix(value, "=")), valued: true}
	default:
		t.key, t.not = strings.TrimPrefix(text, "!"), strings.HasPrefix(text, "!")
	}
	if err := checkWord("label", t.key); err != nil {
		return t, err
	}
	if !t.valued && (t.key == string(OneHost) || t.key == string(AllHosts)) {
		return t, fmt.Errorf("%q stands alone, it cannot be part of a selector", t.key)
	}
	if t.value == "" {
		return t, nil
	}
	return t, checkWord("value", t.value)
}

func checkWord(what, word string) error {
	if word == "" {
		return fmt.Errorf("a %s is missing: write LABEL=VALUE, LABEL!=VALUE, LABEL or !LABEL, with commas between", what)
	}
	for _, r := range word {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("._-/", r)) {
			return fmt.Errorf("%s %q: letters, digits and . _ - / are allowed, not %q", what, word, r)
		}
	}
	return nil
}

func (t term) String() string {
	switch {
	case t.valued && t.not:
		return t.key + "!=" + t.value
	case t.valued:
		return t.key + "=" + t.value
	case t.not:
		return "!" + t.key
	}
	return t.key
}

func (t term) holds(labels map[string]string) bool {
	value, there := labels[t.key]
	if !t.valued {
		return there != t.not
	}
	return (there && value == t.value) != t.not
}
