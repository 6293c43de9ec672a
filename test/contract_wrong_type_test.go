package test

import "testing"

// TestContractWrongTypesAreRefusedWhole puts another type on each key of each
// command in turn; the call must fail and change nothing.
func TestContractWrongTypesAreRefusedWhole(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, c *contractClient) {
		due := hand("a", `"interval":60,"start":1000`)
		rows := []struct {
			name string
			keys []string
			args []any
		}{
			{"jset", c.keysOf("jset"), []any{1000, "a", "shell", "p", 5}},
			{"jset", c.keysOf("jset"), []any{1000, "new", "shell", "p", 5}},
			{"jset", c.keysOf("jset"), []any{1000, "a", "shell", "p", 5, 900, 1000}},
			{"jset", c.keysOf("jset"), []any{1000, "new", "shell", "p", 5, 900, 1000}},
			{"jsetnx", c.keysOf("jsetnx"), []any{1000, "new", "shell", "p", 5}},
			{"jsetnx", c.keysOf("jsetnx"), []any{1000, "new", "shell", "p", 5, 900, 1000}},
			{"jget", c.keysOf("jget"), []any{"a"}},
			{"jdel", c.keysOf("jdel"), []any{"a"}},
			{"jnext", c.keysOf("jnext"), []any{1000, "a"}},
			{"jnext", c.keysOf("jnext"), []any{1000, "over"}},
			{"jtick", c.keysOf("jtick", "shell"), []any{1000}},
			{"jtick", c.keysOf("jtick", "other", "shell"), []any{1000}},
			{"jpop", c.queues("shell"), nil},
			{"jregister", c.keysOf("jregister"), []any{"shell", "x"}},
			{"jtrim", c.queues("other", "shell"), []any{1}},
			{"jtrim", c.queues("other", "shell"), []any{0}},
			{"jcount", c.keysOf("jcount", "other", "shell"), nil},
		}
		for _, row := range rows {
			for _, key := range row.keys {
				if key == c.queue("other") {
					continue
				}
				t.Run(spoken(row.name, row.args...)+" with "+key+" a string", func(t *testing.T) {
					c.reset(t)
					put(1000, "a", "shell", "p", 60)(t, c)
					onBoard("a", due)(t, c)
					byHand("over", hand("over", `"interval":60,"start":1,"stop":"500"`), 400)(t, c)
					byHand("o", `{"id":"o","runner":"other","payload":"p","interval":60,"start":900}`, 900)(t, c)
					onQueue("other", "1", "2", "3")(t, c)
					onQueue("shell", "1", "2", "3")(t, c)
					if err := c.rdb.Set(t.Context(), key, "text", 0).Err(); err != nil {
						t.Fatal(err)
					}
					before := c.dump(t)
					wantReply(t, spoken(row.name, row.args...), c.call(row.name, row.keys, row.args...), anError{})
					c.wantUnchanged(t, spoken(row.name, row.args...), before)
				})
			}
		}
	})
}

// A wrong type on one queue stops no job of another once the key is mended.
func TestContractARunIsNotLostToAWrongType(t *testing.T) {
	t.Parallel()
	play(t, []scene{{"after the key is mended it is delivered once", []step{
		put(1000, "a", "shell", "p", 60), put(1000, "b", "mail", "p", 60),
		func(t *testing.T, c *contractClient) {
			t.Helper()
			c.rdb.Set(t.Context(), c.queue("shell"), "text", 0)
			wantReply(t, "JTICK", c.call("jtick", c.keysOf("jtick", "shell", "mail"), 1000), anError{})
			c.rdb.Del(t.Context(), c.queue("shell"))
		},
		tick(2, 1001, "shell", "mail"), taken("shell", "a"), taken("mail", "b"),
	}}})
}
