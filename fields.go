package jobs

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Fields walks over the members of a JSON object, name and raw value, in their
// order. Names are exact, where encoding/json takes "Runner" for "runner", and a
// value is not looked into: the payload stays as it is. The text must be valid
// JSON; of a text that is not, some members may have been visited before the error.
func Fields(text string, visit func(name, value string)) error {
	if !json.Valid([]byte(text)) {
		return fmt.Errorf("%w: it is not JSON", ErrInvalid)
	}
	return Members(text, visit)
}

// Members is Fields for a text that is known to be valid JSON, as a value that Fields
// visited is. With any other it ends as well, and what it has visited means nothing.
func Members(text string, visit func(name, value string)) error {
	s := strings.TrimSpace(text)
	if !strings.HasPrefix(s, "{") {
		return fmt.Errorf("%w: it is not a JSON object", ErrInvalid)
	}
	for s = skipBlanks(s[1:]); s != "" && s[0] != '}'; {
		end := valueEnd(s)
		if end < 2 {
			return fmt.Errorf("%w: it is not JSON", ErrInvalid)
		}
		name := s[1 : end-1]
		if strings.IndexByte(name, '\\') >= 0 {
			if err := json.Unmarshal([]byte(s[:end]), &name); err != nil {
				return fmt.Errorf("%w: %w", ErrInvalid, err)
			}
		}
		s = skipBlanks(strings.TrimPrefix(skipBlanks(s[end:]), ":"))
		end = valueEnd(s)
		visit(name, s[:end])
		s = skipBlanks(s[end:])
		if s != "" && s[0] == ',' {
			s = skipBlanks(s[1:])
		}
	}
	return nil
}

func skipBlanks(s string) string {
	if s != "" && s[0] > ' ' {
		return s
	}
	return strings.TrimLeft(s, " \t\r\n")
}

// valueEnd is the length of the value at the beginning of valid JSON.
func valueEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			if i = stringEnd(s, i+1); i < 0 {
				return len(s)
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
			if depth < 0 {
				return i
			}
		case ',', ' ', '\t', '\r', '\n', ':':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(s)
}

// stringEnd is where a JSON string closes whose content begins at from, or -1.
func stringEnd(s string, from int) int {
	for at := from; ; at++ {
		n := strings.IndexByte(s[at:], '"')
		if n < 0 {
			return -1
		}
		at += n
		text := at
		for text > from && s[text-1] == '\\' {
			text--
		}
		if (at-text)%2 == 0 {
			return at
		}
	}
}
