package devstore

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// maxSocketPath is what every system takes: Linux has room for 107 bytes, macOS
// for 103.
const maxSocketPath = 103

// DefaultDir answers where `jobs-agent dev` keeps its data: below the XDG state
// directory, ~/.local/state/jobs-agent/dev by default.
func DefaultDir() (string, error) {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find a data directory: %w; name one with --data", err)
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "jobs-agent", "dev"), nil
}

// findServer answers the path of an installed server, or nothing.
func findServer() string {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// runtimeFolders answers where the records of this user's stores may be: in the
// XDG runtime directory, or, for sessions without one, below /tmp.
func runtimeFolders() []string {
	var folders []string
	if xdg := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(xdg) {
		folders = append(folders, filepath.Join(xdg, "jobs-agent"))
	}
	return append(folders, filepath.Join("/tmp", "jobs-agent-"+strconv.Itoa(os.Getuid())))
}

// ownRuntimeFolder makes the first of the folders that can be made, and proves
// that it belongs to this user alone.
func ownRuntimeFolder() (string, error) {
	var faults []error
	for _, folder := range runtimeFolders() {
		err := os.Mkdir(folder, 0o700)
		if err == nil || errors.Is(err, fs.ErrExist) {
			err = private(folder)
		}
		if err == nil {
			return folder, nil
		}
		faults = append(faults, err)
	}
	return "", fmt.Errorf("find a runtime folder: %w", errors.Join(faults...))
}

// private tells why a folder may not be trusted: in /tmp anybody could have made
// it, to read the records or to plant some.
func private(folder string) error {
	info, err := os.Lstat(folder)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", folder)
	case !ok || int(stat.Uid) != os.Getuid():
		return fmt.Errorf("%s belongs to another user", folder)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s is open to other users: chmod 700 %s", folder, folder)
	}
	return nil
}

// socketFor answers the path of the server's socket: in the data directory, or,
// where that path would be too long for a socket, in the runtime folder.
func socketFor(dir, runtime string) string {
	path := filepath.Join(dir, "redis.sock")
	if len(path) <= maxSocketPath {
		return path
	}
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(runtime, fmt.Sprintf("%x.sock", sum[:8]))
}
