package logsink

import (
	"strconv"
	"time"
	"unicode/utf8"
)

const timeForm = "2006-01-02T15:04:05.000Z07:00"

// form writes lines. It remembers the last time that it wrote, which many lines share.
type form struct {
	last time.Time
	text []byte
}

func (f *form) appendTime(dst []byte, at time.Time) []byte {
	if f.text == nil || !at.Equal(f.last) {
		f.last, f.text = at, at.UTC().AppendFormat(f.text[:0], timeForm)
	}
	return append(dst, f.text...)
}

// appendJSON writes a line as a JSON object on a line of its own.
func (f *form) appendJSON(dst []byte, l line) []byte {
	dst = append(dst, `{"time":"`...)
	dst = f.appendTime(dst, l.time)
	dst = append(dst, `",`...)
	dst, _ = appendRest(dst, l, len(dst)+1<<30)
	return append(dst, '\n')
}

// appendObject writes what fits into limit bytes of a line as a JSON object without
// the time, and answers the text that did not fit.
func appendObject(dst []byte, l line, limit int) ([]byte, string) {
	return appendRest(append(dst, '{'), l, len(dst)+limit)
}

// appendRest writes the members of an object besides the time and closes it; dst does
// not grow beyond end.
func appendRest(dst []byte, l line, end int) ([]byte, string) {
	dst = append(dst, l.from.head...)
	if l.from.run == "" && !l.note && len(dst)+len(l.text)+len(`,"log":}`) <= end {
		dst = append(append(dst, `,"log":`...), l.text...)
		return append(dst, '}'), ""
	}
	dst = append(dst, `,"text":"`...)
	dst, rest := appendText(dst, l.text, end-len(`"}`))
	return append(dst, `"}`...), rest
}

// appendPlain writes a line for people: time, whose, text. The text is as it was
// printed, escape sequences included.
func (f *form) appendPlain(dst []byte, l line) []byte {
	dst = f.appendTime(dst, l.time)
	dst = append(dst, ' ')
	switch {
	case l.from.run != "":
		dst = append(dst, l.from.run...)
		if l.from.attempt > 1 {
			dst = strconv.AppendInt(append(dst, " attempt "...), int64(l.from.attempt), 10)
		}
	case l.from.agent != "":
		dst = append(append(dst, "agent "...), l.from.agent...)
	default:
		dst = append(dst, "agent"...)
	}
	dst = append(append(dst, " | "...), l.text...)
	return append(dst, '\n')
}

const digits = "0123456789abcdef"

// appendText writes text as the inside of a JSON string until the next character
// would take dst beyond end, and answers what is left of the text. Bytes that are no
// UTF-8 become U+FFFD.
func appendText(dst []byte, text string, end int) ([]byte, string) {
	for i := 0; i < len(text); {
		run := plainRun(text[i:])
		if room := end - len(dst); run > room {
			run = max(room, 0)
			for run > 0 && !utf8.RuneStart(text[i+run]) {
				run--
			}
			return append(dst, text[i:i+run]...), text[i+run:]
		}
		dst = append(dst, text[i:i+run]...)
		if i += run; i == len(text) {
			break
		}
		size, escape := 1, [6]byte{'\\', text[i]}
		n := 2
		switch c := text[i]; {
		case c == '"' || c == '\\':
		case c == '\n':
			escape[1] = 'n'
		case c == '\r':
			escape[1] = 'r'
		case c == '\t':
			escape[1] = 't'
		case c < utf8.RuneSelf:
			escape, n = [6]byte{'\\', 'u', '0', '0', digits[c>>4], digits[c&15]}, 6
		default: // no UTF-8
			escape, n = [6]byte{0xef, 0xbf, 0xbd}, 3
		}
		if len(dst)+n > end {
			return dst, text[i:]
		}
		dst = append(dst, escape[:n]...)
		i += size
	}
	return dst, ""
}

// plainRun counts the bytes that go into a JSON string as they are.
func plainRun(text string) int {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c == '"' || c == '\\' {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}
