package test

import "testing"

// Bug 3: an update of a due job must not lose the run.
func TestContractUpdatingADueJobLeavesItDue(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"and the next tick delivers the new metadata", []step{
			put(1000, "a", "shell", "old", 60), put(1000, "a", "shell", "new", 60), score("a", 1000),
			put(1030, "a", "shell", "newer", 60), score("a", 1000), tick(1, 1030),
			func(t *testing.T, c *contractClient) {
				t.Helper()
				entries := c.entries(t, c.queue("shell"))
				if len(entries) != 1 || object(t, entries[0])["payload"] != "newer" {
					t.Errorf("queue: got %q, want one entry with the payload newer", entries)
				}
			},
			score("a", 1060),
		}},
		{"however often it is put again when it falls due", []step{
			put(1000, "a", "shell", "p", 60), put(1000, "a", "shell", "p", 60), tick(1, 1000),
			put(1060, "a", "shell", "p", 60), tick(1, 1060), put(1120, "a", "shell", "p", 60), tick(1, 1120),
			taken("shell", "a", "a", "a"),
		}},
		{"also when it is late by many intervals", []step{
			put(1000, "a", "shell", "p", 60), put(5000, "a", "shell", "p", 60), score("a", 1000), tick(1, 5000), score("a", 5020),
		}},
		{"also when its interval changes", []step{
			put(1000, "a", "shell", "p", 60), put(1000, "a", "shell", "p", 3600), score("a", 1000), tick(1, 1000), score("a", 4600),
		}},
		{"as the Python client puts it, start 0", []step{
			put(1414139992, "a", "shell", "p", "60.0", 0, "+inf", 1, 86400), score("a", 0),
			put(1414139993, "a", "shell", "p", "60.0", 0, "+inf", 1, 86400), score("a", 0),
			tick(1, 1414139993), score("a", 1414140000), taken("shell", "a"),
		}},
	})
}

