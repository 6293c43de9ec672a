package test

import (
	"strings"
	"testing"
)

// Fix 17.
func TestContractMissingKeysWriteNothingOrAreDoneWithout(t *testing.T) {
	t.Parallel()
	type row struct {
		name string
		keys []string
		args []any
	}
	var scenes []scene
	for _, row := range []row{
		{"jset", []string{}, []any{1000, "a", "shell", "p", 60}},
		{"jset", []string{"jobs"}, []any{1000, "a", "shell", "p", 60}},
		{"jsetnx", []string{}, []any{1000, "a", "shell", "p", 60}},
		{"jsetnx", []string{"jobs"}, []any{1000, "a", "shell", "p", 60}},
		{"jget", []string{}, []any{"due"}},
		{"jdel", []string{}, []any{"due"}},
		{"jnext", []string{}, []any{1000, "due"}},
		{"jnext", []string{"jobs"}, []any{1000, "due"}},
		{"jtick", []string{}, []any{1000}},
		{"jtick", []string{"jobs"}, []any{1000}},
		{"jpop", []string{}, nil},
		{"jregister", []string{}, []any{"shell", "x"}},
		{"jcount", []string{}, nil},
		{"jcount", []string{"jobs"}, nil},
	} {
		scenes = append(scenes, scene{spoken(row.name, row.args...) + " on " + strings.Join(row.keys, " "), append(someBoard(), unchanged(func(t *testing.T, c *contractClient) {
			t.Helper()
			wantReply(t, spoken(row.name, row.args...), c.call(row.name, row.keys, row.args...), anError{})
		}))})
	}
	for _, name := range []string{"jset", "jsetnx"} {
		scenes = append(scenes, scene{name + " without the registry", append(someBoard(), func(t *testing.T, c *contractClient) {
			t.Helper()
			before := c.dump(t)
			got := c.call(name, []string{c.board, c.schedule()}, 1000, "a", "shell", "p", 60)
			if _, failed := got.(error); failed {
				wantReply(t, name, got, anError{})
				c.wantUnchanged(t, name, before)
				return
			}
			wantReply(t, name, got, 1)
			score("a", 1000)(t, c)
			kept("a")(t, c)
		})})
	}
	scenes = append(scenes, scene{"jcount without the registry", append(someBoard(), unchanged(func(t *testing.T, c *contractClient) {
		t.Helper()
		got := c.call("jcount", []string{c.board, c.schedule()})
		if text, ok := got.(string); ok && rawFields(t, text)["runners"] == "0" {
			return
		}
		wantReply(t, "JCOUNT without the registry", got, anError{})
	}))})
	play(t, scenes)
}
