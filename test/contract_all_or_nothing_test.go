package test

import (
	"math"
	"testing"
)

// allOrNothing calls a command that puts a job and may refuse these arguments:
// then nothing has changed. If it takes them, the job is whole: readable, its
// numbers numbers, its score finite.
func allOrNothing(name string, args ...any) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		before := c.dump(t)
		got := c.do(name, args...)
		if _, failed := got.(error); failed {
			wantReply(t, spoken(name, args...), got, anError{})
			c.wantUnchanged(t, spoken(name, args...), before)
			return
		}
		wantReply(t, spoken(name, args...), got, 1)
		id := args[1].(string)
		text, onBoard := c.text(t, id)
		score, scheduled := c.score(t, id)
		if onBoard != scheduled {
			t.Errorf("%s left the job half-made: on the board %v, scheduled %v", spoken(name, args...), onBoard, scheduled)
		}
		if scheduled && (math.IsInf(score, 0) || math.IsNaN(score)) {
			t.Errorf("%s: score %v, want a finite one", spoken(name, args...), score)
		}
		if onBoard {
			fields := object(t, text)
			for _, name := range []string{"id", "runner", "payload"} {
				if _, is := fields[name].(string); !is {
					t.Errorf("field %q: got %#v, want a string", name, fields[name])
				}
			}
			for _, name := range []string{"start", "interval"} {
				if value, there := fields[name]; there {
					wantFiniteNumber(t, name, value)
				}
			}
		}
	}
}

func wantFiniteNumber(t *testing.T, name string, value any) {
	t.Helper()
	number, ok := value.(interface{ Float64() (float64, error) })
	if !ok {
		t.Errorf("field %q: got %#v, want a number", name, value)
		return
	}
	if f, err := number.Float64(); err != nil || math.IsInf(f, 0) {
		t.Errorf("field %q: got %v, want a finite number", name, value)
	}
}

// tickAtLeast is a JTICK that may push more than n.
func tickAtLeast(n int64, now any) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		got := c.call("jtick", c.keysOf("jtick", "shell"), now)
		if pushed, ok := got.(int64); !ok || pushed < n {
			t.Errorf("%s: got %s, want an integer of at least %d", spoken("jtick", now), shown(got), n)
		}
	}
}

// neverStuck looks that a job, if there is one still, has a finite score after now.
func neverStuck(id string, now float64) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		if _, ok := c.text(t, id); !ok {
			unscheduled(id)(t, c)
			return
		}
		scoreWithin(id, now, math.MaxFloat64)(t, c)
	}
}
