package test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// call calls a command on its ordinary keys and compares the reply.
func call(want any, name string, args ...any) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		wantReply(t, spoken(name, args...), c.do(name, args...), want)
	}
}

// put is JSET, which always answers 1.
func put(args ...any) step { return call(1, "jset", args...) }

// next is JNEXT.
func next(want, now any, id string) step { return call(want, "jnext", now, id) }

// tick is JTICK with the queues of the runners; without any, the queue of shell.
func tick(want int, now any, runners ...string) step {
	return tickArgs(want, []any{now}, runners...)
}

// tickLimit is JTICK with its second argument.
func tickLimit(want int, now, limit any, runners ...string) step {
	return tickArgs(want, []any{now, limit}, runners...)
}

func tickArgs(want int, args []any, runners ...string) step {
	if len(runners) == 0 {
		runners = []string{"shell"}
	}
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		wantReply(t, spoken("jtick", args...), c.call("jtick", c.keysOf("jtick", runners...), args...), want)
	}
}

// refused calls a command that must answer an error and change nothing.
func refused(name string, args ...any) step { return unchanged(call(anError{}, name, args...)) }

// unchanged plays steps over which the database must not change at all.
func unchanged(steps ...step) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		before := c.dump(t)
		for _, step := range steps {
			step(t, c)
		}
		c.wantUnchanged(t, "this", before)
	}
}

// byHand is HSET of a board text and ZADD of its score, as a producer without
// a client does.
func byHand(id, text string, score float64) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		onBoard(id, text)(t, c)
		scheduled(id, score)(t, c)
	}
}

// onBoard is HSET of a board text only.
func onBoard(id, text string) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		if err := c.rdb.HSet(t.Context(), c.board, id, text).Err(); err != nil {
			t.Fatalf("HSET: %v", err)
		}
	}
}

// scheduled is ZADD of a score only.
func scheduled(id string, score float64) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		if err := c.rdb.ZAdd(t.Context(), c.schedule(), redis.Z{Member: id, Score: score}).Err(); err != nil {
			t.Fatalf("ZADD: %v", err)
		}
	}
}

// score looks at the schedule.
func score(id string, want float64) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		got, ok := c.score(t, id)
		if !ok {
			t.Errorf("%s is not scheduled, want score %v", id, want)
		} else if got != want {
			t.Errorf("score of %s: got %v, want %v", id, got, want)
		}
	}
}

// scoreWithin looks that a score is finite and low < score <= high.
func scoreWithin(id string, low, high float64) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		got, ok := c.score(t, id)
		if !ok || !(got > low) || !(got <= high) || math.IsInf(got, 0) {
			t.Errorf("score of %s: got %v (scheduled: %v), want over %v and at most %v", id, got, ok, low, high)
		}
	}
}

// unscheduled looks that a job has no score.
func unscheduled(id string) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		if got, ok := c.score(t, id); ok {
			t.Errorf("%s is scheduled at %v, want no score", id, got)
		}
	}
}

// kept looks that a job is on the board.
func kept(id string) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		if _, ok := c.text(t, id); !ok {
			t.Errorf("%s is not on the board, want it there", id)
		}
	}
}

// gone looks that a job is neither on the board nor scheduled.
func gone(id string) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		if text, ok := c.text(t, id); ok {
			t.Errorf("%s is on the board, want it gone: %s", id, text)
		}
		unscheduled(id)(t, c)
	}
}

// taken empties the queue of a runner and compares the ids, oldest first.
func taken(runner string, want ...string) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		var got []string
		for _, entry := range c.entries(t, c.queue(runner)) {
			id, _ := object(t, entry)["id"].(string)
			got = append(got, id)
		}
		if !slices.Equal(got, want) {
			t.Errorf("queue of %s: got %d entries %.300q, want %.300q", runner, len(got), strings.Join(got, " "), strings.Join(want, " "))
		}
	}
}

// registered compares the registry, given as "runner=command" in order of name.
func registered(want ...string) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		var got []string
		for runner, command := range c.rdb.HGetAll(t.Context(), c.registry()).Val() {
			got = append(got, runner+"="+command)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("registry: got %s, want %s", strings.Join(got, " "), strings.Join(want, " "))
		}
	}
}

// fields compares the whole metadata of a job: strings with their exact text,
// numbers (float64 or int in the table) by value and as plain digits.
func fields(id string, want map[string]any) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		text, ok := c.text(t, id)
		if !ok {
			t.Errorf("%s is not on the board", id)
			return
		}
		wantFields(t, text, want)
	}
}
