package test

import "testing"

// hand makes metadata with the fields every job has, and more.
func hand(id, more string) string {
	if more != "" {
		more = "," + more
	}
	return `{"id":"` + id + `","runner":"shell","payload":"p"` + more + `}`
}

func TestContractJNEXTRules(t *testing.T) {
	t.Parallel()
	at := func(score float64, more string, steps ...step) []step {
		return append([]step{byHand("a", hand("a", more), score)}, steps...)
	}
	play(t, []scene{
		{"1: a run to come is answered", at(2000, `"interval":60,"start":1000`, unchanged(next(2000, 1000, "a"), next(2000, 1999, "a")))},
		{"1: also if stop has passed", at(2000, `"interval":60,"start":1000,"stop":"1500"`, unchanged(next(2000, 1600, "a")))},
		{"1: the reply is cut", at(2000.9, `"interval":60,"start":1000`, unchanged(next(2000, 2000, "a")))},
		{"2: a stop that has come removes the job", at(1000, `"interval":60,"start":1000,"stop":"1500"`, next(-1, 1500, "a"), gone("a"), next(nil, 1500, "a"))},
		{"2: a number as stop", at(1000, `"interval":60,"start":1000,"stop":1500`, next(-1, 1501, "a"), gone("a"))},
		{"2: a job without a score too", []step{onBoard("a", hand("a", `"interval":60,"start":1000,"stop":"1500"`)), next(-1, 1500, "a"), gone("a")}},
		{"2: a stop to come does not", at(1000, `"interval":60,"start":1000,"stop":"1500"`, next(1060, 1000, "a"), kept("a"))},
		{"2: the stop +inf does not", at(1000, `"interval":60,"start":1000,"stop":"+inf"`, next(1060, 1000, "a"), kept("a"))},
		{"2: the stop inf does not", at(1000, `"interval":60,"start":1000,"stop":"inf"`, next(1060, 1000, "a"), kept("a"))},
		{"2: the stop null does not", at(1000, `"interval":60,"start":1000,"stop":null`, next(1060, 1000, "a"), kept("a"))},
		{"2: an empty stop does not", at(1000, `"interval":60,"start":1000,"stop":""`, next(1060, 1000, "a"), kept("a"))},
		{"3: without a score it is start, in the past", []step{onBoard("a", hand("a", `"interval":60,"start":500`)), next(500, 1000, "a"), score("a", 500)}},
		{"3: without a score it is start, to come", []step{onBoard("a", hand("a", `"interval":60,"start":5000`)), next(5000, 1000, "a"), score("a", 5000)}},
		{"3: start 0", []step{onBoard("a", hand("a", `"interval":60,"start":0`)), next(0, 1000, "a"), score("a", 0)}},
		{"3: without start it is now", []step{onBoard("a", hand("a", `"interval":60`)), next(1000, 1000, "a"), score("a", 1000)}},
		{"3: start null is none", []step{onBoard("a", hand("a", `"interval":60,"start":null`)), next(1000, 1000, "a"), score("a", 1000)}},
		{"3: a negative start is none", []step{onBoard("a", hand("a", `"interval":60,"start":-1`)), next(1000, 1000, "a"), score("a", 1000)}},
		{"4: at its time", at(1000, `"interval":60,"start":1000`, next(1060, 1000, "a"), score("a", 1060))},
		{"4: late by less than an interval keeps the grid", at(1000, `"interval":60,"start":1000`, next(1060, 1059, "a"), score("a", 1060))},
		{"4: late by a whole interval goes past now (bug 1)", at(1000, `"interval":60,"start":1000`, next(1120, 1060, "a"))},
		{"4: bug 1: at 17 it is 20, not 15", at(0, `"interval":5,"start":0`, next(20, 17, "a"), score("a", 20))},
		{"4: the grid is the score's, not start's", at(1003, `"interval":10,"start":1000`, next(1013, 1003, "a"))},
		{"4: a fraction is kept and the reply cut", at(10, `"interval":0.5,"start":10`, next(10, 10, "a"), score("a", 10.5))},
		{"4: a late fraction", at(10, `"interval":0.5,"start":10`, next(12, "12.4", "a"), score("a", 12.5))},
		{"4: lambda 1 as a string is no decay", at(1000, `"interval":60,"start":0,"lambda":"1","step":"1"`, next(1060, 1000, "a"))},
		{"4: lambda 1 as a number is no decay", at(1000, `"interval":60,"start":0,"lambda":1,"step":1`, next(1060, 1000, "a"))},
		{"4: lambda 1.0 is no decay", at(1000, `"interval":60,"start":0,"lambda":"1.0","step":"1"`, next(1060, 1000, "a"))},
		{"4: lambda and step as strings", at(1000, `"interval":60,"start":980,"lambda":"2","step":"10"`, next(1240, 1000, "a"))},
		{"4: lambda and step as numbers", at(1000, `"interval":60,"start":980,"lambda":2,"step":10`, next(1240, 1000, "a"))},
		{"4: lambda below 1", at(1000, `"interval":60,"start":980,"lambda":"0.5","step":"10"`, next(1015, 1000, "a"))},
		{"4: the default step is a day (bug 7)", at(172800, `"interval":60,"start":0,"lambda":"2"`, next(173040, 172800, "a"))},
		{"4: just under two days the default step counts one", at(172799, `"interval":60,"start":0,"lambda":"2"`, next(172919, 172799, "a"))},
		{"an unknown id is nil (bug 11)", []step{unchanged(next(nil, 1000, "a"))}},
		{"an unknown id that is due is nil and writes nothing (bug 11)", []step{scheduled("a", 900), unchanged(next(nil, 1000, "a"))}},
	})
}

func TestContractJNEXTNeverRewritesMetadata(t *testing.T) {
	t.Parallel()
	text := `{ "payload":"a\/b", "id":"a", "n":12345678901234567890, "runner":"shell", "interval":6e1, "start":1000.0 }`
	same := func(t *testing.T, c *contractClient) {
		t.Helper()
		if got, _ := c.text(t, "a"); got != text {
			t.Errorf("the text became %q", got)
		}
	}
	play(t, []scene{{"nor does JTICK, JGET or JPOP", []step{
		onBoard("a", text), next(1000, 1000, "a"), same, next(1060, 1000, "a"), same, next(1060, 1030, "a"), same,
		tick(1, 1060), same, call(text, "jget", "a"), same, taken("shell", "a"), same,
	}}})
}

func TestContractJNEXTMeasuredSequences(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, more string
		now, want  []int
	}{
		{
			"interval 5, lambda 2, step 10, start 0", `"interval":5,"start":0,"lambda":"2","step":"10"`,
			[]int{0, 0, 5, 10, 15, 20, 39, 40},
			[]int{0, 5, 10, 20, 20, 40, 40, 120},
		},
		{
			"interval 40, lambda 0.5, step 40, start 0", `"interval":40,"start":0,"lambda":"0.5","step":"40"`,
			[]int{0, 0, 40, 60, 80, 90, 100},
			[]int{0, 40, 60, 80, 90, 100, 110},
		},
	}
	var scenes []scene
	for _, row := range rows {
		steps := []step{onBoard("a", hand("a", row.more))}
		for i, now := range row.now {
			steps = append(steps, next(row.want[i], now, "a"), score("a", float64(row.want[i])))
		}
		scenes = append(scenes, scene{row.name, steps})
	}
	play(t, scenes)
}
