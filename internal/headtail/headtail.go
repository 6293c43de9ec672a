// Package headtail keeps the beginning and the end of a text of any length in
// bounded memory.
package headtail

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Size is how much of a run's output is kept at each side.
const Size = 64 << 10

// mark and markEnd stand around the number of bytes that are left out.
const (
	mark    = "\n... "
	markEnd = " bytes left out ...\n"
)

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
	return fmt.Sprintf("%s%s%d%s%s", head, mark, left, markEnd, tail)
}

// From answers what was kept from an offset on, at most n bytes of it, and where that
// begins: later than asked for when what was written there is left out by now.
func (b *Buffer) From(offset int64, n int) (piece []byte, at int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if head := int64(len(b.head)); offset < head {
		piece = b.head[offset:]
		if len(piece) >= n || b.total == head {
			return bytes.Clone(piece[:min(n, len(piece))]), offset
		}
		if b.total > head+int64(len(b.tail)) { // the tail does not go on where the head ends
			return bytes.Clone(piece), offset
		}
	}
	at = max(offset, b.total-int64(len(b.tail)))
	tail := slices.Concat(b.tail[b.next:], b.tail[:b.next])
	if len(piece) > 0 {
		piece, at = slices.Concat(piece, tail), offset
	} else {
		piece = tail[min(int64(len(tail)), at-(b.total-int64(len(tail)))):]
	}
	return piece[:min(n, len(piece))], at
}

// Parts takes a text apart that String answered, of which total bytes had been written:
// its head, how many bytes are left out behind that, and its tail. It tells false when the
// text is not of that total.
func Parts(kept string, total int64) (head string, left int64, tail string, ok bool) {
	if int64(len(kept)) == total {
		return kept, 0, "", true
	}
	for from := 0; ; {
		i := strings.Index(kept[from:], mark)
		if i < 0 {
			return "", 0, "", false
		}
		head = kept[:from+i]
		number, tail, found := strings.Cut(kept[from+i+len(mark):], markEnd)
		left, err := strconv.ParseInt(number, 10, 64)
		if found && err == nil && int64(len(head)+len(tail))+left == total {
			return head, left, tail, true
		}
		from += i + 1
	}
}

// Rest answers what follows an offset in a text that String answered, of which total
// bytes had been written, and how many bytes in front of that are left out. It tells
// false when the text is not of that total.
func Rest(kept string, total, offset int64) (skipped int64, rest string, ok bool) {
	head, left, tail, ok := Parts(kept, total)
	if offset < int64(len(head)) {
		return 0, kept[offset:], ok
	}
	behind := int64(len(head)) + left // where the tail begins
	return max(0, behind-offset), tail[min(int64(len(tail)), max(0, offset-behind)):], ok
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
