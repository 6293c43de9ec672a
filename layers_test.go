package jobs_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// house is the import table: which folders of this module each folder may
// import. A new folder needs a row here. "." is the root; a row NAME/... holds
// for everything below NAME; "*" allows every folder but internal/redistest. Tests may import besides
// what their row allows: the package they test, the root, internal/redistest and
// the column tests.
var house = map[string]row{
	".":                  {},
	"agent":              {imports: ". board calendar election logsink ticker worker runners scripts internal/alarm"},
	"board":              {imports: ". scripts calendar", tests: "worker internal/embedded"},
	"boardfile":          {imports: ". calendar"},
	"calendar":           {imports: ".", tests: "scripts"},
	"cmd/jobs-agent":     {imports: "*"},
	"deploy/...":         {tests: "deploy/internal/units"},
	"election":           {imports: ".", tests: "scripts"},
	"examples/...":       {imports: ". board worker runners"},
	"internal/alarm":     {},
	"internal/devstore":  {imports: "internal/embedded"},
	"internal/embedded":  {},
	"internal/gen":       {imports: ". scripts"},
	"internal/headtail":  {},
	"internal/measure":   {imports: ". board worker ticker internal/alarm"},
	"internal/pidone":    {},
	"internal/redistest": {imports: "internal/embedded"},
	"logsink":            {imports: "."},
	"internal/sdnotify":  {},
	"runners":            {imports: ". internal/headtail"},
	"scripts":            {imports: "."},
	"test/...":           {imports: "* internal/redistest"},
	"ticker":             {imports: ".", tests: "scripts"},
	"worker":             {imports: ". internal/headtail", tests: "scripts"},
}

// outside says which folders may use a module of somebody else, outside their
// tests. Modules without a row here may be used anywhere but in the root.
var outside = map[string]string{
	"github.com/aws":                    "logsink",
	"github.com/alicebob/miniredis":     "internal/embedded",
	"github.com/go-redsync/redsync":     "election",
	"github.com/goccy/go-yaml":          "boardfile",
	"go.yaml.in/yaml":                   "boardfile",
	"github.com/hashicorp/memberlist":   "agent",
	"github.com/prometheus":             "agent",
	"github.com/redis/go-redis":         "agent board election internal/devstore internal/measure internal/redistest scripts",
	"github.com/schollz/progressbar":    "cmd/jobs-agent",
	"github.com/spf13/cobra":            "cmd/jobs-agent",
	"github.com/xhit/go-str2duration":   "calendar cmd/jobs-agent",
	"github.com/netresearch/go-cron":    "calendar",
	"github.com/google/go-cmp":          "",
	"github.com/rogpeppe/go-internal":   "",
	"github.com/santhosh-tekuri":        "",
	"go.uber.org/goleak":                "",
	"pgregory.net/rapid":                "",
	"github.com/dustin/go-humanize":     "cmd/jobs-agent logsink",
	"github.com/coreos/go-systemd":      "deploy/internal/units",
	"golang.org/x/term":                 "cmd/jobs-agent",
	"github.com/anishathalye/porcupine": "",
}

// writers are the folders that may call what changes Redis.
const writers = "scripts election internal/devstore internal/measure internal/redistest"

