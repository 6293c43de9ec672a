package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// TestScripts runs each script of testdata against a Redis of its own. Besides the
// commands of testscript they have:
//
//	exits CODE COMMAND...        the command ends with that code
//	eventually PATTERN COMMAND.. its standard output matches, within 15 s
//	redis COMMAND...             a command to the Redis, its answer is the output
//	shape FILE                   the types of the last JSON output are those of FILE
//	matches FILE PATTERN         a background command's file matches, within 15 s
func TestScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 13 {
		t.Fatalf("got %d scripts, %v, want at least 13", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runScript(t, file)
		})
	}
}

func runScript(t *testing.T, file string) {
	server := redistest.Start(t, redistest.TCP())
	runtime, err := os.MkdirTemp("/tmp", "jobs-run-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(runtime) })
	rdb := server.Client()
	testscript.Run(t, testscript.Params{
		Files: []string{file},
		Setup: func(env *testscript.Env) error {
			host, port, _ := strings.Cut(server.Addr(), ":")
			env.Setenv("JOBS_REDIS", server.URL())
			env.Setenv("HOST", host)
			env.Setenv("PORT", port)
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("XDG_RUNTIME_DIR", runtime)
			env.Setenv("REPO", repository(t))
			return os.Mkdir(filepath.Join(env.WorkDir, "home"), 0o700)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":      exits,
			"eventually": eventually,
			"shape":      shape,
			"matches":    matches,
			"redis": func(ts *testscript.TestScript, _ bool, args []string) {
				words := make([]any, len(args))
				for i, arg := range args {
					words[i] = arg
				}
				answer, err := rdb.Do(t.Context(), words...).Result()
				ts.Check(err)
				ts.Logf("%v", answer)
			},
		},
	})
}

func repository(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var ended *exec.ExitError
		if !errors.As(err, &ended) {
			ts.Check(err)
		}
		got = ended.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code: got %d, want %d", got, want)
	}
}

func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN COMMAND...")
	}
	pattern := regexp.MustCompile("(?m)" + args[0])
	within(ts, args[0], func() bool {
		return ts.Exec(args[1], args[2:]...) == nil && pattern.MatchString(ts.ReadFile("stdout"))
	})
}

func matches(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: matches FILE PATTERN")
	}
	pattern := regexp.MustCompile("(?m)" + args[1])
	within(ts, args[1], func() bool {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		return err == nil && pattern.Match(text)
	})
}

// within looks until something has come, or too much time has gone.
func within(ts *testscript.TestScript, what string, come func() bool) {
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	deadline := time.After(15 * time.Second)
	for !come() {
		select {
		case <-look.C:
		case <-deadline:
			ts.Fatalf("did not come within 15 s: %s", what)
		}
	}
}
