package test

import "testing"

// Where the contract's words leave room, these are the readings tested. Each
// names the sentence it reads.
func TestContractReadings(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		// "JSET leaves a due score alone" (3), taken literally for a start to come.
		{"a due job put again with a start to come stays due", []step{put(1000, "a", "shell", "p", 60), put(1010, "a", "shell", "p", 60, 5000), score("a", 1000), tick(1, 1010)}},
		// "If stop <= now: the job is taken off the board and the schedule again" (JSET 3), also when due.
		{"a due job put again with a stop that has come is dropped", []step{put(1000, "a", "shell", "p", 60), put(1010, "a", "shell", "p", 60, "", 1005), gone("a"), tick(0, 1010)}},
		// "a given start > now -> score = start" (4) wins over "interval changed".
		{"a start to come wins over a shorter interval", []step{put(1000, "a", "shell", "p", 86400), tick(1, 1000), put(1010, "a", "shell", "p", 60, 5000), score("a", 5000)}},
		// An interval of 0 is "run once at start" (9); start is now, so the run is now.
		{"a job to come that becomes run-once runs once more at the latest at its old time", []step{
			put(1000, "a", "shell", "p", 60), tick(1, 1000), put(1010, "a", "shell", "p", 0), scoreWithin("a", 0, 1060), tick(1, 1060), gone("a"), tick(0, 2000),
		}},
		{"a run-once job to come that gets an interval does not wait longer", []step{
			put(1000, "a", "shell", "p", 0, 9000), put(1010, "a", "shell", "p", 60), scoreWithin("a", 0, 1070), kept("a"),
		}},
		// "on the board and scheduled until it has been queued" (9): JNEXT queues nothing.
		{"JNEXT leaves a due run-once job due", []step{put(1000, "a", "shell", "p"), unchanged(next(1000, 1000, "a"), next(1000, 5000, "a")), tick(1, 5000), gone("a")}},
		{"JNEXT of an unscheduled run-once job schedules it", []step{onBoard("a", hand("a", `"start":900`)), next(900, 1000, "a"), score("a", 900), tick(1, 1000), gone("a")}},
		// lambda 1 is "no decay", so giving it changes no schedule.
		{"a lambda of 1 is no change of the schedule", []step{put(1000, "a", "shell", "p", 86400), tick(1, 1000), put(86000, "a", "shell", "p", 86400, "", "", 1, 86400), score("a", 87400)}},
		// A key that names a runner exactly is nearer than one that ends in it (12).
		{"the queue of the exact name is preferred", []step{put(1000, "a", "b", "p", 60), func(t *testing.T, c *contractClient) {
			t.Helper()
			wantReply(t, "JTICK", c.call("jtick", []string{c.board, c.schedule(), "jobs:queue:b", "jobs:queue:a:b"}, 1000), 1)
			holdsOne(t, c, "jobs:queue:b")
			wantReply(t, "JTICK", c.call("jtick", []string{c.board, c.schedule(), "jobs:queue:a:b", "jobs:queue:b"}, 1060), 1)
			holdsOne(t, c, "jobs:queue:b")
		}}},
		// "a run due no later than stop is delivered" holds for a job whose stop a producer set by hand.
		{"an entry LPUSHed by hand is popped as it is", []step{onQueue("shell", `{"id":"x","runner":"shell","payload":"p"}`), pop(`{"id":"x","runner":"shell","payload":"p"}`, "shell")}},
		// "interval absent or not a number" (9): text that is a number was one to 2014.
		{"an interval as text in old metadata is served once at a time", []step{
			byHand("a", hand("a", `"interval":"60","start":1000`), 1000), put(1000, "z", "shell", "p", 60), tick(2, 1000), unchanged(tick(0, 1000)), taken("shell", "a", "z"), neverStuck("a", 1000),
		}},
		{"a start as text in old metadata is due", []step{
			onBoard("a", hand("a", `"interval":60,"start":"900"`)), func(t *testing.T, c *contractClient) {
				t.Helper()
				if got, ok := c.do("jnext", 1000, "a").(int64); !ok || (got != 900 && got != 1000) {
					t.Errorf("JNEXT: got %v, want 900 or now", got)
				}
			}, tick(1, 1000), taken("shell", "a"),
		}},
		// A ghost has no old interval to compare; a new job's start counts.
		{"a new job over a ghost to come is no later than the ghost", []step{scheduled("a", 5000), put(1000, "a", "shell", "p", 60), scoreWithin("a", 0, 5000), kept("a")}},
		{"a new job over a ghost to come with a start to come starts there", []step{scheduled("a", 5000), put(1000, "a", "shell", "p", 60, 9000), score("a", 9000)}},
		// Scores of bug 10: an update of such a job must bring it back.
		{"an infinite score is healed by an update of the interval", []step{
			func(t *testing.T, c *contractClient) {
				t.Helper()
				c.rdb.HSet(t.Context(), c.board, "a", hand("a", `"interval":86400,"start":0`))
				c.rdb.Do(t.Context(), "ZADD", c.schedule(), "inf", "a")
			},
			put(1000, "a", "shell", "p", 60), scoreWithin("a", 0, 1060),
		}},
	})
}

// holdsOne wants one entry on a queue key and takes it.
func holdsOne(t *testing.T, c *contractClient, key string) {
	t.Helper()
	if got := len(c.entries(t, key)); got != 1 {
		t.Errorf("%s has %d entries, want 1", key, got)
	}
}
