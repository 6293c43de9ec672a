package worker

import (
	"bytes"
	"strings"
)

// A program may say in lines of its output how far it is and what came of it. The
// lines stay in the output.
const (
	sayProgress = "::progress "
	sayResult   = "::result "
	maxProgress = 256
	maxRemark   = maxResult + 64
)

// remarks finds those lines, however the output is cut into pieces. The last ones count.
type remarks struct {
	progress string
	result   string

	line   []byte // the line so far, while it may be a remark
	inside bool   // of a line that is none
}

func (r *remarks) read(p []byte) {
	for len(p) > 0 {
		if r.inside {
			i := bytes.Index(p, []byte("\n::"))
			if i < 0 {
				r.line = r.line[:0]
				switch {
				case bytes.HasSuffix(p, []byte("\n")):
					r.inside = false
				case bytes.HasSuffix(p, []byte("\n:")):
					r.inside, r.line = false, append(r.line, ':')
				}
				return
			}
			r.inside, r.line, p = false, r.line[:0], p[i+1:]
		}
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			end = len(p)
		}
		if len(r.line)+end > maxRemark || !mayBeRemark(r.line, p[:end]) {
			r.inside = true
			p = p[end:] // with the line feed, behind which to look on
			if len(p) == 0 {
				return
			}
			continue
		}
		r.line = append(r.line, p[:end]...)
		if end == len(p) {
			return
		}
		r.take()
		p = p[end+1:]
	}
}

// end takes a last line that has no line feed.
func (r *remarks) end() {
	if !r.inside {
		r.take()
	}
	r.inside = true
}

func (r *remarks) take() {
	line := strings.TrimSuffix(string(r.line), "\r")
	r.line = r.line[:0]
	if text, ok := strings.CutPrefix(line, sayProgress); ok {
		r.progress = clip(strings.ToValidUTF8(strings.TrimSpace(text), "?"), maxProgress)
	} else if text, ok := strings.CutPrefix(line, sayResult); ok {
		r.result = strings.ToValidUTF8(strings.TrimSpace(text), "?")
	}
}

// mayBeRemark tells whether a line that begins with both parts can be a remark.
func mayBeRemark(first, second []byte) bool {
	for _, word := range []string{sayProgress, sayResult} {
		start := word[:min(len(word), len(first)+len(second))]
		n := min(len(first), len(start))
		if string(first[:n]) == start[:n] && strings.HasPrefix(string(second[:min(len(second), len(start)-n)]), start[n:]) {
			return true
		}
	}
	return false
}
