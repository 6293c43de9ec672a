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
// visited is; with any other it may panic.
func Members(text string, visit func(name, value string)) error {
	s := strings.TrimSpace(text)
	if !strings.HasPrefix(s, "{") {
		return fmt.Errorf("%w: it is not a JSON object", ErrInvalid)
	}
	for s = skipBlanks(s[1:]); s != "" && s[0] != '}'; {
		end := valueEnd(s)
		name := s[1 : end-1]
		if strings.IndexByte(name, '\\') >= 0 {
			if err := json.Unmarshal([]byte(s[:end]), &name); err != nil {
				return fmt.Errorf("%w: %w", ErrInvalid, err)
			}
		}
		s = skipBlanks(skipBlanks(s[end:])[1:]) // the colon
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
			for i++; s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
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
