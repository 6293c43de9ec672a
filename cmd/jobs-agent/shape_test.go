package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// shape compares the names and types of the last output with a file: a name and
// a type a line, in order. The elements of lists count as one.
func shape(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: shape FILE")
	}
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &value))
	var lines []string
	describe("", value, &lines)
	slices.Sort(lines)
	lines = slices.Compact(lines)
	want := strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n")
	slices.Sort(want)
	if diff := cmp.Diff(want, lines); diff != "" {
		ts.Fatalf("shape (-want +got):\n%s", diff)
	}
}

var moments = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)

func describe(path string, value any, lines *[]string) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if name != strings.ToLower(name) {
				name += " (not snake_case)"
			}
			describe(path+"."+name, inner, lines)
		}
	case []any:
		for _, inner := range v {
			describe(path+"[]", inner, lines)
		}
	case string:
		kind := "string"
		if moments.MatchString(v) {
			kind = "time"
		}
		*lines = append(*lines, path+" "+kind)
	case float64:
		*lines = append(*lines, path+" number")
	case nil:
		*lines = append(*lines, path+" null")
	default:
		*lines = append(*lines, fmt.Sprintf("%s %T", path, v))
	}
}
