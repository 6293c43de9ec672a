package runners

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// blotted says in the plainest way what a masked text is: every byte that belongs to
// an occurrence of a secret is hidden, and occurrences that overlap have one blot.
func blotted(text string, secrets []string) string {
	type part struct{ begin, end int }
	var parts []part
	for _, s := range secrets {
		for i := 0; s != "" && i+len(s) <= len(text); i++ {
			if text[i:i+len(s)] == s {
				parts = append(parts, part{i, i + len(s)})
			}
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return a.begin - b.begin })
	var out strings.Builder
	at := 0
	for i, p := range parts {
		if i == 0 || p.begin >= at {
			out.WriteString(text[at:p.begin] + blot)
		}
		at = max(at, p.end)
	}
	return out.String() + text[at:]
}

func TestEverySplitOfATextIsMaskedTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.SampledFrom([]rune("ab\n"))
		secrets := rapid.SliceOfN(rapid.StringOfN(few, 1, 7, -1), 1, 4).Draw(t, "secrets")
		pieces := rapid.SliceOfN(rapid.OneOf(rapid.StringOfN(rapid.SampledFrom([]rune("abc\n")), 0, 9, -1), rapid.SampledFrom(secrets)), 0, 12).Draw(t, "pieces")
		text := strings.Join(pieces, "")
		var got strings.Builder
		k := newMasker(&got, newMatcher(secrets))
		rest := text
		for rest != "" {
			n := rapid.IntRange(0, len(rest)).Draw(t, "write")
			if _, err := k.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
			if len(k.held) > 7 {
				t.Fatalf("it holds back %d bytes, the longest secret has 7", len(k.held))
			}
		}
		if err := k.Close(); err != nil {
			t.Fatal(err)
		}
		if want := blotted(text, secrets); got.String() != want {
			t.Errorf("secrets %q in %q: got %q, want %q", secrets, text, got.String(), want)
		}
	})
}

func TestASecretIsMaskedInEveryGuise(t *testing.T) {
	t.Parallel()
	const secret = "first line: \"a&b\"\nsecond/line+of=it\nx\n\tthird"
	m := newMatcher(guises(secret))
	tests := []struct{ name, text, want string }{
		{"as it is", "<" + secret + ">", "<***>"},
		{"one line of it", "it says second/line+of=it.", "it says ***."},
		{"a line with its blanks cut", "a first line: \"a&b\" b", "a *** b"},
		{"a line that is too short to be one", "x y x", "x y x"},
		{"in a URL", "?q=second%2Fline%2Bof%3Dit&", "?q=***&"},
		{"in JSON", `{"k":"first line: \"a&b\""}`, `{"k":"***"}`},
		{"in base64, alone", "c2Vjb25kL2xpbmUrb2Y9aXQ=", "***"},
		{"in base64, behind a name", "dXNlcjpzZWNvbmQvbGluZStvZj1pdA==", "dXNlcjp***A=="},
		{"nothing of it", "second line", "second line"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := m.text(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func BenchmarkMask(b *testing.B) {
	m := newMatcher(guises("s3cr3t-of-the-house"))
	line := []byte(strings.Repeat("an ordinary line of output with some words in it, say\n", 300))
	k := newMasker(discard{}, m)
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		_, _ = k.Write(line)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
