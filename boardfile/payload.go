package boardfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/jobs-agent/jobs"
)

// payload is the text that a value stands for: a text is itself, anything else
// becomes JSON.
func (r *reader) payload(n *yaml.Node, what string) (string, bool) {
	n = real(n)
	if n.Kind == yaml.ScalarNode && (n.Tag == "!!str" || n.Tag == "!!timestamp" || strings.Contains(n.Value, "${")) {
		return r.text(n, what)
	}
	var b bytes.Buffer
	ok := r.json(&b, n, what, 0)
	return b.String(), ok
}

// json writes a value as JSON, the members of objects in the order of the file.
func (r *reader) json(b *bytes.Buffer, n *yaml.Node, what string, depth int) bool {
	n = real(n)
	if !r.visit(n, depth) {
		return false
	}
	if b.Len() > jobs.MaxPayload {
		r.add(at(n), "%s is larger than %d bytes", what, jobs.MaxPayload)
		return false
	}
	switch n.Kind {
	case yaml.MappingNode:
		b.WriteByte('{')
		for i, p := range r.members(n, what, depth) {
			if i > 0 {
				b.WriteByte(',')
			}
			quote(b, p.name)
			b.WriteByte(':')
			if !r.json(b, p.value, what, depth+1) {
				return false
			}
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		r.tag(n)
		b.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			if !r.json(b, item, what, depth+1) {
				return false
			}
		}
		b.WriteByte(']')
	default:
		return r.scalar(b, n, what)
	}
	return true
}

func (r *reader) scalar(b *bytes.Buffer, n *yaml.Node, what string) bool {
	if isNull(n) {
		b.WriteString("null")
		return true
	}
	text, ok := r.text(n, what)
	if !ok {
		return false
	}
	tag := n.Tag
	if text != n.Value && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0 && !(n.Style&yaml.TaggedStyle != 0) {
		tag = (&yaml.Node{Kind: yaml.ScalarNode, Value: text}).ShortTag()
	}
	switch tag {
	case "!!bool", "!!null":
		b.WriteString(strings.ToLower(strings.Replace(text, "~", "null", 1)))
	case "!!int", "!!float":
		number, err := jsonNumber(text)
		if err != nil {
			r.add(at(n), "%s: %v", what, err)
			return false
		}
		b.WriteString(number)
	default:
		quote(b, text)
	}
	return true
}

var errNumber = errors.New("is read in more than one way: put it in quotes, or write it in decimal digits")

// jsonNumber keeps every digit of a number that JSON can say.
func jsonNumber(text string) (string, error) {
	if json.Valid([]byte(text)) {
		return text, nil
	}
	if plus, ok := strings.CutPrefix(text, "+"); ok && json.Valid([]byte(plus)) {
		return plus, nil
	}
	lower := strings.ToLower(text)
	if strings.HasPrefix(lower, "0x") || strings.HasPrefix(lower, "0o") || strings.HasPrefix(lower, "0b") {
		if i, err := strconv.ParseInt(lower, 0, 64); err == nil {
			return strconv.FormatInt(i, 10), nil
		}
	}
	// .5 and 5. and 1e3 with a sign are numbers to YAML alone.
	if f, err := strconv.ParseFloat(text, 64); err == nil && strings.ContainsAny(text, ".eE") && !strings.ContainsAny(lower, "xnp_") {
		if out, err := json.Marshal(f); err == nil {
			return string(out), nil
		}
	}
	return "", errors.New(strconv.Quote(short(text, 40)) + " " + errNumber.Error())
}

func quote(b *bytes.Buffer, text string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string in a buffer cannot fail
	b.Truncate(b.Len() - 1)
}
