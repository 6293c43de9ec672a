package boardfile

import (
	"fmt"
	"strings"
)

// expand puts the variables into a scalar: ${NAME}, ${NAME:-default} and $$ for a
// dollar. Any other dollar stands for itself, since commands are full of them. The
// error says what is wrong with the first reference that cannot be resolved.
func expand(text string, variable func(name string) (string, bool)) (string, error) {
	if !strings.Contains(text, "${") && !strings.Contains(text, "$$") {
		return text, nil
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '$')
		if i < 0 || i == len(text)-1 {
			b.WriteString(text)
			return b.String(), nil
		}
		b.WriteString(text[:i])
		switch text[i+1] {
		case '$':
			b.WriteByte('$')
			text = text[i+2:]
		case '{':
			inner, rest, ok := strings.Cut(text[i+2:], "}")
			name, otherwise, has := strings.Cut(inner, ":-")
			if !ok || !isName(name) {
				return "", fmt.Errorf("%q is no variable: write ${NAME} or ${NAME:-default}, or $${ where the shell is meant", short(text[i:], 40))
			}
			value, set := variable(name)
			switch {
			case set && (value != "" || !has):
			case has:
				value = otherwise
			default:
				return "", fmt.Errorf("variable %s is not set: set it in the environment, with --set %s=VALUE or under vars, or write ${%s:-default}, or $${%s} where the shell is meant", name, name, name, name)
			}
			b.WriteString(value)
			text = rest
		default:
			b.WriteByte('$')
			text = text[i+1:]
		}
	}
}

// dollars writes a text so that expand gives it back.
func dollars(text string) string {
	if !strings.Contains(text, "${") && !strings.Contains(text, "$$") {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		b.WriteByte(text[i])
		if text[i] == '$' && i+1 < len(text) && (text[i+1] == '{' || text[i+1] == '$') {
			b.WriteByte('$')
		}
	}
	return b.String()
}

func isName(name string) bool {
	for i, r := range name {
		if r != '_' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

func short(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-3]) + "..."
}
