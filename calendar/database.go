package calendar

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// embedded is the version of the database that the toolchain puts into programs
// which import time/tzdata. A test compares it with the toolchain.
const embedded = "2025c"

// Database names the version of the time zone database that zones are read from,
// such as 2026a: the host's, as time.LoadLocation prefers it, or the embedded one.
// It is 0 when the host's does not tell its version.
func Database() string {
	sources := []string{"/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"}
	if own := os.Getenv("ZONEINFO"); own != "" {
		sources = append([]string{own}, sources...)
	}
	for _, dir := range sources {
		if _, err := os.Stat(filepath.Join(dir, "Europe", "Brussels")); err == nil {
			return versionIn(dir)
		}
	}
	return embedded
}

// versionIn reads the version of a folder of zones, which stands in the first line
// of one of two files.
func versionIn(dir string) string {
	for _, name := range []string{"+VERSION", "tzdata.zi"} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		line, _ := bufio.NewReader(f).ReadString('\n')
		_ = f.Close()
		version := strings.TrimSpace(strings.TrimPrefix(line, "# version "))
		if regexp.MustCompile(`^20\d\d[a-z]+$`).MatchString(version) {
			return version
		}
	}
	return "0"
}
