package test

import (
	"slices"
	"testing"
	"time"
)

// onQueue is LPUSH by hand: the first is the oldest.
func onQueue(runner string, entries ...any) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		if err := c.rdb.LPush(t.Context(), c.queue(runner), entries...).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// trim is JTRIM on the queues of runners.
func trim(want any, runners []string, args ...any) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		wantReply(t, spoken("jtrim", args...), c.call("jtrim", c.queues(runners...), args...), want)
	}
}

// holds compares a queue, oldest first.
func holds(runner string, want ...string) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		got := c.rdb.LRange(t.Context(), c.queue(runner), 0, -1).Val()
		slices.Reverse(got)
		if !slices.Equal(got, want) {
			t.Errorf("queue of %s: got %q, want %q", runner, got, want)
		}
	}
}

func pop(want any, runner string) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		wantReply(t, "JPOP "+runner, c.call("jpop", c.queues(runner)), want)
	}
}

func TestContractJPOPTakesTheOldest(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"as stored, from any list", []step{onQueue("q", "one", "{oops", "", "\xff\x00\r\n"), pop("one", "q"), pop("{oops", "q"), pop("", "q"), pop("\xff\x00\r\n", "q"), pop(nil, "q")}},
		{"nil from a missing one", []step{unchanged(pop(nil, "q"))}},
		{"jobs, first in first out", []step{
			put(1000, "a", "shell", "p", 60, 999), put(1000, "b", "shell", "p", 60, 998), tick(2, 1000),
			func(t *testing.T, c *contractClient) {
				t.Helper()
				for _, want := range []string{"b", "a"} {
					entry, _ := c.call("jpop", c.queues("shell")).(string)
					if got := object(t, entry)["id"]; got != want {
						t.Errorf("JPOP: got %v, want %s", got, want)
					}
				}
			},
		}},
	})
}

func TestContractJTRIMKeepsTheNewest(t *testing.T) {
	t.Parallel()
	q, both := []string{"q"}, []string{"q", "r"}
	five := onQueue("q", "1", "2", "3", "4", "5")
	play(t, []scene{
		{"n of them", []step{five, trim(3, q, 2), holds("q", "4", "5")}},
		{"one", []step{five, trim(4, q, 1), holds("q", "5")}},
		{"all when n is the length", []step{five, unchanged(trim(0, q, 5))}},
		{"all when n is over the length", []step{five, unchanged(trim(0, q, 6), trim(0, q, 1000000000000))}},
		{"of each queue, and sums up", []step{five, onQueue("r", "a", "b", "c"), trim(4, both, 2), holds("q", "4", "5"), holds("r", "b", "c")}},
		{"a missing queue counts 0", []step{five, trim(3, both, 2), holds("r")}},
		{"no queues at all: 0", []step{five, unchanged(trim(0, nil, 2), trim(0, nil, -1), trim(0, nil, 0))}},
		{"a queue named twice counts once", []step{five, trim(3, []string{"q", "q"}, 2), holds("q", "4", "5")}},
		{"n = 0 empties and answers the length (bug 14)", []step{five, onQueue("r", "a"), trim(6, both, 0), holds("q"), holds("r")}},
		{"n = -1 is no trimming (bug 14)", []step{five, unchanged(trim(0, q, -1))}},
		{"n = -3 is no trimming (bug 14)", []step{five, unchanged(trim(0, q, -3))}},
		{"n not a number trims nothing (bug 14)", []step{five, unchanged(trim(anError{}, q, "x"))}},
		{"other texts trim nothing either", []step{five, unchanged(trim(anError{}, q, "two"), trim(anError{}, q, "2x"))}},
		{"a number as text with a fraction of 0", []step{five, trim(3, q, "2.0"), holds("q", "4", "5")}},
		{"without n it is 0 or an error (bug 14)", []step{five, func(t *testing.T, c *contractClient) {
			t.Helper()
			before := c.dump(t)
			if got := c.call("jtrim", c.queues("q")); got != int64(5) {
				wantReply(t, "JTRIM without n", got, anError{})
				c.wantUnchanged(t, "JTRIM without n", before)
			} else {
				holds("q")(t, c)
			}
		}}},
		{"and JPOP goes on with the oldest kept", []step{five, trim(3, q, 2), pop("4", "q"), pop("5", "q"), pop(nil, "q")}},
	})
}

func TestContractPlainConsumersTakeFromTheQueue(t *testing.T) {
	t.Parallel()
	play(t, []scene{{"with RPOP count, BRPOP, RPOPLPUSH and LMOVE", []step{
		put(1000, "a", "shell", "p", 60, 991), put(1000, "b", "shell", "p", 60, 992), put(1000, "c", "shell", "p", 60, 993),
		put(1000, "d", "shell", "p", 60, 994), put(1000, "e", "shell", "p", 60, 995), tick(5, 1000),
		func(t *testing.T, c *contractClient) {
			t.Helper()
			ctx, queue := t.Context(), c.queue("shell")
			got := c.rdb.RPopCount(ctx, queue, 2).Val()
			got = append(got, c.rdb.BRPop(ctx, time.Second, c.queue("other"), queue).Val()[1:]...)
			moved, _ := c.rdb.Do(ctx, "RPOPLPUSH", queue, c.queue("mine")).Text()
			got = append(got, moved)
			got = append(got, c.rdb.LMove(ctx, queue, c.queue("mine"), "RIGHT", "LEFT").Val())
			if len(got) != 5 {
				t.Fatalf("took %q, want five entries", got)
			}
			for i, want := range []string{"a", "b", "c", "d", "e"} {
				if id := object(t, got[i])["id"]; id != want {
					t.Errorf("entry %d: got %v, want %s", i, id, want)
				}
			}
			tick(5, 1060)(t, c)
		},
	}}})
}
