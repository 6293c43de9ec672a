package boardfile_test

import (
	"bytes"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/jobs-agent/jobs/boardfile"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := boardfile.Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("board.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("board.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func TestTheSchemaSaysWhatTheParserSays(t *testing.T) {
	t.Parallel()
	s := schema(t)
	job := func(text string) string { return "jobs:\n  a: {run: ls, " + text + "}\n" }
	tests := []struct {
		name, text string
		good       bool
	}{
		{"a whole file", "board: b\nname: n\nx-y: 1\nvars: {A: 1}\ndefaults: {timeout: 1h}\n" + job("every: 5m, retries: 2, backoff: {growth: fixed, delay: 5}, dst: {gap: skip}, retry_on: [1, 2], after: b, timezone: null"), true},
		{"variables", job(`every: "${E:-5m}", retries: "${N}", overlap: "${O:-allow}"`), true},
		{"all kinds of payloads", "jobs:\n  a: {every: 1, runner: x, payload: {a: [1]}}\n  b: {every: 1, runner: x, payload: 5}\n  c: {every: 1, command: [sleep, 5]}\n", true},
		{"nothing but defaults", "defaults: {every: 1m, run: ls}\njobs: {a: null}\n", true},
		{"an unknown key of a job", job("every: 5m, evrey: 5m"), false},
		{"an unknown key at the top", "job: {}\njobs: {}\n", false},
		{"an unknown key of backoff", job("every: 5m, backoff: {dealy: 1}"), false},
		{"no jobs", "board: b\n", false},
		{"a bad word", job("every: 5m, overlap: never"), false},
		{"a bad number", job("every: 5m, retries: 2000"), false},
		{"a bad duration", job("every: 5 minutes"), false},
		{"a list for a text", job("cron: [a]"), false},
		{"a job that is a text", "jobs: {a: ls}\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text, err := yaml.YAMLToJSON([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			_, err = boardfile.Parse("n", []byte(tt.text), map[string]string{"N": "2"})
			if (err == nil) != tt.good {
				t.Errorf("the parser says %v", err)
			}
			if err := s.Validate(doc); (err == nil) != tt.good {
				t.Errorf("the schema says %v", err)
			}
		})
	}
}
