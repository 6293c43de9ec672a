package runners

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jobs-agent/jobs"
)

// maxArg is the longest argument that Linux takes.
const maxArg = 128<<10 - 1

// runExec starts the program that the payload names, without a shell.
func (h *host) runExec(ctx context.Context, a *jobs.Attempt) error {
	argv, err := parseArgv(a.Payload)
	if err != nil {
		return fmt.Errorf("read payload of exec: %w", err)
	}
	return h.run(ctx, a, program{argv: argv})
}

// parseArgv reads a JSON array of strings. It refuses whatever would not reach
// the program byte for byte.
func parseArgv(payload string) ([]string, error) {
	if !utf8.ValidString(payload) {
		return nil, errors.New("it is not UTF-8")
	}
	var items []json.RawMessage
	if err := json.Unmarshal([]byte(payload), &items); err != nil {
		return nil, fmt.Errorf("want a JSON array of strings like [\"date\",\"-u\"]: %w", err)
	}
	if len(items) == 0 {
		return nil, errors.New("want a JSON array of strings that begins with the program, got none")
	}
	argv := make([]string, len(items))
	for i, item := range items {
		if item[0] != '"' {
			return nil, fmt.Errorf("item %d is no string: %s", i, abridge(string(item)))
		}
		if err := json.Unmarshal(item, &argv[i]); err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
		switch {
		case halfSurrogate(string(item), argv[i]):
			return nil, fmt.Errorf("item %d holds half a surrogate pair", i)
		case strings.Contains(argv[i], "\x00"):
			return nil, fmt.Errorf("item %d holds a NUL byte, which no program takes", i)
		case len(argv[i]) > maxArg:
			return nil, fmt.Errorf("item %d has %d bytes, an argument at most %d", i, len(argv[i]), maxArg)
		}
	}
	if argv[0] == "" {
		return nil, errors.New("item 0, the program, is empty")
	}
	return argv, nil
}

// halfSurrogate tells whether decoding put in a replacement character that the
// text does not have: encoding/json does so without an error.
func halfSurrogate(raw, decoded string) bool {
	const sign = "\uFFFD"
	written := strings.Count(raw, sign) + strings.Count(strings.ToLower(raw), `\ufffd`)
	return strings.Count(decoded, sign) > written
}

func abridge(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "..."
	}
	return s
}
