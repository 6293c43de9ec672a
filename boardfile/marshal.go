package boardfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Marshal writes a value as YAML, under the names and in the form that its JSON
// has.
func Marshal(v any) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write YAML: %w", err)
	}
	return FromJSON(text.Bytes())
}

// FromJSON writes a JSON text as YAML. The order of the fields stays, and so does
// every digit of the numbers. The text is written here and not by a library, since
// those at hand lose tabs, line ends and strings like ".inf".
func FromJSON(text []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	w := &writer{from: d}
	err := w.value(0, false)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more behind the JSON value")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("write YAML: %w", err)
	}
	return w.out.Bytes(), nil
}

type writer struct {
	from *json.Decoder
	out  bytes.Buffer
}

// value writes the next value. What comes before it on its line, a key or a dash,
// is written already; after a dash, a collection begins on the same line.
func (w *writer) value(indent int, dashed bool) error {
	token, err := w.from.Token()
	if err != nil {
		return err
	}
	switch t := token.(type) {
	case json.Delim:
		return w.collection(t, indent, dashed)
	case string:
		w.line(scalar(t))
	case nil:
		w.line("null")
	default:
		w.line(fmt.Sprint(t))
	}
	return nil
}

func (w *writer) line(text string) {
	if w.out.Len() > 0 && !bytes.HasSuffix(w.out.Bytes(), []byte("\n")) && !bytes.HasSuffix(w.out.Bytes(), []byte("- ")) {
		w.out.WriteByte(' ')
	}
	w.out.WriteString(text)
	w.out.WriteByte('\n')
}

func (w *writer) collection(open json.Delim, indent int, dashed bool) error {
	if !w.from.More() {
		w.line(map[json.Delim]string{'{': "{}", '[': "[]"}[open])
		_, err := w.from.Token()
		return err
	}
	if w.out.Len() > 0 && !dashed {
		w.out.WriteByte('\n')
	}
	for first := true; w.from.More(); first = false {
		if !first || !dashed {
			w.out.WriteString(strings.Repeat(" ", indent))
		}
		if open == '[' {
			w.out.WriteString("- ")
			if err := w.value(indent+2, true); err != nil {
				return err
			}
			continue
		}
		key, err := w.from.Token()
		if err != nil {
			return err
		}
		w.out.WriteString(scalar(key.(string)) + ":")
		if err := w.value(indent+2, false); err != nil {
			return err
		}
	}
	_, err := w.from.Token()
	return err
}
