// Package scripts is the command set of jobs-agent: Lua commands that run inside
// Redis, one file a command, and Go bindings for them. Nothing else in this
// program writes to Redis. README.md tells authors of other clients how to call
// them; docs/commands.md lists them.
package scripts

import (
	"crypto/sha1"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
)

//go:embed *.lua lib/*.lua
var files embed.FS

// Source is one command: its contract, read from the header of its file, and
// its text with the shared functions put in.
type Source struct {
	Name    string // "jset"
	Purpose string // the first sentence of the header
	Notes   string // the sentences behind it
	Keys    string
	Args    string
	Returns string
	Errors  string
	Since   string // "2014" for the ten of the old program, else empty
	Text    string
	SHA     string
}

// Sources reads all commands, by name. An error means that the program was built
// from broken files.
func Sources() ([]Source, error) {
	return readSources(files)
}

func readSources(fsys fs.FS) ([]Source, error) {
	names, err := fs.Glob(fsys, "*.lua")
	if err != nil {
		return nil, fmt.Errorf("list commands: %w", err)
	}
	slices.Sort(names)
	var sources []Source
	for _, file := range names {
		text, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("read command: %w", err)
		}
		source, err := parseHeader(strings.TrimSuffix(file, ".lua"), string(text))
		if err != nil {
			return nil, err
		}
		if source.Text, err = assemble(fsys, file, string(text)); err != nil {
			return nil, err
		}
		sum := sha1.Sum([]byte(source.Text))
		source.SHA = hex.EncodeToString(sum[:])
		sources = append(sources, source)
	}
	return sources, nil
}

var (
	titleLine   = regexp.MustCompile(`^-- ([A-Z]+): (.+)$`)
	fieldLine   = regexp.MustCompile(`^-- (KEYS|ARGV|Returns|Errors|Since): ?(.*)$`)
	includeLine = regexp.MustCompile(`^-- @include ([a-z]+)$`)
)

// parseHeader reads the contract at the top of a command file. A file without a
// whole one is refused, so that no command goes undocumented.
func parseHeader(name, text string) (Source, error) {
	s := Source{Name: name}
	seen := map[string]bool{}
	var notes []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if !strings.HasPrefix(line, "--") || includeLine.MatchString(line) {
			break
		}
		if m := titleLine.FindStringSubmatch(line); m != nil && s.Purpose == "" && !fieldLine.MatchString(line) {
			if !strings.EqualFold(m[1], name) {
				return s, fmt.Errorf("command %s: the header says %s", name, m[1])
			}
			s.Purpose = m[2]
			continue
		}
		if m := fieldLine.FindStringSubmatch(line); m != nil {
			seen[m[1]] = true
			switch m[1] {
			case "KEYS":
				s.Keys = m[2]
			case "ARGV":
				s.Args = m[2]
			case "Returns":
				s.Returns = m[2]
			case "Errors":
				s.Errors = m[2]
			case "Since":
				s.Since = m[2]
			}
			continue
		}
		notes = append(notes, strings.TrimSpace(strings.TrimPrefix(line, "--")))
	}
	for _, field := range []string{"KEYS", "ARGV", "Returns", "Errors"} {
		if !seen[field] {
			return s, fmt.Errorf("command %s: the header has no line %q", name, field)
		}
	}
	if s.Purpose == "" {
		return s, fmt.Errorf("command %s: the header does not begin with %q", name, strings.ToUpper(name)+": ...")
	}
	s.Notes = strings.Join(notes, " ")
	return s, nil
}

// assemble puts each included function, and what it includes itself, once in
// front of the command, without comments.
func assemble(fsys fs.FS, file, text string) (string, error) {
	done := map[string]bool{}
	var out strings.Builder
	var add func(from, text string, above []string) error
	add = func(from, text string, above []string) error {
		var body strings.Builder
		for line := range strings.Lines(text) {
			m := includeLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
			if m == nil {
				if !strings.HasPrefix(strings.TrimSpace(line), "--") && strings.TrimSpace(line) != "" {
					body.WriteString(line)
				}
				continue
			}
			name := m[1]
			if slices.Contains(above, name) {
				return fmt.Errorf("%s includes itself through %s", name, from)
			}
			if done[name] {
				continue
			}
			lib, err := fs.ReadFile(fsys, "lib/"+name+".lua")
			if err != nil {
				return fmt.Errorf("%s includes %q: %w", from, name, err)
			}
			if err := add("lib/"+name+".lua", string(lib), append(slices.Clone(above), name)); err != nil {
				return err
			}
			done[name] = true
		}
		out.WriteString(body.String())
		return nil
	}
	if err := add(file, text, nil); err != nil {
		return "", fmt.Errorf("assemble command: %w", err)
	}
	return out.String(), nil
}

// includes lists the shared functions that the files name, for tests.
func includes(fsys fs.FS) ([]string, error) {
	used := map[string]bool{}
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".lua") {
			return err
		}
		text, err := fs.ReadFile(fsys, path)
		for line := range strings.Lines(string(text)) {
			if m := includeLine.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
				used[m[1]] = true
			}
		}
		return err
	})
	return slices.Sorted(maps.Keys(used)), err
}
