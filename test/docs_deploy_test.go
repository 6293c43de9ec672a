package test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs/internal/redistest"
)

var fence = regexp.MustCompile("(?ms)^```\n(.*?)^```$")

// commandsOf answers the commands that a page shows below a heading.
func commandsOf(t *testing.T, page, heading string) string {
	t.Helper()
	_, text, ok := strings.Cut(readText(repositoryFile(t, page)), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("%s has no heading %s", page, heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	var commands strings.Builder
	for _, block := range fence.FindAllStringSubmatch(text, -1) {
		commands.WriteString(block[1])
	}
	return commands.String()
}

// shell runs commands of a page on the host, with the program in its PATH.
func (h *host) shell(commands string) {
	h.t.Helper()
	bin := h.file("bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.Symlink(program(h.t), filepath.Join(bin, "jobs-agent")); err != nil && !os.IsExist(err) {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-eu", "-c", commands)
	cmd.Dir, cmd.Env = h.dir, append([]string{"PATH=" + bin + ":" + h.path}, h.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		h.t.Fatalf("%v\n%s\n%s", err, commands, out)
	}
}

func TestDocsBackupCanBeRestored(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("redis-cli"); err != nil {
		t.Skipf("redis-cli is not installed here: %v", err)
	}
	server := redistest.Start(t, redistest.TCP())
	h := newHost(t, server.URL())
	h.ok("put", "nightly", "shell", "dump", "--cron", "30 2 * * *", "--tz", "Europe/Brussels")
	h.ok("put", "old", "shell", "x", "--every", "1h", "--start", "2026-01-01T00:30:00Z")
	h.ok("put", "after", "shell", "x", "--after", "nightly")
	backup, restore, ok := strings.Cut(commandsOf(t, "docs/deploy.md", "Backup and restore"), "jobs-agent load ")
	if !ok {
		t.Fatal("the page does not load what it dumped")
	}
	h.shell(backup)

	// The jobs, on another Redis.
	other := newHost(t, redistest.Start(t, redistest.TCP()).URL())
	other.write("board.json", readText(h.file("board.json")))
	other.shell("jobs-agent load " + restore)
	if diff := cmp.Diff(h.ok("list", "-o", "name"), other.ok("list", "-o", "name")); diff != "" {
		t.Errorf("jobs (-backup +restored):\n%s", diff)
	}
	var next []time.Time
	other.read(&next, "next", "old", "-n", "1")
	if len(next) != 1 || next[0].Minute() != 30 || next[0].Before(time.Now()) {
		t.Errorf("next time of a job that was long due: got %v, want one on its grid, to come", next)
	}

	// Everything, as a file of Redis.
	dir := t.TempDir()
	if err := os.Rename(h.file("everything.rdb"), filepath.Join(dir, "dump.rdb")); err != nil {
		t.Fatal(err)
	}
	whole := newHost(t, redistest.Start(t, redistest.TCP(), redistest.Args("--dir", dir)).URL())
	var want, got any
	h.read(&want, "dump")
	whole.read(&got, "dump")
	if diff := cmp.Diff(want, got); diff != "" || got == nil {
		t.Errorf("board (-backup +restored):\n%s", diff)
	}
}

// The archive of the page has all that the machines of the stack install.
func TestDocsArchiveHasWhatTheStackInstalls(t *testing.T) {
	t.Parallel()
	h := newHost(t, "")
	commands := commandsOf(t, "docs/deploy.md", "CloudFormation")
	_, tar, _ := strings.Cut(commands, "tar ")
	tar, _, _ = strings.Cut(tar, "aws ")
	if err := os.Symlink(repositoryFile(t, "deploy"), h.file("deploy")); err != nil {
		t.Fatal(err)
	}
	h.write("jobs-agent", "")
	h.shell("tar " + tar + "\ntar -tzf jobs-agent.tgz >list")
	list := strings.Fields(readText(h.file("list")))
	start := readText(repositoryFile(t, "deploy/cloudformation/jobs-agent.yaml"))
	installs := regexp.MustCompile(`(?m)^ +install -m \d+ (.+) \S+$`).FindAllStringSubmatch(start, -1)
	if len(installs) < 6 {
		t.Fatalf("got %d lines that install something, want 6 at least", len(installs))
	}
	for _, line := range installs {
		for _, name := range strings.Fields(line[1]) {
			if !slices.Contains(list, name) {
				t.Errorf("%s is installed and not in the archive, which has %v", name, list)
			}
		}
	}
}

// The commands for systemd, below another root and without a running systemd.
func TestDocsInstallForSystemd(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"systemd-sysusers", "systemd-tmpfiles"} {
		if _, err := exec.LookPath(name); err != nil || os.Getuid() != 0 {
			t.Skipf("needs %s and root: %v", name, err)
		}
	}
	h := newHost(t, "")
	root := h.file("root")
	for _, dir := range []string{"usr/bin", "usr/lib/sysusers.d", "usr/lib/tmpfiles.d", "etc/systemd/system", "var/lib"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(repositoryFile(t, "deploy"), h.file("deploy")); err != nil {
		t.Fatal(err)
	}
	h.write("jobs-agent", "#!/bin/sh\n")
	commands := commandsOf(t, "docs/deploy.md", "systemd")
	commands, rest, ok := strings.Cut(commands, "systemctl daemon-reload\n")
	if !ok || !strings.HasPrefix(rest, "systemctl enable --now jobs-agent.service\njobs-agent health ") {
		t.Fatalf("the page does not end with what needs a running systemd:\n%s", rest)
	}
	commands = strings.NewReplacer(" /usr/", " "+root+"/usr/", " /etc/", " "+root+"/etc/", ">/etc/", ">"+root+"/etc/",
		"systemd-sysusers", "systemd-sysusers --root="+root, "--create", "--create --root="+root).Replace(commands)
	h.shell(commands)
	for name, want := range map[string]os.FileMode{
		"usr/bin/jobs-agent": 0o755, "etc/systemd/system/jobs-agent.service": 0o644, "etc/jobs-agent": 0o750,
		"etc/jobs-agent/redis.env": 0o600, "etc/jobs-agent/agent.env": 0o600, "var/lib/jobs-agent": 0o750,
	} {
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want it with %o", name, info, err, want)
		}
	}
}
