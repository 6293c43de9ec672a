package lossy

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Value is a reply of Redis, whole, in RESP2 or RESP3. Numbers stay text.
type Value struct {
	Kind  byte // the sign it begins with: + - : $ * _ # , ( ! = % ~ >
	Null  bool
	Text  string  // of what is no aggregate
	Items []Value // of an aggregate; of a map keys and values in turn
}

// Failed tells whether the reply is an error.
func (v Value) Failed() bool { return v.Kind == '-' || v.Kind == '!' }

func (v Value) String() string {
	switch {
	case v.Null:
		return "nil"
	case v.Items != nil:
		words := make([]string, len(v.Items))
		for i, item := range v.Items {
			words[i] = item.String()
		}
		return "[" + strings.Join(words, " ") + "]"
	case v.Kind == '+' || v.Kind == '-' || v.Kind == ':':
		return string(v.Kind) + v.Text
	}
	return strconv.Quote(v.Text)
}

// tape reads values and commands and keeps the bytes of the last one.
type tape struct {
	in  *bufio.Reader
	raw []byte
}

func newTape(in io.Reader) *tape { return &tape{in: bufio.NewReaderSize(in, 64<<10)} }

// next reads one whole value. The bytes are good until the next call.
func (t *tape) next() (Value, []byte, error) {
	t.raw = t.raw[:0]
	v, err := t.value()
	return v, t.raw, err
}

// command reads one command, be it an array of bulk strings or a line as people
// type it.
func (t *tape) command() ([]string, []byte, error) {
	for {
		t.raw = t.raw[:0]
		first, err := t.in.Peek(1)
		if err != nil {
			return nil, nil, err
		}
		var words []string
		if first[0] == '*' {
			v, err := t.value()
			if err != nil {
				return nil, nil, err
			}
			for _, item := range v.Items {
				words = append(words, item.Text)
			}
		} else {
			line, err := t.line()
			if err != nil {
				return nil, nil, err
			}
			words = strings.Fields(line)
		}
		if len(words) > 0 { // Redis answers nothing to an empty one
			return words, bytes.Clone(t.raw), nil
		}
	}
}

func (t *tape) value() (Value, error) {
	line, err := t.line()
	if err != nil {
		return Value{}, err
	}
	if line == "" {
		return Value{}, fmt.Errorf("a value begins with an empty line")
	}
	v, rest := Value{Kind: line[0]}, line[1:]
	switch v.Kind {
	case '+', '-', ':', '#', ',', '(':
		v.Text = rest
		return v, nil
	case '_':
		v.Null = true
		return v, nil
	}
	n, err := strconv.Atoi(rest)
	if err != nil {
		return v, fmt.Errorf("a value begins with %q", line)
	}
	switch v.Kind {
	case '$', '!', '=':
		v.Text, v.Null, err = t.bulk(n)
		return v, err
	case '%', '|':
		n *= 2
	case '*', '~', '>':
	default:
		return v, fmt.Errorf("a value begins with %q", line)
	}
	if v.Null = n < 0; v.Null {
		return v, nil
	}
	v.Items = make([]Value, n)
	for i := range v.Items {
		if v.Items[i], err = t.value(); err != nil {
			return v, err
		}
	}
	if v.Kind == '|' { // attributes stand in front of the value they belong to
		return t.value()
	}
	return v, nil
}

func (t *tape) line() (string, error) {
	line, err := t.in.ReadBytes('\n')
	if err != nil {
		return "", err
	}
	t.raw = append(t.raw, line...)
	return strings.TrimRight(string(line), "\r\n"), nil
}

// bulk reads n bytes and the end of their line; a negative n is a nil.
func (t *tape) bulk(n int) (text string, null bool, err error) {
	if n < 0 {
		return "", true, nil
	}
	from := len(t.raw)
	t.raw = append(t.raw, make([]byte, n+2)...)
	if _, err := io.ReadFull(t.in, t.raw[from:]); err != nil {
		return "", false, err
	}
	return string(t.raw[from : from+n]), false, nil
}

// spell writes a command as clients do.
func spell(words []string) []byte {
	raw := fmt.Appendf(nil, "*%d\r\n", len(words))
	for _, word := range words {
		raw = fmt.Appendf(raw, "$%d\r\n%s\r\n", len(word), word)
	}
	return raw
}
