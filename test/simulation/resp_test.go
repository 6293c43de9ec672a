package simulation

import (
	"bytes"
	"strconv"
	"strings"
)

// parseCommands takes whole commands from what a client has sent.
func parseCommands(data []byte) [][]string {
	var list [][]string
	for len(data) > 0 {
		value, rest := parseReply(data)
		data = rest
		args, _ := value.([]any)
		words := make([]string, len(args))
		for i, arg := range args {
			words[i], _ = arg.(string)
		}
		if len(words) > 0 {
			list = append(list, words)
		}
	}
	return list
}

// parseReply reads one value of the Redis protocol: string, int64, error, []any or
// nil. What is cut off counts as nil.
func parseReply(data []byte) (value any, rest []byte) {
	line, rest, ok := bytes.Cut(data, []byte("\r\n"))
	if !ok || len(line) == 0 {
		return nil, nil
	}
	word := string(line[1:])
	n, _ := strconv.Atoi(word)
	switch line[0] {
	case '+':
		return word, rest
	case '-':
		return refusal(word), rest
	case ':':
		return int64(n), rest
	case '$':
		if n < 0 || len(rest) < n+2 {
			return nil, rest
		}
		return string(rest[:n]), rest[n+2:]
	case '*':
		if n < 0 {
			return nil, rest
		}
		list := make([]any, n)
		for i := range list {
			list[i], rest = parseReply(rest)
		}
		return list, rest
	}
	return nil, nil
}

// refusal is an error reply.
type refusal string

func (r refusal) Error() string { return string(r) }

// bulks writes strings as a list; "" is written as nil.
func bulks(words ...string) []byte {
	var b strings.Builder
	b.WriteString("*" + strconv.Itoa(len(words)) + "\r\n")
	for _, word := range words {
		b.WriteString("$" + strconv.Itoa(len(word)) + "\r\n" + word + "\r\n")
	}
	return []byte(b.String())
}
