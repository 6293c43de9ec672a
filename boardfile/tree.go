package boardfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxBoard bounds a board file.
const maxBoard = 64 << 20

// maxDepth bounds how deep a file nests. How many of its parts are looked at, where
// aliases count as often as they are used, is bounded by its size: leastVisits, and
// visitsAByte more for each byte.
const (
	maxDepth    = 100
	leastVisits = 100_000
	visitsAByte = 32
)

// tree is a YAML text whose parts are looked at one by one, so that all problems are
// found and aliases cannot make it larger than it is.
type tree struct {
	notes
	visits int
	full   bool // too much was looked at; the rest is left alone
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// parse reads a text that holds one document, nil for an empty one.
func (t *tree) parse(text []byte) *yaml.Node {
	t.text = text
	if len(text) > maxBoard {
		t.add(place{}, "the file has %d bytes, at most %d are allowed", len(text), maxBoard)
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	err := d.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		err = d.Decode(&more)
		if errors.Is(err, io.EOF) {
			if len(doc.Content) == 0 {
				return nil
			}
			return doc.Content[0]
		}
		if err == nil {
			t.add(place{more.Line, 1}, "a second document begins here: a file holds one board")
			return nil
		}
	}
	m := yamlLine.FindStringSubmatch(err.Error())
	at := place{}
	message := err.Error()
	if m != nil {
		message = m[2]
		if m[1] != "" {
			at.line, _ = strconv.Atoi(m[1])
			at.column = 1
		}
	}
	t.add(at, "this is no YAML: %s", message)
	return nil
}

// visit counts and tells whether there is room for more.
func (t *tree) visit(n *yaml.Node, depth int) bool {
	t.visits++
	if t.full {
		return false
	}
	if most := leastVisits + visitsAByte*len(t.text); t.visits > most || depth > maxDepth {
		t.full = true
		t.add(at(n), "aliases and nesting make the file too large: of its size, it may have %d parts and %d levels", most, maxDepth)
		return false
	}
	return true
}

func at(n *yaml.Node) place { return place{n.Line, n.Column} }

// real follows an alias.
func real(n *yaml.Node) *yaml.Node {
	for range maxDepth {
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			break
		}
		n = n.Alias
	}
	return n
}

// pair is a member of a mapping.
type pair struct {
	name       string
	key, value *yaml.Node
}

// mapping answers the members of a mapping in their order; those that << merges in
// come last, and what stands in the mapping itself wins over them. Something that is
// no mapping is a problem; null is an empty one.
func (t *tree) mapping(n *yaml.Node, what string) []pair {
	return t.members(n, what, 0)
}

func (t *tree) members(n *yaml.Node, what string, depth int) []pair {
	n = real(n)
	if !t.visit(n, depth) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		if !isNull(n) {
			t.add(at(n), "%s must be a mapping of keys and values, not %s", what, kindOf(n))
		}
		return nil
	}
	t.tag(n)
	pairs := make([]pair, 0, len(n.Content)/2)
	var merged []*yaml.Node
	has := known{pairs: &pairs}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !t.visit(key, depth) {
			return pairs
		}
		name := real(key)
		switch {
		case name.Kind != yaml.ScalarNode:
			t.add(at(key), "a key of %s must be a word, not %s", what, kindOf(name))
			continue
		case name.Tag == "!!merge":
			merged = append(merged, value)
			continue
		}
		if line, twice := has.line(name.Value); twice {
			t.add(at(key), "key %q stands here a second time; the first is in line %d", short(name.Value, 60), line)
			continue
		}
		has.add(name.Value, key.Line)
		pairs = append(pairs, pair{name.Value, key, value})
	}
	for _, value := range merged {
		list := []*yaml.Node{value}
		if from := real(value); from.Kind == yaml.SequenceNode {
			list = from.Content
		}
		for _, from := range list {
			for _, p := range t.members(from, "what << merges", depth+1) {
				if _, known := has.line(p.name); !known {
					has.add(p.name, p.key.Line)
					pairs = append(pairs, p)
				}
			}
		}
	}
	return pairs
}

// known are the keys of a mapping and their lines: a map of them where there are many.
type known struct {
	pairs *[]pair
	lines map[string]int
}

func (k *known) line(name string) (int, bool) {
	if k.lines != nil {
		line, ok := k.lines[name]
		return line, ok
	}
	for _, p := range *k.pairs {
		if p.name == name {
			return p.key.Line, true
		}
	}
	return 0, false
}

// add is called before the pair is.
func (k *known) add(name string, line int) {
	if k.lines == nil && len(*k.pairs) == 16 {
		k.lines = make(map[string]int, cap(*k.pairs))
		for _, p := range *k.pairs {
			k.lines[p.name] = p.key.Line
		}
	}
	if k.lines != nil {
		k.lines[name] = line
	}
}

// tag refuses tags that would give a value a meaning which is not known here.
func (t *tree) tag(n *yaml.Node) {
	if n.Style&yaml.TaggedStyle == 0 {
		return
	}
	known := []string{"!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!!timestamp"}
	if !slices.Contains(known, n.Tag) {
		t.add(at(n), "tag %s is not known here", short(n.Tag, 60))
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if isNull(n) {
			return "nothing"
		}
		return fmt.Sprintf("%q", short(strings.TrimSpace(n.Value), 40))
	}
	return "an alias"
}
