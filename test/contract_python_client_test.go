package test

import "testing"

// pythonPut sends what Board.put of the Python client sends: always all nine,
// numbers as text of int or float.
func pythonPut(want any, name, now, id, interval string) step {
	return call(want, name, now, id, "shell", "p", interval, "0", "+inf", "1", "86400")
}

func TestContractPythonClientPuts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"jset", "jsetnx"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, []scene{
				{"a job of start 0 is due at once, and runs once, not twice", []step{
					pythonPut(1, name, "1414139992", "a", "60.0"), score("a", 0),
					fields("a", map[string]any{"id": "a", "runner": "shell", "payload": "p", "interval": 60, "start": 0, "stop": "+inf", "lambda": "1", "step": "86400"}),
					tick(1, 1414139992), score("a", 1414140000), tick(0, 1414139993), tick(0, 1414139994), taken("shell", "a"),
				}},
				{"a monthly job", []step{
					pythonPut(1, name, "1414139992", "a", "2629800.0"), tick(1, 1414139992), tick(0, 1414139993),
					score("a", 538*2629800), tick(1, 538*2629800), score("a", 539*2629800),
				}},
				{"without any unit it runs once", []step{pythonPut(1, name, "1414139992", "a", "0"), tick(1, 1414139992), gone("a"), tick(0, 1414139993)}},
				{"a duration: start now, stop start + duration", []step{
					call(1, name, "1000", "a", "shell", "p", "60", "1000", "1100", "1", "86400"), tick(1, 1000), tick(1, 1060), tick(0, 1120), gone("a"),
				}},
				{"a duration as floats", []step{
					call(1, name, "1000.75", "a", "shell", "p", "60.0", "1000.75", "1060.75", "1", "86400"), score("a", 1000.75), tick(1, 1001), tick(1, 1061), gone("a"),
				}},
				{"a decay of 2", []step{
					call(1, name, "1000", "a", "shell", "p", "60", "0", "+inf", "2", "500"), tick(1, 1000), score("a", 1200),
				}},
			})
		})
	}
}

func TestContractPythonClientCreateAndShow(t *testing.T) {
	t.Parallel()
	play(t, []scene{{"create of a taken id is 0", []step{
		pythonPut(1, "jsetnx", "1000", "a", "60"), unchanged(pythonPut(0, "jsetnx", "1001", "a", "5"), call(nil, "jget", "b")), pythonPut(1, "jset", "1001", "a", "5"),
	}}})
}

// load writes registry and board with HMSET and then calls JNEXT for each job.
func TestContractPythonClientLoads(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"its own dump: all due at once, each once", []step{
			onBoard("a", hand("a", `"interval":60,"start":0,"stop":"+inf","lambda":"1","step":"86400"`)),
			onBoard("b", hand("b", `"interval":7,"start":0,"stop":"+inf","lambda":"1","step":"86400"`)),
			next(0, 1000, "a"), next(0, 1000, "b"), tick(2, 1000), tick(0, 1000), tick(1, 1001), score("a", 1020), score("b", 1008), taken("shell", "a", "b", "b"),
		}},
		{"twice: the second load moves what is due, as JNEXT does", []step{
			onBoard("a", hand("a", `"interval":60,"start":990`)), next(990, 1000, "a"), next(1050, 1000, "a"), next(1050, 1000, "a"), tick(0, 1000), tick(1, 1050),
		}},
		{"with jobs that are over: they leave", []step{
			onBoard("a", hand("a", `"interval":60,"start":0,"stop":"500"`)), onBoard("b", hand("b", `"interval":60,"start":0`)),
			next(-1, 1000, "a"), next(0, 1000, "b"), gone("a"), tick(1, 1000), taken("shell", "b"),
		}},
	})
}