// Bug 4: an update reschedules where, and only where, the schedule changed.
func TestContractUpdatingAJobWithAFutureRun(t *testing.T) {
	t.Parallel()
	day := []step{put(1000, "a", "shell", "p", 86400), tick(1, 1000), score("a", 87400)}
	minute := []step{put(1000, "a", "shell", "p", 60), tick(1, 1000), score("a", 1060)}
	decay := []step{put(1000, "a", "shell", "p", 3600, "", "", 2, 86400), tick(1, 1000), score("a", 4600)}
	after := func(before []step, more ...step) []step { return append(append([]step{}, before...), more...) }
	play(t, []scene{
		{"a shorter interval brings it forward", after(day, put(2000, "a", "shell", "p", 60), score("a", 2060))},
		{"a shorter interval does not put it off", after(day, put(87390, "a", "shell", "p", 60), score("a", 87400))},
		{"a longer interval does not put it off", after(minute, put(1010, "a", "shell", "p", 86400), score("a", 1060), tick(1, 1060), score("a", 87460))},
		{"the same interval leaves it", after(minute, put(1010, "a", "shell", "p", 60), score("a", 1060))},
		{"the same interval written otherwise leaves it", after(day, put(1010, "a", "shell", "p", "86400.0"), score("a", 87400))},
		{"the same lambda and step leave it", after(decay, put(1500, "a", "shell", "p", 3600, "", "", 2, 86400), score("a", 4600))},
		{"the same lambda and step written otherwise leave it", after(decay, put(1500, "a", "shell", "p", 3600, "", "", "2.0", "86400.0"), score("a", 4600))},
		{"the same values leave also a score beyond now and the interval", []step{
			put(1000, "a", "shell", "p", 60, 9000), put(1010, "a", "shell", "p", 60), score("a", 9000),
		}},
		{"a lambda taken away brings it forward", []step{
			byHand("a", hand("a", `"interval":60,"start":0,"lambda":"2","step":"100"`), 9000), put(1000, "a", "shell", "p", 60), score("a", 1060),
		}},
		{"another lambda brings it forward", []step{
			byHand("a", hand("a", `"interval":60,"start":0,"lambda":"2","step":"100"`), 9000), put(1000, "a", "shell", "p", 60, "", "", "1.5", 100), score("a", 1060),
		}},
		{"another step brings it forward", []step{
			byHand("a", hand("a", `"interval":60,"start":0,"lambda":"2","step":"100"`), 9000), put(1000, "a", "shell", "p", 60, "", "", 2, 500), score("a", 1060),
		}},
		{"the same lambda and step as numbers leave it", []step{
			byHand("a", hand("a", `"interval":60,"start":0,"lambda":2,"step":100`), 9000), put(1000, "a", "shell", "p", 60, "", "", 2, 100), score("a", 9000),
		}},
		{"an empty lambda and step are none and leave it", after(day, put(2000, "a", "shell", "p", 86400, "", "", "", ""), score("a", 87400))},
		{"a lambda given does not put it off", after(day, put(2000, "a", "shell", "p", 86400, "", "", 2), score("a", 87400))},
		{"a smaller lambda and interval bring it forward", after(decay, put(1100, "a", "shell", "p", 60, "", "", "1.5", 86400), score("a", 1160))},
		{"another payload leaves it", after(minute, put(1010, "a", "shell", "q", 60), score("a", 1060))},
		{"another runner leaves it", after(minute, put(1010, "a", "http", "p", 60), score("a", 1060))},
		{"a stop to come leaves it", after(minute, put(1010, "a", "shell", "p", 60, "", 2000), score("a", 1060), kept("a"))},
		{"a stop that has come removes it", after(minute, put(1010, "a", "shell", "p", 60, "", 1005), gone("a"), taken("shell", "a"), registered("shell=jobs-shell-runner"))},
		{"a stop at now removes it", after(minute, put(1010, "a", "shell", "p", 60, "", 1010), gone("a"))},
		{"a stop that has come removes it also with a start to come", after(minute, put(1010, "a", "shell", "p", 60, 5000, 1005), gone("a"))},
		{"a start to come moves it later", after(minute, put(1010, "a", "shell", "p", 60, 5000), score("a", 5000), tick(0, 4999), tick(1, 5000))},
		{"a start to come moves it earlier", after(day, put(1010, "a", "shell", "p", 86400, 1500), score("a", 1500))},
		{"a new start of a job that has not begun counts", []step{
			put(1000, "a", "shell", "p", 60, 9000), score("a", 9000),
			put(1001, "a", "shell", "p", 60, 3000), score("a", 3000), put(1002, "a", "shell", "p", 60, 12000), score("a", 12000),
		}},
		{"a start in the past leaves it", after(minute, put(1010, "a", "shell", "p", 60, 1001), score("a", 1060))},
		{"a start at now leaves it", after(minute, put(1010, "a", "shell", "p", 60, 1010), score("a", 1060))},
		{"the start of the Python client leaves it", []step{
			put(1000, "a", "shell", "p", "60.0", 0, "+inf", 1, 86400), tick(1, 1000), score("a", 1020),
			put(1010, "a", "shell", "p", "60.0", 0, "+inf", 1, 86400), score("a", 1020),
		}},
		{"a re-put each second keeps the grid", []step{
			put(1000, "a", "shell", "p", 60), tick(1, 1000),
			put(1001, "a", "shell", "p", 60), put(1020, "a", "shell", "p", 60), put(1040, "a", "shell", "p", 60), put(1059, "a", "shell", "p", 60),
			score("a", 1060), tick(1, 1060), put(1061, "a", "shell", "p", 60), score("a", 1120), taken("shell", "a", "a"),
		}},
		{"a re-put after a changed interval is the same again", after(day,
			put(2000, "a", "shell", "p", 600), score("a", 2600), put(2100, "a", "shell", "p", 600), score("a", 2600))},
		{"JSETNX does not", after(day, call(0, "jsetnx", 2000, "a", "shell", "p", 60), score("a", 87400))},
	})
}
