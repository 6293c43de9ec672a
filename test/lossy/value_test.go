package lossy

import (
	"io"
	"strings"
	"testing"
)

func TestAReplyIsReadWhole(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, raw, want string }{
		{"a status", "+OK\r\n", "+OK"},
		{"an error", "-STALE term 3 is over\r\n", "-STALE term 3 is over"},
		{"a number", ":42\r\n", ":42"},
		{"a text with line ends in it", "$6\r\na\r\n\r\nb\r\n", `"a\r\n\r\nb"`},
		{"an empty text", "$0\r\n\r\n", `""`},
		{"nil as RESP2 writes it", "$-1\r\n", "nil"},
		{"a nil list", "*-1\r\n", "nil"},
		{"an empty list", "*0\r\n", "[]"},
		{"lists in lists", "*3\r\n*2\r\n:1\r\n$1\r\nx\r\n+OK\r\n*-1\r\n", `[[:1 "x"] +OK nil]`},
		{"nil as RESP3 writes it", "_\r\n", "nil"},
		{"true", "#t\r\n", `"t"`},
		{"a fraction", ",3.25\r\n", `"3.25"`},
		{"a big number", "(3492890328409238509324850943850943825024385\r\n", `"3492890328409238509324850943850943825024385"`},
		{"a long error", "!5\r\nERR x\r\n", `"ERR x"`},
		{"a verbatim text", "=6\r\ntxt:hi\r\n", `"txt:hi"`},
		{"a map", "%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n", "[+a :1 +b [:2]]"},
		{"a set", "~2\r\n:1\r\n:2\r\n", "[:1 :2]"},
		{"a push", ">2\r\n+message\r\n+x\r\n", "[+message +x]"},
		{"attributes go with their value", "|1\r\n+ttl\r\n:3\r\n*1\r\n:7\r\n", "[:7]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// The one behind it must be left alone.
			from := newTape(strings.NewReader(tt.raw + "+next\r\n"))
			got, raw, err := from.next()
			if err != nil || got.String() != tt.want || string(raw) != tt.raw {
				t.Errorf("got %v from %q, %v, want %s from %q", got, raw, err, tt.want, tt.raw)
			}
			if next, _, err := from.next(); err != nil || next.Text != "next" {
				t.Errorf("behind it: got %v, %v, want +next", next, err)
			}
		})
	}
}

func TestABrokenReplyIsAnError(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"", "+OK", "\r\n", "?\r\n", "$x\r\n", "$5\r\nab", "*2\r\n:1\r\n", "*x\r\n"} {
		if v, _, err := newTape(strings.NewReader(raw)).next(); err == nil {
			t.Errorf("%q: got %v, want an error", raw, v)
		}
	}
}

func TestACommandIsReadAsItWasSent(t *testing.T) {
	t.Parallel()
	from := newTape(strings.NewReader("*2\r\n$3\r\nGET\r\n$3\r\na\r\n\r\n" + "*0\r\n\r\n" + "PING  now\r\n"))
	for _, want := range []struct{ words, raw string }{
		{"GET|a\r\n", "*2\r\n$3\r\nGET\r\n$3\r\na\r\n\r\n"},
		{"PING|now", "PING  now\r\n"},
	} {
		words, raw, err := from.command()
		if got := strings.Join(words, "|"); err != nil || got != want.words || string(raw) != want.raw {
			t.Errorf("got %q from %q, %v, want %q from %q", got, raw, err, want.words, want.raw)
		}
	}
	if _, _, err := from.command(); err != io.EOF {
		t.Errorf("at the end: got %v, want %v", err, io.EOF)
	}
	if got, want := string(spell([]string{"GET", "", "a\r\n"})), "*3\r\n$3\r\nGET\r\n$0\r\n\r\n$3\r\na\r\n\r\n"; got != want {
		t.Errorf("spelled: got %q, want %q", got, want)
	}
}
