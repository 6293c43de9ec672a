package main

import (
	"context"
	"fmt"
	"os"
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
//	exits CODE jobs-agent ...          the program ends with that code
//	eventually PATTERN jobs-agent ...  its standard output matches, within 30 s
//	redis COMMAND...                   a command to the Redis
//	shape FILE                         the types of the last JSON output are those of FILE
//	matches FILE PATTERN               what a program writes there matches, within 30 s
func TestScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 12 {
		t.Fatalf("got %d scripts, %v, want at least 12", len(files), err)
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

// exits runs the program in this process, which is much quicker than starting it.
// "< FILE" at the end is its standard input. Relative names of files are not those
// of the script: write $WORK/name.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || args[1] != "jobs-agent" {
		ts.Fatalf("usage: exits CODE jobs-agent ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	stdin := ""
	if n := len(args); args[n-2] == "<" {
		stdin, args = ts.ReadFile(args[n-1]), args[:n-2]
	}
	if got := inProcess(ts, stdin, args[2:]); got != want {
		ts.Fatalf("exit code: got %d, want %d", got, want)
	}
}

func inProcess(ts *testscript.TestScript, stdin string, args []string) int {
	code, stdout, stderr := invoke(context.Background(), ts.Getenv, stdin, args...)
	fmt.Fprint(ts.Stdout(), stdout)
	fmt.Fprint(ts.Stderr(), stderr)
	return code
}

// eventually asks until the answer matches: in this process, or, behind exec, by
// starting the program.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN [exec] jobs-agent ARG...")
	}
	pattern := regexp.MustCompile("(?m)" + args[0])
	last := ""
	within(ts, args[0], func() bool {
		if args[1] == "exec" {
			if ts.Exec(args[2], args[3:]...) != nil {
				return false
			}
			last = ts.ReadFile("stdout")
			return pattern.MatchString(last)
		}
		_, last, _ = invoke(context.Background(), ts.Getenv, "", args[2:]...)
		return pattern.MatchString(last)
	})
	fmt.Fprint(ts.Stdout(), last)
	fmt.Fprint(ts.Stderr(), "")
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
	deadline := time.After(30 * time.Second)
	for !come() {
		select {
		case <-look.C:
		case <-deadline:
			ts.Fatalf("did not come within 30 s: %s", what)
		}
	}
}