func TestTheHouseStandsAsTheTableSays(t *testing.T) {
	t.Parallel()
	found, err := inspect(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range found {
		t.Error(fault)
	}
}

func TestTheTableHasNoCircle(t *testing.T) {
	t.Parallel()
	var walk func(folder string, path []string)
	walk = func(folder string, path []string) {
		if slices.Contains(path, folder) {
			t.Fatalf("a circle in the table: %s", strings.Join(append(path, folder), " -> "))
		}
		for _, next := range strings.Fields(house[folder].imports) {
			if next == "*" {
				continue // nothing imports such a folder
			}
			if _, ok := house[next]; !ok {
				t.Fatalf("the row of %s names %s, which has no row", folder, next)
			}
			walk(next, append(slices.Clone(path), folder))
		}
	}
	for folder := range house {
		walk(folder, nil)
	}
}

func TestInspectFindsPlantedFaults(t *testing.T) {
	t.Parallel()
	const redis = `import "github.com/redis/go-redis/v9"; var c *redis.Client; `
	tests := []struct{ name, file, text, want string }{
		{"an allowed import is no fault", "board/a.go", `package board; import _ "example.org/m/scripts"`, ""},
		{"a folder without a row", "extra/a.go", `package extra`, "extra: has no row"},
		{"a folder of a forbidden name", "board/util/a.go", `package util`, "board/util: says nothing by its name"},
		{"an import that its row does not allow", "ticker/a.go", `package ticker; import _ "example.org/m/scripts"`, "ticker/a.go: may not import scripts"},
		{"an arrow against the direction", "scripts/a.go", `package scripts; import _ "example.org/m/board"`, "scripts/a.go: may not import board"},
		{"the same arrow in a test", "scripts/a_test.go", `package scripts; import _ "example.org/m/board"`, "scripts/a_test.go: may not import board"},
		{"a test may import what it tests", "ticker/a_test.go", `package ticker_test; import _ "example.org/m/ticker"; import _ "example.org/m/scripts"`, ""},
		{"a test tool outside tests", "ticker/a.go", `package ticker; import _ "example.org/m/internal/redistest"`, "ticker/a.go: may not import internal/redistest"},
		{"a test tool in a test", "ticker/a_test.go", `package ticker; import _ "example.org/m/internal/redistest"`, ""},
		{"the root importing one of ours", "a.go", `package jobs; import _ "example.org/m/scripts"`, "a.go: may not import scripts"},
		{"the root importing one of others", "a.go", `package jobs; import _ "go.uber.org/zap"`, "a.go: the root may import the standard library only, not go.uber.org/zap"},
		{"a module outside its folder", "worker/a.go", `package worker; import _ "github.com/hashicorp/memberlist"`, "worker/a.go: may not import github.com/hashicorp/memberlist"},
		{"a module inside its folder", "agent/a.go", `package agent; import _ "github.com/hashicorp/memberlist"`, ""},
		{"a write to Redis", "board/a.go", `package board; ` + redis + `func f() { c.HSet(ctx, "k", "f", "v") }`, "board/a.go:1: calls HSet: only scripts writes to Redis"},
		{"a write in a pipeline", "board/a.go", `package board; ` + redis + `func f() { p := c.Pipeline(); p.LPush(r.Context(), "k", "v") }`, "board/a.go:1: calls LPush"},
		{"a script of one's own", "agent/a.go", `package agent; ` + redis + `var s = redis.NewScript("")`, "agent/a.go:1: calls NewScript"},
		{"a read of Redis is no fault", "board/a.go", `package board; ` + redis + `func f() { c.HGet(ctx, "k", "f") }`, ""},
		{"a header is no key", "agent/a.go", `package agent; ` + redis + `func f() { w.Header().Set("a", "b") }`, ""},
		{"a write in a test is no fault", "board/a_test.go", `package board; ` + redis + `func f() { c.HSet(ctx, "k", "f", "v") }`, ""},
		{"scripts writes", "scripts/a.go", `package scripts; ` + redis + `func f() { c.EvalSha(ctx, "", nil) }`, ""},
		{"a test tool in a program", "cmd/jobs-agent/a.go", `package main; import _ "example.org/m/internal/redistest"`, "cmd/jobs-agent/a.go: may not import internal/redistest"},
		{"a file that has grown too long", "board/a.go", "package board\n" + strings.Repeat("\n", 420), "board/a.go: has 421 lines, more than 420"},
		{"a module of its own is not looked at", "bench/a.go", `package bench; import _ "example.org/m/scripts"`, ""},
		{"hidden folders and test data are not looked at", ".tools/x/testdata/util/a.go", `package util`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			found, err := inspect(fstest.MapFS{
				"go.mod":       {Data: []byte("module example.org/m\n")},
				"bench/go.mod": {Data: []byte("module example.org/m/bench\n")},
				tt.file:        {Data: []byte(tt.text)},
			})
			got := strings.Join(found, "\n")
			if err != nil || (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}
