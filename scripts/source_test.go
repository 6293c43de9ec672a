package scripts

import (
	"context"
	"crypto/sha1"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

const header = "-- JX: does something.\n-- More of it.\n-- KEYS: a b\n-- ARGV: c\n-- Returns: d\n-- Errors: INVALID\n"

func lua(files map[string]string) fs.FS {
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

func TestAHeaderIsRead(t *testing.T) {
	t.Parallel()
	sources, err := readSources(lua(map[string]string{"jx.lua": header + "-- Since: 2014\n-- And more.\nreturn 1 -- KEYS: not this\n-- KEYS: nor this\n"}))
	if err != nil {
		t.Fatal(err)
	}
	got := sources[0]
	got.Text, got.SHA = "", ""
	want := Source{Name: "jx", Purpose: "does something.", Notes: "More of it. And more.", Keys: "a b", Args: "c", Returns: "d", Errors: "INVALID", Since: "2014"}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAHeaderMayBeRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"nothing at all", "", `command jx: the header has no line "KEYS"`},
		{"code without a header", "return 1\n", `command jx: the header has no line "KEYS"`},
		{"another command's name", strings.Replace(header, "JX", "JY", 1), "command jx: the header says JY"},
		{"no purpose", strings.Replace(header, "-- JX: does something.\n", "", 1), `command jx: the header does not begin with "JX: ..."`},
		{"no keys", strings.Replace(header, "-- KEYS: a b\n", "", 1), `command jx: the header has no line "KEYS"`},
		{"no arguments", strings.Replace(header, "-- ARGV: c\n", "", 1), `command jx: the header has no line "ARGV"`},
		{"no reply", strings.Replace(header, "-- Returns: d\n", "", 1), `command jx: the header has no line "Returns"`},
		{"no errors", strings.Replace(header, "-- Errors: INVALID\n", "", 1), `command jx: the header has no line "Errors"`},
		{"lines behind the code do not count", strings.Replace(header, "-- ARGV", "local x\n-- ARGV", 1), `command jx: the header has no line "ARGV"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := readSources(lua(map[string]string{"jx.lua": tt.text}))
			if fmt.Sprint(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestIncludesArePutInOnceAndInOrder(t *testing.T) {
	t.Parallel()
	sources, err := readSources(lua(map[string]string{
		"jx.lua": header + "-- @include b\n-- @include a\nreturn a() + b()\n", "lib/a.lua": "-- Why.\nlocal function a() return 1 end\n",
		"lib/b.lua": "-- @include a\nlocal function b() return a() end\n\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := "local function a() return 1 end\nlocal function b() return a() end\nreturn a() + b()\n"
	if sources[0].Text != want {
		t.Errorf("got\n%s\nwant\n%s", sources[0].Text, want)
	}
	if sum := fmt.Sprintf("%x", sha1.Sum([]byte(want))); sources[0].SHA != sum {
		t.Errorf("SHA1: got %s, want %s", sources[0].SHA, sum)
	}
}

func TestIncludesMayBeRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"one that is missing", map[string]string{"jx.lua": header + "-- @include a\n"}, `assemble command: jx.lua includes "a": open lib/a.lua`},
		{"one that is missing further down", map[string]string{"jx.lua": header + "-- @include a\n", "lib/a.lua": "-- @include b\n"}, `assemble command: lib/a.lua includes "b": open lib/b.lua`},
		{"one that includes itself", map[string]string{"jx.lua": header + "-- @include a\n", "lib/a.lua": "-- @include a\n"}, "assemble command: a includes itself through lib/a.lua"},
		{"a circle", map[string]string{"jx.lua": header + "-- @include a\n", "lib/a.lua": "-- @include b\n", "lib/b.lua": "-- @include a\n"}, "assemble command: a includes itself through lib/b.lua"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := readSources(lua(tt.files)); !strings.HasPrefix(fmt.Sprint(err), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestEveryLibraryFileIsUsedAndHoldsOneFunction(t *testing.T) {
	t.Parallel()
	used, err := includes(files)
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(files, "lib/*.lua")
	if err != nil || len(names) == 0 {
		t.Fatal("no library files", err)
	}
	outer := regexp.MustCompile(`(?m)^(local )?function (\w+)`)
	for _, file := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "lib/"), ".lua")
		if !slices.Contains(used, name) {
			t.Errorf("%s is used by nobody", file)
		}
		text, err := fs.ReadFile(files, file)
		if err != nil {
			t.Fatal(err)
		}
		found := outer.FindAllStringSubmatch(string(text), -1)
		if len(found) != 1 || found[0][1] != "local " || found[0][2] != name {
			t.Errorf("%s holds %v, want one local function %s", file, found, name)
		}
	}
	unused, err := includes(lua(map[string]string{"jx.lua": header + "-- @include a\n", "lib/a.lua": "", "lib/b.lua": ""}))
	if err != nil || !slices.Equal(unused, []string{"a"}) {
		t.Errorf("includes: got %v, %v, want a alone", unused, err)
	}
}

func TestEveryCommandFileIsShort(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(files, "*.lua")
	if err != nil || len(names) < 20 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n > 80 {
			t.Errorf("%s has %d lines, more than 80", name, n)
		}
	}
}

func TestEveryCommandLoadsUnderItsSHA(t *testing.T) {
	t.Parallel()
	sources, err := Sources()
	if err != nil {
		t.Fatal(err)
	}
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		for _, s := range sources {
			got, err := rdb.ScriptLoad(context.Background(), s.Text).Result()
			if err != nil || got != s.SHA || got != fmt.Sprintf("%x", sha1.Sum([]byte(s.Text))) {
				t.Errorf("load %s: got %s, %v, want %s", s.Name, got, err, s.SHA)
			}
		}
	})
}
