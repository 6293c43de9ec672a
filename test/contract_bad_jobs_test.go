package test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// badTexts are board texts that no client of 2014 writes, and hands do.
func badTexts() map[string]string {
	return map[string]string{
		"no JSON":                  `{oops`,
		"an empty text":            ``,
		"blanks":                   `   `,
		"null":                     `null`,
		"true":                     `true`,
		"a number":                 `42`,
		"a huge number":            `1e999`,
		"a string":                 `"shell"`,
		"an empty array":           `[]`,
		"an array":                 `[1,"runner","shell"]`,
		"an empty object":          `{}`,
		"half a job":               `{"id":"bad","runner":"shell","payload":"p","interval":6`,
		"a job and more":           `{"id":"bad","runner":"shell","payload":"p","interval":60,"start":0} x`,
		"two jobs":                 `{"id":"bad","runner":"shell"}{"id":"bad","runner":"shell"}`,
		"no runner":                `{"id":"bad","payload":"p","interval":60,"start":0}`,
		"runner null":              `{"id":"bad","runner":null,"payload":"p","interval":60,"start":0}`,
		"runner a number":          `{"id":"bad","runner":5,"payload":"p","interval":60,"start":0}`,
		"runner an object":         `{"id":"bad","runner":{"shell":1},"payload":"p","interval":60,"start":0}`,
		"runner an array":          `{"id":"bad","runner":["shell"],"payload":"p","interval":60,"start":0}`,
		"runner true":              `{"id":"bad","runner":true,"payload":"p","interval":60,"start":0}`,
		"only a runner":            `{"runner":"shell"}`,
		"everything null":          `{"id":null,"runner":"shell","payload":null,"interval":null,"start":null,"stop":null,"lambda":null,"step":null}`,
		"everything an array":      `{"id":[],"runner":"shell","payload":[],"interval":[],"start":[],"stop":[],"lambda":[],"step":[]}`,
		"everything an object":     `{"id":{},"runner":"shell","payload":{},"interval":{},"start":{},"stop":{},"lambda":{},"step":{}}`,
		"everything true":          `{"id":true,"runner":"shell","payload":true,"interval":true,"start":true,"stop":true,"lambda":true,"step":true}`,
		"everything a word":        `{"id":"bad","runner":"shell","payload":"p","interval":"x","start":"x","stop":"x","lambda":"x","step":"x"}`,
		"numbers as words nan":     `{"id":"bad","runner":"shell","payload":"p","interval":"nan","start":"nan","stop":"nan","lambda":"nan","step":"nan"}`,
		"numbers as words inf":     `{"id":"bad","runner":"shell","payload":"p","interval":"inf","start":"inf","stop":"-inf","lambda":"-inf","step":"-inf"}`,
		"numbers out of range":     `{"id":"bad","runner":"shell","payload":"p","interval":1e999,"start":-1e999,"lambda":1e999,"step":1e999}`,
		"NaN as the old cjson":     `{"id":"bad","runner":"shell","payload":"p","interval":NaN,"start":0}`,
		"Infinity":                 `{"id":"bad","runner":"shell","payload":"p","interval":Infinity,"start":0}`,
		"a hexadecimal interval":   `{"id":"bad","runner":"shell","payload":"p","interval":0x10,"start":0}`,
		"an infinite interval":     `{"id":"bad","runner":"shell","payload":"p","interval":1e308,"lambda":"1e308","start":0}`,
		"deep arrays":              strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"a deep field":             `{"id":"bad","runner":"shell","payload":"p","interval":60,"start":0,"x":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}`,
		"deep objects":             strings.Repeat(`{"a":`, 1100) + `1` + strings.Repeat(`}`, 1100),
		"open brackets":            strings.Repeat("[", 20000),
		"single quotes":            `{'id':'bad','runner':'shell'}`,
		"a comma too much":         `{"id":"bad","runner":"shell","payload":"p","interval":60,"start":0,}`,
		"a byte order mark":        "\ufeff" + `{"id":"bad","runner":"shell","payload":"p","interval":60,"start":0}`,
		"NUL behind":               `{"id":"bad","runner":"shell","payload":"p","interval":60,"start":0}` + "\x00",
		"NUL in front":             "\x00" + `{"id":"bad","runner":"shell","payload":"p"}`,
		"bytes that are no UTF-8":  `{"id":"bad","runner":"shell","payload":"` + "\xff\xfe" + `","interval":60,"start":0}`,
		"half a surrogate":         `{"id":"bad","runner":"shell","payload":"\ud83d","interval":60,"start":0}`,
		"half an escape":           `{"id":"bad","runner":"shell","payload":"\u12","interval":60,"start":0}`,
		"an unknown escape":        `{"id":"bad","runner":"shell","payload":"\q","interval":60,"start":0}`,
		"raw line breaks":          "{\"id\":\"bad\",\"runner\":\"shell\",\"payload\":\"a\nb\",\"interval\":60,\"start\":0}",
		"an open payload":          `{"id":"bad","start":0,"runner":"shell","interval":60,"payload":"p}`,
		"a payload ending escaped": `{"id":"bad","start":0,"runner":"shell","interval":60,"payload":"p\"}`,
		"an empty runner":          `{"id":"bad","runner":"","payload":"p","interval":60,"start":0}`,
		"an id of another job":     `{"id":"good","runner":"shell","payload":"p","interval":60,"start":0}`,
		"a huge id field":          `{"id":"` + strings.Repeat("x", 100000) + `","runner":"shell","payload":"p","interval":60,"start":0}`,
	}
}

