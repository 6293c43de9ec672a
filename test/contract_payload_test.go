package test

import (
	"fmt"
	"strings"
	"testing"
)

// payloads are texts that re-encoding would spoil.
func payloads() map[string]string {
	var controls strings.Builder
	for b := byte(1); b < 32; b++ {
		controls.WriteByte(b)
	}
	return map[string]string{
		"empty": "", "a space": " ", "an empty array": "[]", "an empty object": "{}", "nested emptiness": `{"a":[],"b":{},"c":[[]]}`,
		"null": "null", "a quoted null": `"null"`, "true": "true", "-1": "-1", "[1]": "[1]",
		"2^63": "9223372036854775808", "2^53 + 1": "9007199254740993", "seventeen digits": "0.12345678901234567", "1e400": "1e400",
		"an exponent": "1.0E+2", "a leading zero": "007", "control characters": controls.String(), "delete": "\x7f", "line breaks": "a\r\nb\n\tc\v\f\b",
		"quotes": `"'` + "`" + `"`, "a quote": `"`, "backslashes": `\`, "two backslashes": `\\`, "a backslash and a quote": `\"`, "ends in a backslash": `x\\\`,
		"slashes": `/ \/ </script>`, "an escape as text": `\u0041 \n`, "like fields": `","runner":"mail","interval":1,"x":"`, "like an end": `"}`, "like a head": `{"run":"x@1.1",`,
		"braces": "{payload} ${x} %s %d %", "a Lua pattern": "%1 %b() [^]]", "beyond ASCII": "héllo wörld ☃ 日本", "beyond the basic plane": "😀𝒳", "joiners": "e\u0301\u200d\u2028\u2029\ufeff\u00a0\u0085",
		"as JSON": `{"url":"https:\/\/example.org\/x","tags":[],"id":141413999200000096,"n":1.50}`, "a shell line": `printf '%s\n' 'it'"'"'s "quoted" & <odd>' | tail -1; exit $?`,
		"long": strings.Repeat("0123456789", 20000),
	}
}

func TestContractPayloadsAreByteExactToTheConsumer(t *testing.T) {
	t.Parallel()
	var scenes []scene
	for name, payload := range payloads() {
		exact := func(t *testing.T, c *contractClient, where string, text any) {
			t.Helper()
			s, _ := text.(string)
			if got := object(t, s)["payload"]; got != payload {
				t.Errorf("payload in %s: got %.200q, want %.200q", where, got, payload)
			}
		}
		scenes = append(scenes, scene{name, []step{
			put(1000, "a", "shell", payload, 60, 1000, "+inf", 1, 86400), call(1, "jsetnx", 1000, "b", "mail", payload, 60),
			func(t *testing.T, c *contractClient) { t.Helper(); exact(t, c, "JGET", c.do("jget", "a")) },
			tick(2, 1000, "shell", "mail"),
			func(t *testing.T, c *contractClient) {
				t.Helper()
				exact(t, c, "JPOP", c.call("jpop", c.queues("shell")))
				exact(t, c, "JPOP after JSETNX", c.call("jpop", c.queues("mail")))
			},
			tick(2, 1061, "shell", "mail"),
		}})
	}
	play(t, scenes)
}

// The same texts as ids and runner names.
func TestContractIDsAndRunnersAreByteExact(t *testing.T) {
	t.Parallel()
	var scenes []scene
	for name, text := range payloads() {
		if text == "" || len(text) > 500 || strings.ContainsAny(text, controlCharacters()) {
			continue // ids are 1 to 512 bytes without control characters
		}
		scenes = append(scenes, scene{"id: " + name, []step{
			put(1000, text, "shell", "p", 60), score(text, 1000), tick(1, 1000), score(text, 1060), taken("shell", text),
			next(1060, 1000, text), call(0, "jsetnx", 1000, text, "shell", "p", 60), call(1, "jdel", text), gone(text),
		}})
		if strings.Contains(text, ":") {
			continue // see fix 12
		}
		scenes = append(scenes, scene{"runner: " + name, []step{
			put(1000, "a", text, "p", 60), registered(text + "=jobs-" + text + "-runner"), tick(1, 1000, text), score("a", 1060),
			func(t *testing.T, c *contractClient) {
				t.Helper()
				entries := c.entries(t, c.queue(text))
				if len(entries) != 1 || object(t, entries[0])["runner"] != text {
					t.Errorf("queue: got %q, want one entry of the runner %q", entries, text)
				}
			},
		}})
	}
	for _, id := range []string{"shares:2014/10/16/bridge-096", "my job", strings.Repeat("x", 512), "a@1.1", "a#b", "0", "-1", "commands", "jobs"} {
		scenes = append(scenes, scene{fmt.Sprintf("id: %.40s", id), []step{
			put(1000, id, "shell", "p", 60), fields(id, map[string]any{"id": id, "runner": "shell", "payload": "p", "interval": 60, "start": 1000}),
			tick(1, 1000), score(id, 1060), taken("shell", id), call(1, "jdel", id), gone(id),
		}})
	}
	play(t, scenes)
}

func controlCharacters() string {
	var all strings.Builder
	for r := rune(0); r < 32; r++ {
		all.WriteRune(r)
	}
	all.WriteString("\x7f\u0085")
	return all.String()
}
