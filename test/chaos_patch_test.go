package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// patch replaces a text that stands once in a file of this repository.
type patch struct{ file, old, new string }

func (p patch) apply(text string) (string, error) {
	if n := strings.Count(text, p.old); n != 1 {
		return "", fmt.Errorf("plant a mistake in %s: this text stands there %d times, want once; write the mistake anew for the code as it is now:\n%s", p.file, n, p.old)
	}
	return strings.Replace(text, p.old, p.new, 1), nil
}

// Without a run of make chaos it would not be noticed that the code has changed
// under the planted mistakes.
func TestChaosMistakesCanBePlanted(t *testing.T) {
	t.Parallel()
	for _, m := range mistakes {
		for _, p := range m.patches {
			text, err := os.ReadFile(repositoryFile(t, p.file))
			if err == nil {
				_, err = p.apply(string(text))
			}
			if err != nil {
				t.Errorf("%s: %v", m.name, err)
			}
		}
	}
	for _, text := range []string{"nothing of it", "it and it"} {
		if got, err := (patch{"file", "it", "that"}).apply(text); (err == nil) != (strings.Count(text, "it") == 1) {
			t.Errorf("apply to %q: got %q, %v", text, got, err)
		}
	}
}

// planted builds the program with a mistake in it. The sources stay as they are:
// the compiler is given other files in their place.
func planted(t *testing.T, patches []patch) string {
	t.Helper()
	dir := t.TempDir()
	texts := map[string]string{}
	for _, p := range patches {
		path := repositoryFile(t, p.file)
		text, ok := texts[path]
		if !ok {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text = string(source)
		}
		patched, err := p.apply(text)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = patched
	}
	replace := map[string]string{}
	for path, text := range texts {
		replace[path] = filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(replace[path], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file, program := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "jobs-agent")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", file, "-o", program, "../cmd/jobs-agent")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &talk, &talk
	if err := cmd.Run(); err != nil {
		t.Fatalf("build the program with a mistake: %v\n%s", err, talk.String())
	}
	return program
}
