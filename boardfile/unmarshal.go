package boardfile

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// maxFile bounds what is read; no file made by people is larger.
const maxFile = 1 << 20

// Unmarshal reads YAML into the struct that v points to, whose fields carry yaml
// tags. Unknown and repeated keys are errors; an error says the line and the column
// and shows the place.
func Unmarshal(data []byte, v any) error {
	if len(data) > maxFile {
		return fmt.Errorf("read YAML: it has %d bytes, at most %d are allowed", len(data), maxFile)
	}
	err := yaml.UnmarshalWithOptions(data, v, yaml.Strict())
	if err == nil {
		return nil
	}
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) && unknown.Token != nil {
		return fmt.Errorf("read YAML: %w%s", err, suggestion(unknown.Token.Value, keys(v)))
	}
	return fmt.Errorf("read YAML: %w", err)
}

// keys are the names that the struct behind v knows, and the structs in it.
func keys(v any) []string {
	var names []string
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
				if name != "" && !slices.Contains(names, name) {
					names = append(names, name)
				}
				walk(t.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeOf(v))
	return names
}

// suggestion says which key was probably meant, or which there are.
func suggestion(wrong string, known []string) string {
	best, least := "", len(wrong)/2+1
	for _, name := range known {
		if d := distance(wrong, name); d < least {
			best, least = name, d
		}
	}
	if best != "" {
		return fmt.Sprintf("\ndid you mean %q?", best)
	}
	if len(known) == 0 {
		return ""
	}
	return "\nknown keys are " + strings.Join(known, ", ")
}

// distance is how many letters must be changed, put in or taken out to make one
// word of the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
