package redistest

import (
	"errors"
	"os"
	"os/exec"
)

// binaryVariable names the environment variable that chooses the server.
const binaryVariable = "JOBS_TEST_REDIS"

var errNoServer = errors.New("no redis-server or valkey-server in PATH: " +
	"install one (Debian, Ubuntu: apt-get install redis-server; Fedora: dnf install valkey; " +
	"Alpine: apk add redis; Arch: pacman -S valkey; macOS: brew install redis) " +
	"or name one in " + binaryVariable)

// findBinary answers the server that JOBS_TEST_REDIS names, or the first one in
// PATH.
func findBinary() (string, error) {
	if named := os.Getenv(binaryVariable); named != "" {
		return exec.LookPath(named)
	}
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoServer
}
