package logsink

import (
	"context"
	"io"
)

// stream writes JSON lines to standard output.
type stream struct {
	out  io.Writer
	form form
	buf  []byte
}

func (s *stream) deliver(_ context.Context, lines []line) (left []line, refused int, err error) {
	s.buf = s.buf[:0]
	for _, l := range lines {
		s.buf = s.form.appendJSON(s.buf, l)
	}
	n, err := s.out.Write(s.buf)
	if err == nil {
		return nil, 0, nil
	}
	// What was written cannot be taken back: the line that it ends in comes again.
	return lines[wholeLines(s.buf[:n]):], 0, err
}

func (s *stream) explain(error) trouble {
	return trouble{kind: "write", what: "cannot write to standard output", fix: "see what reads it"}
}

func (s *stream) close() error { return nil }

// wholeLines counts the lines of a text that have their ends.
func wholeLines(text []byte) (n int) {
	for _, c := range text {
		if c == '\n' {
			n++
		}
	}
	return n
}
