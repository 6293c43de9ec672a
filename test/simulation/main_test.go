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
