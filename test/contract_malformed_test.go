package test

import (
	"strings"
	"testing"
)

// someBoard is what a refused call must leave as it is: a job due, one to
// come, one without a schedule, a ghost, a registration, a queue.
func someBoard() []step {
	return []step{
		put(1000, "due", "shell", "p", 60), put(1000, "later", "shell", "p", 60, 5000, 9000, 2, 100), onBoard("half", hand("half", `"interval":5`)),
		scheduled("ghost", 7000), call(0, "jregister", "shell", "/bin/x"), onQueue("shell", "1", "2", "3"),
	}
}

func TestContractRefusedCallsChangeNothing(t *testing.T) {
	t.Parallel()
	type row struct {
		name string
		args []any
	}
	rows := []row{
		{"jget", nil},
		{"jdel", nil},
		{"jnext", nil},
		{"jnext", []any{1000}},
		{"jnext", []any{"x", "due"}},
		{"jnext", []any{"nan", "due"}},
		{"jnext", []any{"1000x", "due"}},
		{"jnext", []any{"x", "unknown"}},
		{"jregister", nil},
		{"jregister", []any{"shell"}},
	}
	for _, name := range []string{"jset", "jsetnx"} {
		for _, args := range [][]any{
			{}, {1000}, {1000, "a"}, {1000, "a", "shell"},
			{"x", "a", "shell", "p", 60},
			{"nan", "a", "shell", "p", 60},
			{"inf", "a", "shell", "p", 60},
			{"-inf", "a", "shell", "p", 60},
			{"1000x", "a", "shell", "p", 60},
			{"10 00", "a", "shell", "p", 60},
			{"1,000", "a", "shell", "p", 60},
			{1000, "", "shell", "p", 60},
			{1000, "a", "shell", "p", "x"},
			{1000, "a", "shell", "p", "-1"},
			{1000, "a", "shell", "p", "-0.001"},
			{1000, "a", "shell", "p", "nan"},
			{1000, "a", "shell", "p", "inf"},
			{1000, "a", "shell", "p", "-inf"},
			{1000, "a", "shell", "p", "1e999"},
			{1000, "a", "shell", "p", "60s"},
			{1000, "a", "shell", "p", "6 0"},
			{1000, "a", "shell", "p", 60, "x"},
			{1000, "a", "shell", "p", 60, "nan"},
			{1000, "a", "shell", "p", 60, "inf"},
			{1000, "a", "shell", "p", 60, "1e999"},
			{1000, "a", "shell", "p", 60, "now"},
			{1000, "a", "shell", "p", 60, 1000, "x"},
			{1000, "a", "shell", "p", 60, 1000, "nan"},
			{1000, "a", "shell", "p", 60, 1000, "never"},
			{1000, "a", "shell", "p", 60, 1000, "", "x"},
			{1000, "a", "shell", "p", 60, 1000, "", 2, "x"},
			{1000, "a", "shell", "p", 60, "", "x"},
		} {
			rows = append(rows, row{name, args})
			if name == "jset" && len(args) >= 5 && args[1] == "a" {
				due := append([]any{}, args...)
				due[1] = "due"
				later := append([]any{}, args...)
				later[1] = "later"
				rows = append(rows, row{name, due}, row{name, later})
			}
		}
	}
	var scenes []scene
	for _, row := range rows {
		scenes = append(scenes, scene{spoken(row.name, row.args...), append(someBoard(), refused(row.name, row.args...))})
	}
	play(t, scenes)
}

func TestContractRefusedQueueCallsChangeNothing(t *testing.T) {
	t.Parallel()
	var scenes []scene
	for _, args := range [][]any{{}, {"x"}, {"nan"}, {"inf"}, {"1000x"}, {1000, "x"}, {1000, "nan"}, {1000, "1x"}} {
		scenes = append(scenes, scene{spoken("jtick", args...), append(someBoard(), unchanged(func(t *testing.T, c *contractClient) {
			t.Helper()
			wantReply(t, spoken("jtick", args...), c.call("jtick", c.keysOf("jtick", "shell"), args...), anError{})
		}))})
	}
	for _, args := range [][]any{{"x"}, {"nan"}, {"2x"}, {"1 2"}} {
		scenes = append(scenes, scene{spoken("jtrim", args...), append(someBoard(), unchanged(trim(anError{}, []string{"shell", "none"}, args...)))})
	}
	play(t, scenes)
}

// Some texts are numbers to Lua and not to others; either is right, half is not.
func TestContractDoubtfulNumbersAreTakenOrRefusedWhole(t *testing.T) {
	t.Parallel()
	doubtful := []string{"0x10", " 60 ", "60 ", "+60", "60.", ".5", "6e1", "0b1", "1_000", "١٢", "6\x000", "60\n", "infinity", "1e-320", "1e308", "9007199254740993", "123456789012345678901234567890", "-1e999", "-nan"}
	var scenes []scene
	for _, text := range doubtful {
		for _, args := range [][]any{
			{1000, "a", "shell", "p", text}, {1000, "a", "shell", "p", 60, text}, {1000, "a", "shell", "p", 60, 900, text},
			{1000, "a", "shell", "p", 60, 900, "", text}, {1000, "a", "shell", "p", 60, 900, "", 2, text}, {text, "a", "shell", "p", 60},
		} {
			for i, id := range []string{"a", "due", "later"} {
				if i > 0 && len(args) != 5 {
					continue // an update is read as a new job is
				}
				with := append([]any{}, args...)
				with[1] = id
				scenes = append(scenes, scene{spoken("jset", with...), append(someBoard(), allOrNothing("jset", with...), tickAtLeast(0, 1000), tickAtLeast(0, 1001))})
			}
		}
	}
	play(t, scenes)
}

func TestContractUnusualIDsAreTakenOrRefusedWhole(t *testing.T) {
	t.Parallel()
	var scenes []scene
	for name, id := range map[string]string{
		"513 bytes": strings.Repeat("x", 513), "100,000 bytes": strings.Repeat("é", 50000), "NUL": "a\x00b", "a line break": "a\nb", "no UTF-8": "a\xff", "delete": "\x7f",
	} {
		for _, command := range []string{"jset", "jsetnx"} {
			scenes = append(scenes, scene{command + " " + name, append(someBoard(), allOrNothing(command, 1000, id, "shell", "p", 60), tickAtLeast(1, 1000))})
		}
	}
	play(t, append(scenes,
		scene{"a payload with NUL", append(someBoard(), allOrNothing("jset", 1000, "a", "shell", "a\x00b", 60))},
		scene{"a runner with NUL", append(someBoard(), allOrNothing("jset", 1000, "a", "sh\x00ell", "p", 60))},
		scene{"an empty runner", append(someBoard(), allOrNothing("jset", 1000, "a", "", "p", 60))},
		scene{"more arguments than there are", append(someBoard(), allOrNothing("jset", 1000, "a", "shell", "p", 60, 900, "", 2, 10, "", "", ""))},
	))
}

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
