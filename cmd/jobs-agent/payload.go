package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
)

// payload is the text that an argument stands for: - is standard input, @FILE a
// file. It is taken byte for byte.
func payload(cmd *cobra.Command, arg string) (string, error) {
	var from io.Reader
	switch name, isFile := strings.CutPrefix(arg, "@"); {
	case arg == "-":
		from = cmd.InOrStdin()
	case isFile:
		f, err := os.Open(name)
		if err != nil {
			return "", usage(cmd.CommandPath(), "read the payload: %w; a payload that begins with @ is given on standard input, as -", err)
		}
		defer func() { _ = f.Close() }()
		from = f
	default:
		return arg, nil
	}
	text, err := io.ReadAll(io.LimitReader(from, jobs.MaxPayload+1))
	if err != nil {
		return "", fmt.Errorf("read the payload: %w", err)
	}
	return string(text), nil
}

// argv is the payload of the exec runner: a JSON array of the arguments.
func argv(args []string) (string, error) {
	for _, arg := range args {
		if err := jobs.ValidatePayload(arg); err != nil {
			return "", err
		}
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(args); err != nil {
		return "", fmt.Errorf("write the command: %w", err)
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}
