package simulation

import (
	"os"
	"runtime/debug"
	"testing"

	"github.com/jobs-agent/jobs/scripts"
)

func TestMain(m *testing.M) {
	scripts.Quiet()
	debug.SetGCPercent(400) // the embedded store makes a Lua machine for each script
	os.Exit(m.Run())
}

// takesLong skips a test that make test runs without the race detector, unless
// JOBS_CHAOS=1 wants it with that as well.
func takesLong(t *testing.T) {
	t.Helper()
	if testing.Short() || underRace && os.Getenv("JOBS_CHAOS") == "" {
		t.Skip("it takes half a minute, and minutes under the race detector; JOBS_CHAOS=1 asks for it")
	}
}
