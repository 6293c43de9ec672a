package test

import "testing"

// The commands never build key names of 2014: a board may be called anything.
func TestContractCommandsWorkOnTheKeysTheyAreGiven(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, c *contractClient) {
		for _, board := range []string{"jobs", "other", "{jobs}", "a b", "é"} {
			t.Run(board, func(t *testing.T) {
				c.reset(t)
				b := &contractClient{rdb: c.rdb, board: board, shas: c.shas}
				for _, step := range []step{
					put(1000, "a", "shell", "p", 60), call(0, "jsetnx", 1000, "a", "shell", "p", 60), call(1, "jsetnx", 1000, "b", "shell", "p", 60),
					tick(2, 1000), score("a", 1060), next(1060, 1000, "a"), taken("shell", "a", "b"), call(1, "jregister", "mail", "x"),
					registered("mail=x", "shell=jobs-shell-runner"), call(1, "jdel", "a"), gone("a"), counted(`{"jobs":1,"scheduled":1,"runners":2,"queued":{}}`),
				} {
					step(t, b)
				}
				b.wantOwnKeys(t)
			})
		}
	})
}

func TestContractCommandsTakeKeysOfAnyName(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, c *contractClient) {
		const board, schedule, registry, queue = "one", "two", "three", "four:shell"
		set := []string{board, schedule, registry}
		wantReply(t, "JSET", c.call("jset", set, 1000, "a", "shell", "p", 60), 1)
		wantReply(t, "JSETNX", c.call("jsetnx", set, 1000, "a", "shell", "p", 60), 0)
		wantReply(t, "JTICK", c.call("jtick", []string{board, schedule, queue}, 1000), 1)
		wantReply(t, "JNEXT", c.call("jnext", []string{board, schedule}, 1000, "a"), 1060)
		wantReply(t, "JREGISTER", c.call("jregister", []string{registry}, "shell", "x"), 0)
		wantReply(t, "JTRIM", c.call("jtrim", []string{queue}, 5), 0)
		if entry, _ := c.call("jpop", []string{queue}).(string); object(t, entry)["id"] != "a" {
			t.Errorf("JPOP: got %q, want the entry of a", entry)
		}
		wantReply(t, "JDEL", c.call("jdel", []string{board, schedule}, "a"), 1)
		one := &contractClient{rdb: c.rdb, board: board, shas: c.shas}
		one.wantOwnKeys(t, schedule, registry, queue)
		if n := c.rdb.ZCard(t.Context(), schedule).Val(); n != 0 {
			t.Errorf("the schedule has %d members, want 0", n)
		}
	})
}

func TestContractBoardsDoNotTouchEachOther(t *testing.T) {
	t.Parallel()
	play(t, []scene{{"in one database", []step{func(t *testing.T, c *contractClient) {
		t.Helper()
		first := &contractClient{rdb: c.rdb, board: "jobs:a", shas: c.shas}
		second := &contractClient{rdb: c.rdb, board: "jobs:b", shas: c.shas}
		put(1000, "x", "shell", "p", 60)(t, first)
		put(1000, "x", "shell", "p", 5)(t, second)
		tick(1, 1000)(t, first)
		score("x", 1060)(t, first)
		score("x", 1000)(t, second)
		call(1, "jdel", "x")(t, first)
		kept("x")(t, second)
		tick(1, 1000)(t, second)
		taken("shell", "x")(t, first)
		taken("shell", "x")(t, second)
	}}}})
}
