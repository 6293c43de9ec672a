package logsink

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTextIsWrittenAsJSONInPiecesThatMakeItWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.SampledFrom([]byte("a\"\\\n\x00\x1b\xff\xc3\xa9\xf0\x9f\x98\x80"))).Draw(t, "bytes"))
		limit := rapid.IntRange(6, 40).Draw(t, "limit")
		whole := ""
		for rest := text; ; {
			piece, left := appendText(nil, rest, limit)
			if len(piece) > limit || len(left) == len(rest) && rest != "" {
				t.Fatalf("got a piece of %d bytes with %d left of %d, want progress within %d", len(piece), len(left), len(rest), limit)
			}
			var s string
			if err := json.Unmarshal([]byte(`"`+string(piece)+`"`), &s); err != nil || !utf8.Valid(piece) {
				t.Fatalf("got %q: %v, want the inside of a JSON string", piece, err)
			}
			whole += s
			if rest = left; rest == "" {
				break
			}
		}
		// One for each byte that is none, as encoding/json does.
		want, _ := json.Marshal(text)
		var s string
		if err := json.Unmarshal(want, &s); err != nil {
			t.Fatal(err)
		}
		if whole != s {
			t.Errorf("got %q, want %q", whole, s)
		}
	})
}

func TestALogLineStaysAnObjectUnlessItIsTooLong(t *testing.T) {
	t.Parallel()
	l := line{from: ownLines("h", "one"), text: `{"msg":"` + strings.Repeat("x", 100) + `"}`}
	whole, rest := appendObject(nil, l, 1000)
	if want := `{"host":"h","agent":"one","log":` + l.text + `}`; string(whole) != want || rest != "" {
		t.Errorf("got %s and %q, want %s", whole, rest, want)
	}
	part, rest := appendObject(nil, l, 100)
	if len(part) > 100 || rest == "" || !json.Valid(part) {
		t.Errorf("got %s and %q, want at most 100 bytes of JSON and a rest", part, rest)
	}
}
