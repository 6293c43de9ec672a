package runners_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs/runners"
)

// program puts an executable into a folder.
func program(t *testing.T, folder, name string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\ncat\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // the umask has no part in it
		t.Fatal(err)
	}
}

func TestProgramsInRunnerFoldersAreServed(t *testing.T) {
	t.Parallel()
	first, second := filepath.Join(t.TempDir(), "it's one"), t.TempDir()
	if err := os.Mkdir(first, 0o755); err != nil {
		t.Fatal(err)
	}
	program(t, first, "jobs-mail-runner", 0o755)
	program(t, first, "mail-runner", 0o755)
	program(t, first, "jobs--runner", 0o755)
	program(t, second, "jobs-mail-runner", 0o755)
	program(t, second, "jobs-pay-runner", 0o700)
	program(t, second, "jobs-open-runner", 0o757)
	program(t, second, "jobs-text-runner", 0o644)
	program(t, second, "jobs-bad type-runner", 0o755)
	found, remarks := runners.Folders([]string{first, second, "relative", "/nowhere/at/all"})
	var got []string
	for _, p := range found {
		got = append(got, p.Type+" "+strings.TrimPrefix(strings.TrimPrefix(p.File, first), second))
	}
	if want := "mail /jobs-mail-runner, pay /jobs-pay-runner"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, want := range []string{
		second + "/jobs-mail-runner is passed over: " + first + "/jobs-mail-runner comes first", "jobs-open-runner is passed over: everybody may write it (mode 0757)",
		"jobs-text-runner is passed over: it is not executable", "jobs-bad type-runner is passed over", "relative is passed over: want an absolute path", "/nowhere/at/all is passed over",
	} {
		if !strings.Contains(strings.Join(remarks, "\n"), want) {
			t.Errorf("remarks %q: want %q", remarks, want)
		}
	}
	out, err := run(t, runner(t, found[0].Spec(), runners.Config{Supervisor: supervisor(t)}), "x")
	if err != nil {
		t.Errorf("a program in a folder whose name has a quote: got %q, %v", out, err)
	}
}

func TestAFolderThatEverybodyMayWriteIsRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	program(t, folder, "jobs-mail-runner", 0o755)
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	found, remarks := runners.Folders([]string{folder})
	if len(found) != 0 || len(remarks) != 1 || !strings.Contains(remarks[0], "everybody may write it") {
		t.Errorf("got %v, %q, want nothing and the reason", found, remarks)
	}
}

func TestAProgramOfSomebodyElseIsRefused(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root may give a file away")
	}
	folder := t.TempDir()
	program(t, folder, "jobs-mail-runner", 0o755)
	if err := os.Chown(filepath.Join(folder, "jobs-mail-runner"), 65534, 65534); err != nil {
		t.Fatal(err)
	}
	found, remarks := runners.Folders([]string{folder})
	if len(found) != 0 || len(remarks) != 1 || !strings.Contains(remarks[0], "belongs to user 65534") {
		t.Errorf("got %v, %q, want nothing and the reason", found, remarks)
	}
}
