package logsink

import (
	"io"
	"strings"
	"sync"
	"time"

	"github.com/jobs-agent/jobs"
)

// tee splits what one attempt prints into lines for the sinks.
type tee struct {
	mu      sync.Mutex
	sinks   []teed
	from    *from
	partial []byte // a line without its end
	closed  bool
}

// teed is one sink as an attempt sees it.
type teed struct {
	*sink
	patience time.Duration // how much longer it may hold the attempt up
	missing  int           // lines dropped since the last that was taken
}

// Tee takes what an attempt prints. Its Close gives away a last line without an end.
// Writing never fails.
func (s *Set) Tee(a *jobs.Attempt) io.WriteCloser {
	t := &tee{from: attemptLines(s.host, a), sinks: make([]teed, len(s.sinks))}
	for i, to := range s.sinks {
		t.sinks[i] = teed{sink: to, patience: to.spec.wait}
	}
	return t
}

// Write implements io.Writer.
func (t *tee) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || len(p) == 0 {
		return len(p), nil
	}
	now := time.Now()
	text := string(p) // once; the lines are parts of it
	for {
		end := strings.IndexByte(text, '\n')
		if end < 0 {
			break
		}
		t.give(now, text[:end])
		text = text[end+1:]
	}
	t.partial = append(t.partial, text...)
	for len(t.partial) >= maxLine {
		n := wholeRunes(t.partial[:maxLine])
		t.put(now, string(t.partial[:n]))
		t.partial = append(t.partial[:0], t.partial[n:]...)
	}
	return len(p), nil
}

// give puts the rest of a line behind what is there of it.
func (t *tee) give(now time.Time, text string) {
	if len(t.partial) > 0 {
		text = string(t.partial) + text
		t.partial = t.partial[:0]
	}
	for len(text) > maxLine {
		n := wholeRunes(text[:maxLine])
		t.put(now, text[:n])
		text = text[n:]
	}
	t.put(now, text)
}

func (t *tee) put(now time.Time, text string) {
	text = strings.TrimSuffix(text, "\r")
	for i := range t.sinks {
		to := &t.sinks[i]
		var taken bool
		if taken, to.patience = to.put(line{time: now, from: t.from, text: text}, to.missing, to.patience); taken {
			to.missing = 0
		} else {
			to.missing++
		}
	}
}

// Close implements io.Closer.
func (t *tee) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	t.closed = true
	now := time.Now()
	if len(t.partial) > 0 {
		t.give(now, "")
	}
	for i := range t.sinks {
		if to := t.sinks[i]; to.missing > 0 {
			to.note(line{time: now, from: t.from}, to.missing)
		}
	}
	return nil
}

// wholeRunes is how many bytes of a text that is cut at its end are whole characters;
// all of it when it is no UTF-8.
func wholeRunes[T string | []byte](text T) int {
	for i := len(text) - 1; i >= 0 && i > len(text)-4; i-- {
		c := text[i]
		switch {
		case c < 0x80:
			return len(text)
		case c >= 0xc0: // a character begins here
			need := 2
			if c >= 0xe0 {
				need = 3
			}
			if c >= 0xf0 {
				need = 4
			}
			if i+need > len(text) && i > 0 {
				return i
			}
			return len(text)
		}
	}
	return len(text)
}
