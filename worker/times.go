package worker

import (
	"strconv"
	"time"
)

const (
	// timesGap is how exact the times of lines are, and maxTimes how many of them are
	// kept at each end of an output.
	timesGap = 50 * time.Millisecond
	maxTimes = 200
)

// times notes when an attempt printed what.
type times struct {
	head, tail []mark // tail is a ring once it is full
	next       int    // where its oldest lies
	last       mark
	lost       int64 // where the marks that are forgotten begin; 0: none is
}

// mark says that what stands from an offset on was printed so long after the start.
type mark struct {
	at    int64
	after time.Duration
}

func (t *times) note(at int64, after time.Duration) {
	if len(t.head) > 0 && after-t.last.after < timesGap {
		return
	}
	t.last = mark{at, after}
	switch {
	case len(t.head) < maxTimes:
		t.head = append(t.head, t.last)
	case len(t.tail) < maxTimes:
		t.tail = append(t.tail, t.last)
	default:
		if t.lost == 0 {
			t.lost = t.tail[t.next].at
		}
		t.tail[t.next] = t.last
		t.next = (t.next + 1) % maxTimes
	}
}

// String writes the marks as they are kept in a record: BYTES:MS, each counted from the one
// before and divided by blanks; BYTES:? where marks are forgotten.
func (t *times) String() string {
	var b []byte
	before := mark{}
	put := func(m mark) {
		if len(b) > 0 {
			b = append(b, ' ')
		}
		b = append(strconv.AppendInt(b, m.at-before.at, 10), ':')
		b = strconv.AppendInt(b, m.after.Milliseconds()-before.after.Milliseconds(), 10)
		before = m
	}
	for _, m := range t.head {
		put(m)
	}
	if t.lost > 0 {
		b = append(strconv.AppendInt(append(b, ' '), t.lost-before.at, 10), ":?"...)
		before.at = t.lost
	}
	for i := range t.tail {
		put(t.tail[(t.next+i)%len(t.tail)])
	}
	return string(b)
}
