package logsink

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jobs-agent/jobs"
)

func TestTeeSplitsAnyTextIntoItsLinesHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("aé\r\t\x1b€😀")), 0, 20, -1), 1, 20).Draw(rt, "lines")
		text := strings.Join(lines, "\n")
		inRealTime(t, func(s *scene, p *place) {
			w := s.attempt("x")
			for rest := text; rest != ""; {
				n := rapid.IntRange(1, len(rest)).Draw(rt, "piece")
				if _, err := io.WriteString(w, rest[:n]); err != nil {
					rt.Fatal(err)
				}
				rest = rest[n:]
			}
			w.Close()
			if _, err := s.end(patience); err != nil {
				rt.Fatal(err)
			}
			var want []string
			for i, l := range lines {
				if i < len(lines)-1 || l != "" {
					want = append(want, strings.TrimSuffix(l, "\r"))
				}
			}
			if fmt.Sprintf("%q", p.texts) != fmt.Sprintf("%q", want) {
				rt.Errorf("got %q, want %q", p.texts, want)
			}
		})
	})
}

func TestTeeSplitsALineWithoutEndAtCharacters(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"bytes": strings.Repeat("x", 3*maxLine+5), "characters of two": "x" + strings.Repeat("é", maxLine), "of four": "xx" + strings.Repeat("😀", maxLine), "no UTF-8": strings.Repeat("\xff", 2*maxLine+5),
	} {
		t.Run(name, func(t *testing.T) {
			inRealTime(t, func(s *scene, p *place) {
				w := s.attempt("x")
				s.print(w, text)
				s.print(w, "\nend")
				w.Close()
				if _, err := s.end(patience); err != nil {
					t.Fatal(err)
				}
				last := len(p.texts) - 1
				if got := strings.Join(p.texts[:last], ""); got != text || p.texts[last] != "end" {
					t.Errorf("got %d bytes and %q, want the %d written and end", len(got), p.texts[last], len(text))
				}
				for i, piece := range p.texts {
					if len(piece) > maxLine || name != "no UTF-8" && strings.ToValidUTF8(piece, "?") != piece {
						t.Errorf("piece %d of %d bytes is too long or cut inside a character", i, len(piece))
					}
				}
			})
		})
	}
}

func TestTeeNamesTheTypeOfAOneOffAsItsJob(t *testing.T) {
	t.Parallel()
	from := attemptLines("h", &jobs.Attempt{Run: "mail#0123", Number: 2, Agent: "one"})
	if got, want := from.head, `"host":"h","agent":"one","job":"mail","run":"mail#0123","attempt":2`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
