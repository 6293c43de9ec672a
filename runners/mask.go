package runners

import (
	"io"
	"strings"
	"sync"
)

// blot stands where a secret stood.
const blot = "***"

// masker writes what is written to it with every secret blotted out, however the
// writes are cut. It holds back only what may still become a secret: less bytes than
// the longest one has. Close writes that too. Any number of goroutines may use it.
type masker struct {
	m *matcher
	w io.Writer

	mu     sync.Mutex
	state  int32
	held   []byte // the end of the stream that was not written yet
	at     int64  // where held begins in the stream
	found  []area // in held, in order, none touching another
	hidden int64  // up to here all is behind a blot that was written
	out    []byte
}

// area is a part of the stream that secrets cover, from begin to before end.
type area struct{ begin, end int64 }

func newMasker(w io.Writer, m *matcher) *masker { return &masker{m: m, w: w} }

// Write never fails: the errors of the writer below are not those of a program.
func (k *masker) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	idle := len(k.held) == 0 && k.hidden <= k.at
	if !k.scan(p) && idle {
		_, _ = k.w.Write(p)
		k.at += int64(len(p))
		return len(p), nil
	}
	k.held = append(k.held, p...)
	k.release(k.at + int64(len(k.held)) - int64(k.m.nodes[k.state].depth))
	return len(p), nil
}

// Close writes what was held back: no secret came of it.
func (k *masker) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.release(k.at + int64(len(k.held)))
	k.state = 0
	return nil
}

// scan moves on by p and notes what it finds. It answers false when nothing of it is,
// or may become, a secret.
func (k *masker) scan(p []byte) bool {
	from := k.at + int64(len(k.held))
	state, m := k.state, k.m
	for i := 0; i < len(p); i++ {
		if state == 0 {
			for i < len(p) && m.first[p[i]] == 0 {
				i++
			}
			if i == len(p) {
				break
			}
		}
		state = m.step(state, p[i])
		if n := m.nodes[state].match; n > 0 {
			k.cover(area{from + int64(i) + 1 - int64(n), from + int64(i) + 1})
		}
	}
	k.state = state
	return state != 0 || len(k.found) > 0
}

// cover notes an area. Areas come in the order of their ends.
func (k *masker) cover(a area) {
	if a.begin < k.hidden {
		k.hidden = a.end // it goes on behind the last blot
		k.found = k.found[:0]
		return
	}
	for n := len(k.found); n > 0 && k.found[n-1].end > a.begin; n-- {
		a.begin = min(a.begin, k.found[n-1].begin)
		k.found = k.found[:n-1]
	}
	k.found = append(k.found, a)
}

// release writes what stands before a place, with blots for what secrets cover. An
// area that begins before it is written and remembered, so that it may still grow.
func (k *masker) release(to int64) {
	out, at := k.out[:0], k.at
	plain := func(end int64) {
		if begin := max(at, k.hidden); begin < end {
			out = append(out, k.held[begin-k.at:end-k.at]...)
		}
		at = max(at, end)
	}
	done := 0
	for done < len(k.found) && k.found[done].begin < to {
		a := k.found[done]
		plain(a.begin)
		out = append(out, blot...)
		k.hidden = a.end
		done++
	}
	k.found = append(k.found[:0], k.found[done:]...)
	plain(to)
	if len(out) > 0 {
		_, _ = k.w.Write(out)
	}
	k.held = append(k.held[:0], k.held[to-k.at:]...)
	k.at = to
	if k.out = out; cap(out) > 64<<10 {
		k.out = nil
	}
}

// text is a text with every secret blotted out.
func (m *matcher) text(s string) string {
	var b strings.Builder
	k := newMasker(&b, m)
	_, _ = k.Write([]byte(s))
	_ = k.Close()
	return b.String()
}
