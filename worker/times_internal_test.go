package worker

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTimesKeepBothEndsOfALongOutput(t *testing.T) {
	t.Parallel()
	var few times
	few.note(0, 12*time.Millisecond)
	few.note(10, 30*time.Millisecond) // too soon to be told apart
	few.note(20, 1012*time.Millisecond)
	if got, want := few.String(), "0:12 20:1000"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var many times
	for i := range int64(1000) {
		many.note(10*i, time.Duration(i)*time.Second)
	}
	got := many.String()
	at, after, marks := int64(0), int64(0), 0
	for _, m := range parseMarks(t, got) {
		at += m.at
		if m.ms >= 0 {
			after += m.ms
			marks++
			if at != after/100 {
				t.Fatalf("byte %d was printed after %d ms, want %d", at, after, at*100)
			}
		}
	}
	if at != 9990 || marks != 400 || len(got) > 4<<10 {
		t.Errorf("got %d marks up to byte %d in %d bytes of text, want 400 up to 9990 in 4 KiB at most", marks, at, len(got))
	}
}

type parsed struct{ at, ms int64 }

// parseMarks reads what String wrote; -1 stands for a question mark.
func parseMarks(t *testing.T, text string) (list []parsed) {
	t.Helper()
	for _, word := range strings.Fields(text) {
		var p parsed
		at, ms, _ := strings.Cut(word, ":")
		_, err := fmt.Sscan(at, &p.at)
		if ms == "?" {
			p.ms = -1
		} else if _, other := fmt.Sscan(ms, &p.ms); err == nil {
			err = other
		}
		if err != nil {
			t.Fatalf("mark %q: %v", word, err)
		}
		list = append(list, p)
	}
	return list
}