// Fix 11. A bad job may be pushed, skipped or removed; those before and behind
// it are served on time, and no tick fails.
func TestContractOneBadJobNeverStopsTheTick(t *testing.T) {
	t.Parallel()
	var scenes []scene
	for name, text := range badTexts() {
		for _, more := range []step{nil, scheduled("bad", -1), scheduled("bad", math.Inf(-1))} {
			steps := []step{
				put(1000, "before", "shell", "p", 60, 900), byHand("bad", text, 950), put(1000, "good", "shell", "p", 60),
			}
			label := name
			if more != nil {
				steps, label = append(steps, more), name+" below 0"
			}
			steps = append(steps, tickAtLeast(2, 1000), score("before", 1020), score("good", 1060), pushedTimes("good", 1), kept("good"), kept("before"),
				unchanged(tick(0, 1000)), tickAtLeast(1, 1020), score("before", 1080), tickAtLeast(1, 1060), score("good", 1120), pushedTimes("before", 1, "good", 1),
				func(t *testing.T, c *contractClient) {
					t.Helper()
					_ = c.do("jnext", 1060, "bad") // may be refused; must not harm the others
				}, score("good", 1120), score("before", 1080), call(1, "jset", 1061, "bad", "shell", "p", 60), kept("bad"))
			scenes = append(scenes, scene{label, steps})
		}
	}
	play(t, scenes)
}

// pushedTimes empties the queue of shell and counts entries by the id in
// their text where it can be read; texts of the bad job are not counted.
func pushedTimes(want ...any) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		got := map[string]int{}
		for _, entry := range c.entries(t, c.queue("shell")) {
			for i := 0; i < len(want); i += 2 {
				if strings.Contains(entry, `"payload":"p"`) && strings.Contains(entry, fmt.Sprintf(`"id":"%s"`, want[i])) {
					got[want[i].(string)]++
				}
			}
		}
		for i := 0; i < len(want); i += 2 {
			if got[want[i].(string)] < want[i+1].(int) {
				t.Errorf("%v was pushed %d times, want %v", want[i], got[want[i].(string)], want[i+1])
			}
		}
	}
}

func TestContractGhostsLeaveTheSchedule(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"at the tick that meets them", []step{scheduled("ghost", 900), put(1000, "a", "shell", "p", 60), tick(1, 1000), unscheduled("ghost"), taken("shell", "a")}},
		{"also with a score below 0 or infinite", []step{scheduled("g1", -5), scheduled("g2", math.Inf(-1)), put(1000, "a", "shell", "p", 60), tick(1, 1000), unscheduled("g1"), unscheduled("g2")}},
		{"not before they are due", []step{scheduled("ghost", 5000), unchanged(tick(0, 1000))}},
		{"and a new job of the name is served", []step{scheduled("ghost", 900), put(1000, "ghost", "shell", "p", 60), tickAtLeast(1, 1000), kept("ghost"), taken("shell", "ghost")}},
	})
}

func TestContractBadJobsAtTheHeadDoNotStarveTheRest(t *testing.T) {
	t.Parallel()
	bad := func(text string) step {
		return func(t *testing.T, c *contractClient) {
			t.Helper()
			for i := range 40 {
				id := fmt.Sprintf("bad-%02d", i)
				c.rdb.ZAdd(t.Context(), c.schedule(), redis.Z{Member: id, Score: 900})
				if text != "" {
					c.rdb.HSet(t.Context(), c.board, id, text)
				}
			}
		}
	}
	// Each call may spend its limit on ten bad jobs, so five calls are enough.
	served := func(t *testing.T, c *contractClient) {
		t.Helper()
		for range 5 {
			_ = c.call("jtick", c.keysOf("jtick", "shell"), 1000, 10)
		}
		score("a", 1060)(t, c)
	}
	var scenes []scene
	for name, text := range map[string]string{"ghosts": "", "no JSON": "{oops", "null": "null", "an array": "[]", "no runner": `{"id":"x"}`} {
		scenes = append(scenes, scene{name, []step{bad(text), put(1000, "a", "shell", "p", 60), served, taken("shell", "a")}})
	}
	play(t, scenes)
}

// Old data of bugs 5 and 10.
func TestContractScoresOutOfRange(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"-1 from the README's example heals (bug 5)", []step{
			byHand("a", hand("a", `"interval":185,"start":-1`), -1), tick(1, 1000), scoreWithin("a", 1000, 1185), taken("shell", "a"), tick(0, 1000),
		}},
		{"-inf does not stop the tick", []step{
			byHand("a", hand("a", `"interval":60,"start":0`), math.Inf(-1)), put(1000, "z", "shell", "p", 60), tickAtLeast(1, 1000), score("z", 1060), unchanged(tick(0, 1000)),
		}},
		{"+inf is never due and does no harm", []step{
			byHand("a", hand("a", `"interval":60,"start":0`), math.Inf(1)), put(1000, "z", "shell", "p", 60), tick(1, 1000), score("z", 1060), kept("a"),
		}},
		{"a huge negative score is one run", []step{
			byHand("a", hand("a", `"interval":60,"start":0`), -1e300), byHand("b", hand("b", `"interval":7,"start":0`), -1.7e300),
			byHand("c", hand("c", `"interval":60,"start":0`), -3e20), byHand("d", hand("d", `"interval":0.3,"start":0`), -7e17),
			tick(4, 1000), scoreWithin("a", 1000, 1061), scoreWithin("b", 1000, 1061), scoreWithin("c", 1000, 100000), scoreWithin("d", 1000, 100000), tick(0, 1000), taken("shell", "b", "a", "c", "d"),
		}},
		{"JSET with start -1 is due now (bug 5)", []step{put(1000, "a", "shell", "p", 185, -1), score("a", 1000), tick(1, 1000), score("a", 1185)}},
		{"JSET with start -0.5 too", []step{put(1000, "a", "shell", "p", 185, "-0.5"), score("a", 1000)}},
	})
}
