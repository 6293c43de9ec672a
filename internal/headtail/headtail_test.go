package headtail_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/jobs-agent/jobs/internal/headtail"
)

func TestBufferKeepsBothEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		head, tail int
		writes     []string
		want       string
	}{
		{"nothing written is empty", 4, 4, nil, ""},
		{"a text that fits the head is kept as it is", 4, 4, []string{"abc"}, "abc"},
		{"a text that fills both is kept as it is", 4, 4, []string{"abcdefgh"}, "abcdefgh"},
		{"one byte too many leaves one out", 4, 4, []string{"abcdefghi"}, "abcd\n... 1 bytes left out ...\nfghi"},
		{"the ring turns byte by byte", 2, 3, strings.Split("0123456789", ""), "01\n... 5 bytes left out ...\n789"},
		{"the ring turns by odd pieces", 2, 4, []string{"ab", "cde", "fgh", "ij", "k"}, "ab\n... 5 bytes left out ...\nhijk"},
		{"a large write after small ones replaces the tail", 2, 3, []string{"abcd", "ef", "ghijklm"}, "ab\n... 8 bytes left out ...\nklm"},
		{"a ring goes on after a large write", 2, 3, []string{"abcdefghijk", "l"}, "ab\n... 7 bytes left out ...\njkl"},
		{"bytes that are no UTF-8 stay", 2, 2, []string{"\xff\xfe\x00\x00\xfd\xfc"}, "\xff\xfe\n... 2 bytes left out ...\n\xfd\xfc"},
		{"invalid bytes that fit stay", 8, 8, []string{"\x80\xc3"}, "\x80\xc3"},
		{"a character cut at the head is left out whole", 2, 1, []string{"aé--z"}, "a\n... 4 bytes left out ...\nz"},
		{"a character cut at the tail is left out whole", 1, 3, []string{"a--\U0001F600z"}, "a\n... 6 bytes left out ...\nz"},
		{"a whole character at the cut stays", 3, 3, []string{"aé----éz"}, "aé\n... 4 bytes left out ...\néz"},
		{"a head alone", 3, 0, []string{"abcdef"}, "abc\n... 3 bytes left out ...\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := headtail.New(tt.head, tt.tail)
			var all int64
			for _, w := range tt.writes {
				n, err := b.Write([]byte(w))
				if n != len(w) || err != nil {
					t.Fatalf("Write(%q): got %d, %v", w, n, err)
				}
				all += int64(len(w))
			}
			if got := b.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := b.Total(); got != all {
				t.Errorf("total: got %d, want %d", got, all)
			}
		})
	}
}

func TestBufferIsValidTextAtEveryCut(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("aé€\U0001F600", 9)
	for head := range 14 {
		for tail := range 14 {
			b := headtail.New(head, tail)
			_, _ = fmt.Fprint(b, text)
			if got := b.String(); !utf8.ValidString(got) {
				t.Fatalf("head %d, tail %d: not valid: %q", head, tail, got)
			}
		}
	}
}

func TestBufferTakesAFloodInBoundedMemory(t *testing.T) {
	b := headtail.New(headtail.Size, headtail.Size)
	chunk := bytes.Repeat([]byte("0123456789abcde\n"), 2048)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 200 << 20 / len(chunk) {
		_, _ = b.Write(chunk)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("200 MiB allocated %d bytes, want at most 1 MiB", got)
	}
	if got := b.Total(); got != 200<<20 {
		t.Errorf("total: got %d, want %d", got, 200<<20)
	}
}

func TestBufferTakesWritersAtOnce(t *testing.T) {
	t.Parallel()
	b := headtail.New(100, 100)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				_, _ = fmt.Fprint(b, "line\n")
				_ = b.String()
			}
		})
	}
	wg.Wait()
	if got := b.Total(); got != 40000 {
		t.Errorf("total: got %d, want 40000", got)
	}
}

func TestFromAnswersWhatIsKeptFromAnOffsetOn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, written string
		offset        int64
		n             int
		want          string
		at            int64
	}{
		{"all of a short text", "abcdefg", 0, 99, "abcdefg", 0},
		{"over the seam of head and tail", "abcdefg", 2, 99, "cdefg", 2},
		{"no more than asked for", "abcdefg", 2, 3, "cde", 2},
		{"behind the head", "abcdefg", 5, 99, "fg", 5},
		{"nothing new", "abcdefg", 7, 99, "", 7},
		{"the rest of the head when what follows is left out", "abcdefghijk", 2, 99, "cd", 2},
		{"later than asked for when that is left out", "abcdefghijk", 4, 99, "hijk", 7},
		{"within a turned ring", "abcdefghijk", 9, 99, "jk", 9},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := headtail.New(4, 4)
			_, _ = fmt.Fprint(b, tt.written)
			if got, at := b.From(tt.offset, tt.n); string(got) != tt.want || at != tt.at {
				t.Errorf("got %q at %d, want %q at %d", got, at, tt.want, tt.at)
			}
		})
	}
}

func TestRestGoesOnAtEachOffset(t *testing.T) {
	t.Parallel()
	const written = "ab\n... 3 bytes left out ...\n" // a text that looks like the line in the middle
	for _, size := range []int{4, 8, 100} {
		b := headtail.New(size, size)
		_, _ = fmt.Fprint(b, written)
		for offset := range int64(len(written)) {
			skipped, rest, ok := headtail.Rest(b.String(), b.Total(), offset)
			plain := written[offset:]
			if size < 100 {
				plain = written[max(int(offset), len(written)-size):] // behind the gap
			}
			if !ok || !strings.HasSuffix(rest, plain) || int64(size) <= offset && skipped != max(0, int64(len(written)-size)-offset) {
				t.Errorf("keeping %d, from %d: got %q behind %d, %v, want it to end with %q", size, offset, rest, skipped, ok, plain)
			}
		}
	}
	if _, _, ok := headtail.Rest("not of that size", 3, 1); ok {
		t.Error("a text of another run is taken")
	}
}
