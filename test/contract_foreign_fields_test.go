package test

import "testing"

// wantEntry takes one entry off the queue and wants every field of the board
// text in it, byte for byte; the entry may have more.
func wantEntry(runner, text string) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		entries := c.entries(t, c.queue(runner))
		if len(entries) != 1 {
			t.Errorf("queue of %s: got %d entries, want 1", runner, len(entries))
			return
		}
		got := rawFields(t, entries[0])
		for name, want := range rawFields(t, text) {
			if got[name] != want {
				t.Errorf("field %q of the entry: got %s, want %s\n%s", name, got[name], want, entries[0])
			}
		}
	}
}

func TestContractUnknownFieldsSurviveJTICKByteForByte(t *testing.T) {
	t.Parallel()
	more := map[string]string{
		"a string":          `"owner":"me"`,
		"a big integer":     `"n":12345678901234567890`,
		"seventeen digits":  `"n":0.12345678901234567`,
		"an exponent":       `"n":1E+5`,
		"an empty array":    `"tags":[]`,
		"an empty object":   `"tags":{}`,
		"nested":            `"tags":[{"a":[null,true,{"b":"\u00e9"}]}]`,
		"null":              `"owner":null`,
		"escapes":           `"owner":"\u0041\/\"\\\n\ud83d\ude00"`,
		"beyond ASCII":      `"héllo":"☃ 日本"`,
		"a field run":       `"extra":{"run":"x"},"tries":3`,
		"its own run":       `"run":"mine","queued":"then"`,
		"text like a field": `"note":"\"runner\":\"mail\",\"interval\":5"`,
		"a nested runner":   `"note":{"runner":"mail","interval":5,"stop":1,"payload":"x","cron":"* * * * *"}`,
	}
	var scenes []scene
	for name, field := range more {
		for where, text := range map[string]string{
			"in front": `{` + field + `,"id":"a","runner":"shell","payload":"p","interval":60,"start":1000}`,
			"behind":   `{"id":"a","start":1000,"runner":"shell","interval":60,"payload":"p",` + field + `}`,
			"spaced":   ` { "id" : "a" , "runner" : "shell" , ` + field + ` , "payload" : "p" , "interval" : 60 , "start" : 1000 } `,
		} {
			scenes = append(scenes, scene{name + " " + where, []step{
				byHand("a", text, 1000), tick(1, 1000, "shell", "mail"), wantEntry("shell", text), score("a", 1060),
				func(t *testing.T, c *contractClient) {
					t.Helper()
					wantReply(t, "JGET after the tick", c.do("jget", "a"), text)
				},
			}})
		}
	}
	play(t, scenes)
}

func TestContractEscapedFieldsMeanTheSame(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"an escaped name of a field", []step{
			byHand("a", `{"\u0069d":"a","\u0072unner":"shell","payload":"p","\u0069nterval":60,"start":1000}`, 1000), tick(1, 1000), score("a", 1060), taken("shell", "a"),
		}},
		{"an escaped runner", []step{
			byHand("a", `{"id":"a","runner":"\u0073hell","payload":"p","interval":60,"start":1000}`, 1000), tick(1, 1000), score("a", 1060),
		}},
		{"an escaped slash in the runner", []step{
			byHand("a", `{"id":"a","runner":"sh\/ell","payload":"p","interval":60,"start":1000}`, 1000), tick(1, 1000, "sh/ell"), score("a", 1060),
		}},
		{"a payload that looks like fields", []step{
			byHand("a", `{"id":"a","start":1000,"runner":"shell","interval":60,"payload":"\",\"runner\":\"mail\",\"stop\":\"1\",\"x\":\""}`, 1000),
			tick(1, 1000, "shell", "mail"), score("a", 1060), taken("shell", "a"),
		}},
		{"a payload that ends in a backslash", []step{
			byHand("a", `{"id":"a","start":1000,"runner":"shell","payload":"x\\","interval":60}`, 1000), tick(1, 1000), score("a", 1060), taken("shell", "a"),
		}},
		{"fields after the payload count", []step{
			byHand("a", `{"id":"a","start":1000,"payload":"p","runner":"shell","interval":60,"stop":"1050"}`, 1000), tick(1, 1000), tick(0, 1060), gone("a"),
		}},
		{"the last of two equal fields counts", []step{
			byHand("a", `{"id":"a","start":1000,"runner":"mail","interval":5,"payload":"x","runner":"shell","interval":60}`, 1000), tick(1, 1000, "shell"), score("a", 1060),
		}},
	})
}

// Fix 20.
func TestContractFieldsThat2014DidNotKnowLeaveTheJobDue(t *testing.T) {
	t.Parallel()
	newer := []string{
		`"cron":"0 3 * * *"`, `"after":"b"`, `"after":["b","c"]`, `"hosts":"all"`, `"hosts":"gpu=true"`,
		`"except":"holidays"`, `"except":["2014-12-25"]`, `"jitter":30`, `"priority":"high"`,
	}
	var scenes []scene
	for _, field := range newer {
		for _, interval := range []string{"", `"interval":60,`} {
			text := hand("a", interval+`"start":1000,`+field)
			scenes = append(scenes, scene{field + " " + interval, []step{
				byHand("a", text, 1000), put(1000, "plain", "shell", "p", 60),
				tick(1, 1000), taken("shell", "plain"), score("a", 1000), kept("a"),
				unchanged(next(1000, 1000, "a"), next(1000, 5000, "a"), tick(0, 1001)), score("plain", 1060),
			}})
		}
	}
	scenes = append(scenes, scene{"and do not starve those behind them", func() []step {
		var steps []step
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			steps = append(steps, byHand(id, hand(id, `"start":1,"cron":"* * * * *"`), 900))
		}
		return append(steps, put(1000, "plain", "shell", "p", 60), tickLimit(1, 1000, 2), taken("shell", "plain"))
	}()})
	play(t, scenes)
}
