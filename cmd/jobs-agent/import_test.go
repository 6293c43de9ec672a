package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Not parallel: the program is looked for in the PATH of this process.
func TestImportWithoutAFileReadsWhatTheCrontabProgramPrints(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	install := func(program string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(bin, "crontab"), []byte("#!/bin/sh\n"+program+"\n"), 0o700); err != nil { //nolint:gosec // it is a program
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name, program  string
		code           int
		stdout, stderr string
	}{
		{"it has a line", `[ "$*" = -l ] && echo '*/5 * * * * poll --all'`, 0, "    run: poll --all\n", "1 jobs imported"},
		{"the user has none", "echo no crontab for joe >&2; exit 1", 1, "", "read your crontab: no crontab for joe"},
		{"it fails without a word", "exit 1", 1, "", "give its file, or - for standard input"},
	} {
		install(tt.program)
		code, stdout, stderr := invoke(t.Context(), noEnvironment, "", "import", "crontab", "--timezone", "UTC")
		if code != tt.code || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) {
			t.Errorf("%s: got %d, %q and %q, want %d, %q and %q", tt.name, code, stdout, stderr, tt.code, tt.stdout, tt.stderr)
		}
	}
	if err := os.Remove(filepath.Join(bin, "crontab")); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := invoke(t.Context(), noEnvironment, "", "import", "crontab"); code != 1 || !strings.Contains(stderr, "not found in $PATH; give its file") {
		t.Errorf("without the program: got %d and %q", code, stderr)
	}
}
