package units

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// targets are the units of systemd that services depend on, by word or by default.
const targets = "sysinit.target basic.target shutdown.target multi-user.target network-online.target system.slice " +
	"-.slice sockets.target timers.target paths.target slices.target local-fs.target swap.target tmp.mount var.mount " +
	"docker.service systemd-journald.socket"

var paths = regexp.MustCompile(`(?m)^Exec[A-Za-z]+=[-@:+!]*(/\S+)`)

// Verify answers what systemd-analyze verify says of units, given by their names
// and texts; nothing when it finds no mistake. Dir is an empty folder that becomes the root of a
// host which has what the units start.
func Verify(ctx context.Context, dir string, texts map[string]string) (string, error) {
	folder := filepath.Join(dir, "etc/systemd/system")
	files := map[string]string{}
	for _, target := range strings.Fields(targets) {
		files[filepath.Join(folder, target)] = stub(target)
	}
	args := []string{"verify", "--man=no", "--root=" + dir}
	for name, text := range texts {
		files[filepath.Join(folder, name)] = text
		for _, found := range paths.FindAllStringSubmatch(text, -1) {
			files[filepath.Join(dir, found[1])] = "#!/bin/sh\n"
		}
		if !strings.HasSuffix(name, ".conf") {
			args = append(args, filepath.Join("/etc/systemd/system", strings.Replace(name, "@.", "@1.", 1)))
		}
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return "", err
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			return "", err
		}
	}
	out, err := exec.CommandContext(ctx, "systemd-analyze", args...).CombinedOutput()
	if err != nil && len(out) == 0 {
		return "", fmt.Errorf("systemd-analyze verify: %w", err)
	}
	return string(out), nil
}

// stub is a unit that is there and does nothing.
func stub(name string) string {
	text := "[Unit]\nDescription=" + name + "\n"
	switch filepath.Ext(name) {
	case ".service":
		text += "[Service]\nExecStart=/bin/sh\n"
	case ".socket":
		text += "[Socket]\nListenStream=/run/x\n"
	case ".mount":
		text += "[Mount]\nWhat=tmpfs\nWhere=/" + strings.TrimSuffix(name, ".mount") + "\n"
	}
	return text
}

// Exposure runs systemd-analyze security on a unit with drop-ins and answers its
// report, and an error when the exposure is over most, in tenths.
func Exposure(ctx context.Context, dir, name, text string, dropIns map[string]string, most int) (string, error) {
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", err
	}
	for dropIn, text := range dropIns {
		if err := os.MkdirAll(file+".d", 0o700); err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(file+".d", dropIn), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	out, err := exec.CommandContext(ctx, "systemd-analyze", "security", "--no-pager", "--offline=true",
		fmt.Sprintf("--threshold=%d", most), file).CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("systemd-analyze security: %w", err)
	}
	return string(out), nil
}
