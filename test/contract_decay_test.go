package test

import (
	"math"
	"testing"
)

// Fix 10: no decay may stop the tick, stop the job or make it run in a loop.
func TestContractDecayExtremesKeepTheJobRunning(t *testing.T) {
	t.Parallel()
	const now = 1e6
	rows := []struct {
		name, more string
		low, high  float64 // low < next <= high
	}{
		{"lambda 0 is none", `"interval":60,"start":0,"lambda":"0","step":"10"`, now, now + 60},
		{"lambda below 0 is none", `"interval":60,"start":0,"lambda":"-2","step":"10"`, now, now + 60},
		{"step 0 is none", `"interval":60,"start":0,"lambda":"1.5","step":"0"`, now, now + 60*math.Pow(1.5, 11)},
		{"step below 0 is none", `"interval":60,"start":0,"lambda":"1.5","step":"-10"`, now, now + 60*math.Pow(1.5, 11)},
		{"an empty lambda is none", `"interval":60,"start":0,"lambda":"","step":"10"`, now, now + 60},
		{"an empty step is a day", `"interval":60,"start":0,"lambda":"1.5","step":""`, now, now + 60*math.Pow(1.5, 11)},
		{"lambda null is none", `"interval":60,"start":0,"lambda":null,"step":null`, now, now + 60},
		{"step null is a day", `"interval":60,"start":0,"lambda":2,"step":null`, now, now + 60*math.Pow(2, 11)},
		{"a lambda that is no number is none", `"interval":60,"start":0,"lambda":"fast","step":"10"`, now, now + 60},
		{"a lambda that is an object is none", `"interval":60,"start":0,"lambda":{},"step":[]`, now, now + 60},
		{"underflow is held at one second", `"interval":60,"start":0,"lambda":"0.5","step":"1"`, now + 0.99, now + 60},
		{"underflow of an interval below a second is held at the interval", `"interval":0.25,"start":0,"lambda":"0.5","step":"1"`, now + 0.24, now + 1},
		{"nearly 0", `"interval":60,"start":0,"lambda":"1e-300","step":"1"`, now + 0.99, now + 60},
		{"overflow is held at something finite", `"interval":60,"start":0,"lambda":"2","step":"1"`, now, math.MaxFloat64},
		{"overflow by a huge lambda", `"interval":60,"start":0,"lambda":"1e308","step":"1"`, now, math.MaxFloat64},
		{"overflow by a huge interval", `"interval":1e308,"start":0,"lambda":"1e308","step":"1"`, now, math.MaxFloat64},
		{"an infinite lambda", `"interval":60,"start":0,"lambda":"inf","step":"10"`, now, math.MaxFloat64},
		{"a lambda nan", `"interval":60,"start":0,"lambda":"nan","step":"10"`, now, math.MaxFloat64},
		{"an infinite step", `"interval":60,"start":0,"lambda":"2","step":"inf"`, now, now + 60*math.Pow(2, 11)},
		{"a step nan", `"interval":60,"start":0,"lambda":"2","step":"nan"`, now, math.MaxFloat64},
		{"a tiny step", `"interval":60,"start":0,"lambda":"2","step":"1e-300"`, now, math.MaxFloat64},
		{"a start to come with decay does not go back", `"interval":60,"start":2000000,"lambda":"2","step":"10"`, now + 0.99, now + 60},
		{"a tiny interval still goes past now", `"interval":1e-12,"start":0`, now, now + 1},
		{"the tiniest interval still goes past now", `"interval":5e-324,"start":0`, now, now + 1},
		{"a huge interval stays finite", `"interval":1e300,"start":0`, now, math.MaxFloat64},
	}
	var scenes []scene
	for _, row := range rows {
		scenes = append(
			scenes,
			scene{row.name + ", JTICK", []step{
				byHand("a", hand("a", row.more), now), put(1000000, "z", "shell", "p", 60),
				tick(2, 1000000), scoreWithin("a", row.low, row.high), unchanged(tick(0, 1000000)), score("z", 1000060), taken("shell", "a", "z"),
			}},
			scene{row.name + ", JNEXT", []step{
				byHand("a", hand("a", row.more), now), func(t *testing.T, c *contractClient) {
					t.Helper()
					got := c.do("jnext", 1000000, "a")
					if reply, ok := got.(int64); !ok || reply < 1000000 {
						t.Errorf("JNEXT: got %s, want an integer of at least now", shown(got))
					}
				}, scoreWithin("a", row.low, row.high),
			}},
		)
	}
	play(t, scenes)
}

// Each extreme by JSET is either refused whole or accepted and harmless.
func TestContractDecayExtremesThroughJSET(t *testing.T) {
	t.Parallel()
	var scenes []scene
	for _, lambda := range []any{"0", "-1", "1e-300", "1e300", "inf", "nan", "x", "0x2", " 2 "} {
		for _, stepLength := range []any{"0", "-5", "1e-300", "inf", "nan", "x", 10} {
			scenes = append(scenes, scene{spoken("lambda and step", lambda, stepLength), []step{
				put(1000, "z", "shell", "p", 60),
				allOrNothing("jset", 1000, "a", "shell", "p", 60, 500, "", lambda, stepLength),
				tickAtLeast(1, 1000), unchanged(tick(0, 1000)), score("z", 1060), neverStuck("a", 1000),
			}})
		}
	}
	play(t, scenes)
}
