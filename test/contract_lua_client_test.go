package test

import "testing"

// The table of section 4: what arrives when the Lua client's put leaves
// options out, with today's lua-redis.
func TestContractLuaClientPutsWithNilArguments(t *testing.T) {
	t.Parallel()
	const now, later, stop = 1000, 1500, 9000
	rows := []struct {
		given   string
		args    []any // after the interval, 60
		start   int
		more    map[string]any
		lateBy2 float64 // score after a tick at start + 172800 + 5, stop aside
	}{
		{"none", nil, now, nil, 60},
		{"start", []any{later}, later, nil, 60},
		{"start, stop", []any{later, stop}, later, map[string]any{"stop": "9000"}, 0},
		{"stop", []any{"", stop}, now, map[string]any{"stop": "9000"}, 0},
		{"stop, lambda", []any{"", stop, 2}, now, map[string]any{"stop": "9000", "lambda": "2"}, 0},
		{"stop, lambda, step", []any{"", stop, 2, 3600}, now, map[string]any{"stop": "9000", "lambda": "2", "step": "3600"}, 0},
		{"start, stop, lambda", []any{later, stop, 2}, later, map[string]any{"stop": "9000", "lambda": "2"}, 0},
		{"start, stop, lambda, step", []any{later, stop, 2, 3600}, later, map[string]any{"stop": "9000", "lambda": "2", "step": "3600"}, 0},
		{"start, stop, step", []any{later, stop, "", 3600}, later, map[string]any{"stop": "9000", "step": "3600"}, 0},
		{"lambda, step", []any{"", "", 2, 86400}, now, map[string]any{"lambda": "2", "step": "86400"}, 240},
		{"step", []any{"", "", "", 86400}, now, map[string]any{"step": "86400"}, 60},
		{"start, lambda, step", []any{later, "", 2, 86400}, later, map[string]any{"lambda": "2", "step": "86400"}, 240},
	}
	for _, name := range []string{"jset", "jsetnx"} {
		var scenes []scene
		for _, row := range rows {
			want := map[string]any{"id": "a", "runner": "shell", "payload": "p", "interval": 60, "start": row.start}
			for field, value := range row.more {
				want[field] = value
			}
			steps := []step{
				call(1, name, append([]any{now, "a", "shell", "p", 60}, row.args...)...),
				fields("a", want), score("a", float64(row.start)), tick(1, row.start), score("a", float64(row.start+60)),
			}
			if row.lateBy2 == 0 {
				steps = append(steps, tick(1, 172805+row.start), gone("a"), taken("shell", "a", "a"))
			} else {
				i := row.lateBy2
				late := 172800.0 + float64(row.start) // on the grid of 60, and of 240
				steps = append(steps, scheduled("a", late), tick(1, late+5), score("a", late+i), taken("shell", "a", "a"))
			}
			scenes = append(scenes, scene{row.given, steps})
		}
		t.Run(name, func(t *testing.T) { t.Parallel(); play(t, scenes) })
	}
}

func TestContractLuaClientAsksBeforeAnythingIsThere(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"tick and trim with no runner registered", []step{unchanged(func(t *testing.T, c *contractClient) {
			t.Helper()
			wantReply(t, "jtick 2 NAME NAME:schedule now", c.call("jtick", []string{c.board, c.schedule()}, 1000), 0)
			wantReply(t, "jtrim 0 n", c.call("jtrim", nil, 100), 0)
			wantReply(t, "jtrim 0 -1", c.call("jtrim", nil, -1), 0)
		})}},
		{"put without an interval sends 0: it runs once", []step{put(1000, "a", "shell", "p", 0), tick(1, 1000), gone("a"), tick(0, 1001)}},
		{"the README's example: start -1 and a stop", []step{put(1000, "a", "shell", "hello world", 185, -1, 4600), score("a", 1000), tick(1, 1000), score("a", 1185)}},
		{"load, then put again", []step{
			onBoard("a", hand("a", `"interval":60,"start":500`)), tick(0, 1000), put(1000, "a", "shell", "p", 60), tick(1, 1000),
		}},
		{"tick with a trim before it", []step{
			put(1000, "a", "shell", "p", 60), tick(1, 1000), tick(1, 1060), tick(1, 1120), trim(2, []string{"shell"}, "1"), tick(1, 1180), taken("shell", "a", "a"),
		}},
	})
}
