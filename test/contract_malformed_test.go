package test

import "testing"

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
			{},
			{1000},
			{1000, "a"},
			{1000, "a", "shell"},
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
