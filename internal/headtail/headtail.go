// Package headtail keeps the beginning and the end of a text of any length in
// bounded memory.
package headtail

import (
	"fmt"
	"io"
	"sync"
	"unicode/utf8"
)

// Size is how much of a run's output is kept at each side.
const Size = 64 << 10

var _ io.Writer = (*Buffer)(nil)

// Buffer takes what is written, keeps the first and the last bytes and counts
// all of them. It takes memory as it fills, so that a run which prints a line
// costs a line. Any number of goroutines may write and read at once.
type Buffer struct {
	mu    sync.Mutex
	sizes [2]int // of head and tail
	head  []byte
	tail  []byte // a ring once it is full
	next  int    // where the ring's oldest byte lies
	total int64
}

// New makes a Buffer that keeps the first head and the last tail bytes.
func New(head, tail int) *Buffer {
	return &Buffer{sizes: [2]int{head, tail}}
}

// Write keeps what fits and never fails.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(p)
	b.total += int64(n)
	if room := b.sizes[0] - len(b.head); room > 0 {
		k := min(room, len(p))
		b.head = append(b.head, p[:k]...)
		p = p[k:]
	}
	b.keepTail(p)
	return n, nil
}

func (b *Buffer) keepTail(p []byte) {
	size := b.sizes[1]
	if size == 0 {
		return
	}
	if len(p) >= size {
		b.tail = append(b.tail[:0], p[len(p)-size:]...)
		b.next = 0
		return
	}
	if room := size - len(b.tail); room > 0 {
		k := min(room, len(p))
		b.tail = append(b.tail, p[:k]...)
		p = p[k:]
	}
	for len(p) > 0 {
		k := copy(b.tail[b.next:], p)
		b.next = (b.next + k) % size
		p = p[k:]
	}
}

// Total counts the bytes written, kept or not.
func (b *Buffer) Total() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.total
}

// String answers what was kept. It is what was written, byte for byte, unless
// that was too much: then a line in the middle tells how many bytes are left
// out, and no character of UTF-8 is cut in two.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	tail := string(b.tail[b.next:]) + string(b.tail[:b.next])
	if b.total == int64(len(b.head)+len(tail)) {
		return string(b.head) + tail
	}
	head := wholeHead(b.head)
	tail = wholeTail(tail)
	left := b.total - int64(len(head)+len(tail))
	return fmt.Sprintf("%s\n... %d bytes left out ...\n%s", head, left, tail)
}

// wholeHead takes off a character that lost its end. Bytes that are no UTF-8
// stay.
func wholeHead(p []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(p); i++ {
		last := p[len(p)-i:]
		if utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return p[:len(p)-i]
			}
			return p
		}
	}
	return p
}

// wholeTail takes off the end of a character that lost its beginning.
func wholeTail(s string) string {
	for i := 0; i < utf8.UTFMax && i < len(s); i++ {
		if utf8.RuneStart(s[i]) {
			return s[i:]
		}
	}
	if len(s) < utf8.UTFMax {
		return ""
	}
	return s
}
