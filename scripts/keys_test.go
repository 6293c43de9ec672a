package scripts

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs"
)

func TestThePrefixHasTheOrderThatTheCommandsExpect(t *testing.T) {
	t.Parallel()
	text, err := fs.ReadFile(files, "lib/keys.lua")
	if err != nil {
		t.Fatal(err)
	}
	k, err := For("b")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, m := range regexp.MustCompile(`(\w+) = KEYS\[(\d+)\]`).FindAllStringSubmatch(string(text), -1) {
		if m[2] != num(float64(i+1)) {
			t.Errorf("%s is KEYS[%s], in place %d", m[1], m[2], i+1)
		}
		want = append(want, strings.TrimSuffix("b:"+m[1], ":board"))
	}
	if got := k.Prefix(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTheReadmeNamesThePrefix(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	k, err := For("jobs")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Join(k.Prefix(), " "); !strings.Contains(strings.Join(strings.Fields(string(text)), " "), want) {
		t.Errorf("README.md does not list the prefix %s", want)
	}
}

func TestKnownFindsTheRowOfAKey(t *testing.T) {
	t.Parallel()
	k, err := For("{a}")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ key, want string }{
		{"{a}", "B"},
		{"commands", "commands"},
		{"{a}:schedule", "B:schedule"},
		{"{a}:queue:shell", "B:queue:TYPE"},
		{"{a}:queue:with:colons", "B:queue:TYPE"},
		{"{a}:queue:", "B:queue:TYPE"},
		{"{a}:runs:queue:x", "B:runs:JOB"},
		{"{a}:runners", "B:runners"},
		{"{a}:plan", "B:plan"},
		{"{a}:want", "B:want"},
		{"{a}:outputs", "B:outputs"},
		{"{a}:output:x", "B:output:JOB"},
		{"{a}:queue", ""},
		{"{a}:schedule:x", ""},
		{"{a}:unknown", ""},
		{"{a}x", ""},
		{"other", ""},
		{"other:schedule", ""},
		{"", ""},
	}
	for _, tt := range tests {
		row, known := k.Known(tt.key)
		if row.Name != tt.want || known != (tt.want != "") {
			t.Errorf("%q: got row %q, %v, want %q", tt.key, row.Name, known, tt.want)
		}
	}
}

func TestTheTableNamesEachKeyOnceWithATypeOfRedis(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range Table() {
		if seen[row.Name] || !slices.Contains([]string{"hash", "list", "set", "zset", "stream", "string"}, row.Type) || row.Members == "" || row.Lifetime == "" {
			t.Errorf("row %+v", row)
		}
		seen[row.Name] = true
	}
}

func TestNamesOfBoards(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{
		"jobs": true, "{jobs}": true, "é": true, "a.b-c_d": true, strings.Repeat("x", 128): true,
		"": false, "a:b": false, "a b": false, "a\n": false, "a\tb": false, "commands": false, strings.Repeat("x", 129): false,
	} {
		if _, err := For(name); (err == nil) != good || !good && !errors.Is(err, jobs.ErrInvalid) {
			t.Errorf("board %q: got %v, want it accepted: %v", name, err, good)
		}
	}
}
