package test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// wantFields compares metadata with a table: strings exactly, numbers by value.
// A whole number below 2^53 must be written in plain digits.
func wantFields(t *testing.T, text string, want map[string]any) {
	t.Helper()
	got := object(t, text)
	for name, value := range got {
		if _, expected := want[name]; !expected {
			t.Errorf("field %q is %#v, want it absent\n%s", name, value, text)
		}
	}
	for name, w := range want {
		switch w := w.(type) {
		case string:
			if got[name] != w {
				t.Errorf("field %q: got %#v, want the string %q\n%s", name, got[name], w, text)
			}
		case int:
			wantNumber(t, name, got[name], float64(w))
		case float64:
			wantNumber(t, name, got[name], w)
		}
	}
}

func wantNumber(t *testing.T, name string, got any, want float64) {
	t.Helper()
	number, ok := got.(json.Number)
	if !ok {
		t.Errorf("field %q: got %#v, want the number %v", name, got, want)
		return
	}
	if value, err := number.Float64(); err != nil || value != want {
		t.Errorf("field %q: got number %s, want %v", name, number, want)
	}
	whole := want == math.Trunc(want) && math.Abs(want) <= 1<<53
	if whole && strings.ContainsAny(number.String(), "eE.") {
		t.Errorf("field %q: got number %s, want plain digits", name, number)
	}
}

func TestContractMetadataHasTheFieldsAndTypesOf2014(t *testing.T) {
	t.Parallel()
	base := func(more map[string]any) map[string]any {
		all := map[string]any{"id": "a", "runner": "shell", "payload": "p"}
		for name, value := range more {
			all[name] = value
		}
		return all
	}
	rows := []struct {
		name string
		args []any // after now id runner payload
		want map[string]any
	}{
		{"an interval alone, and start is now", []any{"60"}, base(map[string]any{"interval": 60, "start": 1414139992})},
		{"5.0 is stored as 5", []any{"5.0"}, base(map[string]any{"interval": 5, "start": 1414139992})},
		{"the Python client's 2629800.0", []any{"2629800.0"}, base(map[string]any{"interval": 2629800, "start": 1414139992})},
		{"an exponent is read", []any{"1e3"}, base(map[string]any{"interval": 1000, "start": 1414139992})},
		{"a fraction is kept", []any{"0.5", "1414139992.25"}, base(map[string]any{"interval": 0.5, "start": 1414139992.25})},
		{"a fraction of six digits is kept", []any{"0.123456", "1414140000"}, base(map[string]any{"interval": 0.123456, "start": 1414140000})},
		{"0.1 is read back as 0.1", []any{"0.1"}, base(map[string]any{"interval": 0.1, "start": 1414139992})},
		{"interval 0 is a number and stored", []any{"0"}, base(map[string]any{"interval": 0, "start": 1414139992})},
		{"start 0 is a number and stored", []any{"60", "0"}, base(map[string]any{"interval": 60, "start": 0})},
		{"whole numbers are exact up to 2^53", []any{"4503599627370497", "9007199254740991"}, base(map[string]any{"interval": 4503599627370497, "start": 9007199254740991})},
		{"whole numbers have plain digits", []any{"1000000000000000", "4000000000000000"}, base(map[string]any{"interval": 1000000000000000, "start": 4000000000000000})},
		{"stop, lambda and step are strings as sent", []any{"60", "1414139993", "1414150000", "2", "43200"}, base(map[string]any{"interval": 60, "start": 1414139993, "stop": "1414150000", "lambda": "2", "step": "43200"})},
		{"strings are not tidied", []any{"60", "1414139993", "1414150000.0", "1.50", "43200.00"}, base(map[string]any{"interval": 60, "start": 1414139993, "stop": "1414150000.0", "lambda": "1.50", "step": "43200.00"})},
		{"the stop +inf is kept", []any{"60", "0", "+inf", "1", "86400"}, base(map[string]any{"interval": 60, "start": 0, "stop": "+inf", "lambda": "1", "step": "86400"})},
		{"the stop inf is kept", []any{"60", "0", "inf"}, base(map[string]any{"interval": 60, "start": 0, "stop": "inf"})},
		{"a negative start is now", []any{"60", "-1"}, base(map[string]any{"interval": 60, "start": 1414139992})},
		{"no interval leaves its field out", nil, base(map[string]any{"start": 1414139992})},
		{"an empty interval leaves its field out", []any{""}, base(map[string]any{"start": 1414139992})},
		{"empty strings leave their fields out", []any{"60", "", "", "", ""}, base(map[string]any{"interval": 60, "start": 1414139992})},
	}
	for _, name := range []string{"jset", "jsetnx"} {
		var scenes []scene
		for _, row := range rows {
			args := append([]any{"1414139992", "a", "shell", "p"}, row.args...)
			scenes = append(scenes, scene{row.name, []step{call(1, name, args...), fields("a", row.want)}})
		}
		t.Run(name, func(t *testing.T) { t.Parallel(); play(t, scenes) })
	}
}

func TestContractStopMinusOneMeansNone(t *testing.T) {
	t.Parallel()
	play(t, []scene{{"in JSET", []step{
		put(1000, "a", "shell", "p", 60, "", "-1"),
		kept("a"), score("a", 1000),
		func(t *testing.T, c *contractClient) {
			t.Helper()
			text, _ := c.text(t, "a")
			if stop, there := object(t, text)["stop"]; there && stop != "-1" {
				t.Errorf("stop: got %#v, want \"-1\" as sent or absent", stop)
			}
		},
		tick(1, 1000), score("a", 1060), tick(1, 1060), taken("shell", "a", "a"), kept("a"),
	}}, {"in old metadata, as a string", []step{
		byHand("a", `{"id":"a","runner":"shell","payload":"p","interval":60,"start":1000,"stop":"-1"}`, 1000),
		tick(1, 1000), score("a", 1060), kept("a"),
	}}, {"in old metadata, as a number", []step{
		byHand("a", `{"id":"a","runner":"shell","payload":"p","interval":60,"start":1000,"stop":-1}`, 1000),
		tick(1, 1000), score("a", 1060), next(1060, 1000, "a"), next(1120, 1060, "a"), kept("a"),
	}}})
}
