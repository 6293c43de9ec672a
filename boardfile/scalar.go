package boardfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// scalar writes a string so that every reader of YAML takes it for that string:
// plain where nothing else could be meant, in double quotes elsewhere.
func scalar(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r <= 0xffff && r != ' ' && !unicode.IsGraphic(r) || r == '\u00a0' || r == '\ufeff':
			fmt.Fprintf(&b, `\u%04x`, r)
		case !unicode.IsGraphic(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// plain tells whether a string needs no quotes: it begins with a letter, a slash
// or an underscore, holds nothing that has a meaning in YAML, and is no word that
// YAML 1.1 or 1.2 reads as something else.
func plain(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '/'
		inner := r >= '0' && r <= '9' || strings.ContainsRune("-.+@%=", r) || r == ' ' && i < len(s)-1
		if !letter && (i == 0 || !inner) {
			return false
		}
	}
	words := []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
	return s != "" && !slices.Contains(words, strings.ToLower(s))
}
