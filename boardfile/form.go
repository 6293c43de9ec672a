package boardfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/jobs-agent/jobs/calendar"
)

// The forms in which values are written; nil is the default, which is left out.

func word(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func list[T any](values []T) any {
	if len(values) == 0 {
		return nil
	}
	return values
}

func span(d time.Duration) any {
	if d == 0 {
		return nil
	}
	return calendar.FormatDuration(d)
}

func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// argvText is the payload of the exec runner: a JSON array of the arguments.
func argvText(argv []string) (string, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(argv); err != nil {
		return "", fmt.Errorf("write the command: %w", err)
	}
	return string(bytes.TrimSuffix(text.Bytes(), []byte("\n"))), nil
}

// value is any value as JSON.
func (r *reader) value(n *yaml.Node, what string) (string, bool) {
	var b bytes.Buffer
	ok := r.json(&b, n, what, 0)
	return b.String(), ok
}

// The schemas of values. A text with a variable may stand for anything.

func variable() any { return map[string]any{"type": "string", "pattern": `\$\{`} }

func typed(name string) any {
	if name == "string" {
		return map[string]any{"type": []string{"string", "number"}}
	}
	return anyOf(map[string]any{"type": name}, variable())
}

func bounded(name string, least, most float64) any {
	return anyOf(map[string]any{"type": name, "minimum": least, "maximum": most}, variable())
}

func oneOf(values ...string) any {
	return anyOf(map[string]any{"enum": values}, variable())
}

func anyOf(choices ...any) any { return map[string]any{"anyOf": choices} }

func listOf(kind string) any {
	return anyOf(typed(kind), map[string]any{"type": "array", "items": typed(kind), "maxItems": 1000})
}

func durationSchema() any {
	return anyOf(map[string]any{"type": "number", "minimum": 0}, map[string]any{"type": "string", "pattern": `^\s*([0-9.]+(ns|us|µs|ms|s|m|h|d|w)?)+\s*$`}, variable())
}

func timeSchema() any {
	return anyOf(map[string]any{"type": "number", "minimum": 0}, map[string]any{"type": "string", "pattern": `^[0-9]`}, variable())
}

// object is the schema of an object with these members, name and schema in turn.
func object(members ...any) any {
	properties := map[string]any{}
	for i := 0; i < len(members); i += 2 {
		properties[members[i].(string)] = members[i+1]
	}
	return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
}
