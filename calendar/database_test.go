package calendar_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs/calendar"
)

// The embedded database has no version inside, so that of the toolchain is written
// down in database.go, and has to be changed there with the toolchain.
func TestTheEmbeddedDatabaseIsThatOfTheToolchain(t *testing.T) {
	t.Parallel()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("there is no go command: ", err)
	}
	script, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "update.bash"))
	if err != nil {
		t.Skip("the toolchain does not tell: ", err)
	}
	found := regexp.MustCompile(`(?m)^DATA=(20\d\d[a-z])$`).FindSubmatch(script)
	source, err := os.ReadFile("database.go")
	if err != nil || found == nil {
		t.Fatalf("no version in update.bash, or no source: %v", err)
	}
	if want := `embedded = "` + string(found[1]) + `"`; !strings.Contains(string(source), want) {
		t.Errorf("database.go does not say %s, which the toolchain embeds", want)
	}
}

func TestTheDatabaseInForceIsNamed(t *testing.T) {
	tests := []struct{ name, file, text, want string }{
		{"tzdata.zi, as Debian has it", "tzdata.zi", "# version 2031b\n# This zic input file\n", "2031b"},
		{"+VERSION, as BSD and macOS have it", "+VERSION", "2031a\n", "2031a"},
		{"a database that does not tell", "other", "", "0"},
		{"a version of its own", "tzdata.zi", "# version unknown 5\n", "0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("ZONEINFO", dir)
			if err := os.Mkdir(filepath.Join(dir, "Europe"), 0o700); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{tt.file, "Europe/Brussels"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(tt.text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := calendar.Database(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
