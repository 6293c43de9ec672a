package scripts

import "testing"

func unserved(want string, now float64, types ...any) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		same(t, "JUNSERVED", s.call("junserved", s.c.prefixed(s.k.Unserved()), append([]any{num(now), len(types)}, types...)...), want)
	}
}

func unmatched(want string, now float64, lists ...any) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		same(t, "JUNSERVED", s.call("junserved", s.c.prefixed(s.k.Unserved()), append([]any{num(now), 0}, lists...)...), want)
	}
}

func TestJunserved(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"a type whose runs wait is noted once", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), unserved("1", 1001, "shell"), unserved("1", 1002, "shell"),
			told(`shell "count":1,"reason":"no live agent serves shell"}`),
		}},
		{"a type of which nothing waits is not", []step{unserved("0", 1001, "shell", "mail"), told()}},
		{"it is noted again when it was served meanwhile", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), unserved("1", 1001, "shell"), unserved("0", 1002), unserved("1", 1003, "shell"),
			told(`shell "count":1,"reason":"no live agent serves shell"}`, `shell "count":1,"reason":"no live agent serves shell"}`),
		}},
		{"runs for hosts that no agent matches are noted by their selector", []step{
			put(1000, "a", 60, `{"hosts":"gpu=true"}`), fired("1 1060 0", 1, 1000), unserved("0", 1001, "shell"), unmatched("1", 1002, "shell:gpu=true"), unmatched("1", 1003, "shell:gpu=true"),
			told(`shell:gpu=true "count":1,"reason":"no live agent matches gpu=true"}`),
		}},
		{"runs of other priorities wait as well", []step{
			does("LPUSH", "jobs:high:mail", "x"), does("LPUSH", "jobs:low:mail", "x"), unserved("1", 1001, "mail"),
			told(`mail "count":2,"reason":"no live agent serves mail"}`),
		}},
	})
}
