package test

import "testing"

func TestContractJSETSchedulesANewJob(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"jset", "jsetnx"} {
		create := func(args ...any) step { return call(1, name, args...) }
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, []scene{
				{"without start at now", []step{create(1000, "a", "shell", "p", 60), score("a", 1000), kept("a")}},
				{"at a start to come", []step{create(1000, "a", "shell", "p", 60, 1500), score("a", 1500)}},
				{"at a start in the past, so it is due at once and keeps its grid", []step{
					create(1000, "a", "shell", "p", 60, 910), score("a", 910),
					tick(1, 1000), score("a", 1030), taken("shell", "a"),
				}},
				{"at a fractional start", []step{create(1000, "a", "shell", "p", 60, "1000.5"), score("a", 1000.5), tick(0, 1000), tick(1, "1000.5"), score("a", 1060.5)}},
				{"at a fractional now", []step{create("1000.25", "a", "shell", "p", 60), score("a", 1000.25)}},
				{"registers the runner", []step{create(1000, "a", "shell", "p", 60), registered("shell=jobs-shell-runner")}},
				{"of an hour with exact scores of today", []step{create(1414139992, "a", "shell", "p", 3600), tick(1, 1414139992), score("a", 1414143592)}},
			})
		})
	}
}

func TestContractJSETWithAStopThatHasCome(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"jset", "jsetnx"} {
		create := func(args ...any) step { return call(1, name, args...) }
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, []scene{
				{"in the past drops the job, registers the runner and answers 1", []step{
					create(1000, "a", "shell", "p", 60, 900, 999), gone("a"), registered("shell=jobs-shell-runner"), tick(0, 1000),
				}},
				{"at now drops the job", []step{create(1000, "a", "shell", "p", 60, 900, 1000), gone("a")}},
				{"at now drops it also when start is to come", []step{create(1000, "a", "shell", "p", 60, 5000, 1000), gone("a")}},
				{"at 0 is a time in the past", []step{create(1000, "a", "shell", "p", 60, 900, 0), gone("a")}},
				{"one second to come keeps the job", []step{create(1000, "a", "shell", "p", 60, 1000, 1001), kept("a"), score("a", 1000)}},
				{"dropped, it can be created again", []step{
					create(1000, "a", "shell", "p", 60, 900, 999), create(1000, "a", "shell", "p", 60), kept("a"), score("a", 1000),
				}},
				{"without start, from an empty string", []step{create(1000, "a", "shell", "p", 60, "", 999), gone("a")}},
			})
		})
	}
}

func TestContractJSETReplacesTheMetadataWhole(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"without start it becomes now, without stop, lambda, step they go", []step{
			put(1000, "a", "shell", "one", 60, 5000, 9000, 2, 100),
			put(1100, "a", "shell", "two", 60),
			fields("a", map[string]any{"id": "a", "runner": "shell", "payload": "two", "interval": 60, "start": 1100}),
		}},
		{"unknown fields of a hand-made text go", []step{
			byHand("a", `{"id":"a","runner":"shell","payload":"p","interval":60,"start":1000,"owner":"me"}`, 2000),
			put(1100, "a", "shell", "p", 60),
			fields("a", map[string]any{"id": "a", "runner": "shell", "payload": "p", "interval": 60, "start": 1100}),
		}},
		{"a text that was no JSON is replaced and scheduled", []step{
			onBoard("a", "{oops"),
			put(1100, "a", "shell", "p", 60), score("a", 1100), tick(1, 1100), taken("shell", "a"),
		}},
		{"a half-made job gets its schedule", []step{
			onBoard("a", `{"id":"a","runner":"shell","payload":"p","interval":60}`),
			put(1100, "a", "shell", "p", 60), score("a", 1100),
		}},
		{"a new runner gets the next tick, the old one stays registered, queued entries stay", []step{
			put(1000, "a", "shell", "old", 60), tick(1, 1000, "shell", "http"),
			put(1010, "a", "http", "new", 60), score("a", 1060),
			registered("http=jobs-http-runner", "shell=jobs-shell-runner"),
			tick(1, 1060, "shell", "http"), taken("http", "a"),
			func(t *testing.T, c *contractClient) {
				t.Helper()
				entries := c.entries(t, c.queue("shell"))
				if len(entries) != 1 || object(t, entries[0])["payload"] != "old" {
					t.Errorf("queue of the old runner: got %q, want the one entry with its old payload", entries)
				}
			},
		}},
	})
}

func TestContractJSETNXOfATakenIDChangesNothing(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"neither job nor score nor registry", []step{
			put(1000, "a", "shell", "p", 60), unchanged(call(0, "jsetnx", 1001, "a", "http", "q", 5, 1)),
		}},
		{"nor makes a missing schedule entry", []step{
			onBoard("a", `{"id":"a","runner":"shell","payload":"p","interval":60,"start":1}`),
			unchanged(call(0, "jsetnx", 1001, "a", "http", "q", 5)), unscheduled("a"),
		}},
		{"nor drops it for a stop that has come", []step{
			put(1000, "a", "shell", "p", 60), unchanged(call(0, "jsetnx", 1001, "a", "shell", "p", 60, 1, 2)),
		}},
		{"nor minds that the text is no JSON", []step{
			onBoard("a", "{oops"), unchanged(call(0, "jsetnx", 1001, "a", "shell", "p", 60)),
		}},
		{"and after JDEL it is created", []step{
			put(1000, "a", "shell", "p", 60), call(1, "jdel", "a"), call(1, "jsetnx", 1001, "a", "shell", "p", 60), score("a", 1001),
		}},
	})
}

func TestContractJSETKeepsARegistration(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"made by JREGISTER (bug 13)", []step{
			call(1, "jregister", "shell", "/bin/x"), put(1000, "a", "shell", "p", 60), registered("shell=/bin/x"),
			call(1, "jsetnx", 1000, "b", "shell", "p", 60), registered("shell=/bin/x"),
		}},
		{"and JREGISTER overwrites the default", []step{
			put(1000, "a", "shell", "p", 60), call(0, "jregister", "shell", "/bin/x"), registered("shell=/bin/x"),
		}},
	})
}
