package runners_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs/runners"
)

func TestNewKnowsItsTypesAndSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := supervisor(t)
	tests := []struct{ spec, kind, err string }{
		{"shell", "shell", ""},
		{"exec", "exec", ""},
		{"console", "console", ""},
		{"mail=sendmail -t", "mail", ""},
		{"shell=my-shell --opt=1", "shell", ""},
		{"log=logger -- {payload}", "log", ""},
		{"log=echo it\\'s {payload}", "log", ""},
		{"http", "http", ""},
		{"ftp", "", "ftp=COMMAND"},
		{"", "", "want TYPE"},
		{"=x", "", "want TYPE"},
		{"a\nb=x", "", "want TYPE"},
		{"x=", "", "the command is empty"},
		{"x=  ", "", "the command is empty"},
		{"x=a\x00b", "", "NUL"},
		{"x=echo '{payload}'", "", "between quotes"},
		{`x=echo "a {payload}"`, "", "between quotes"},
		{`x=echo "a\" {payload}"`, "", "between quotes"},
		{"x=echo ${payload}", "", "after a $"},
		{`x=echo \{payload}`, "", `after a \`},
	}
	for _, tt := range tests {
		t.Run(tt.spec, func(t *testing.T) {
			t.Parallel()
			kind, r, err := runners.New(tt.spec, runners.Config{Supervisor: s})
			if tt.err == "" {
				if kind != tt.kind || r == nil || err != nil {
					t.Errorf("got %q, %v, %v, want %q", kind, r, err, tt.kind)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.err) || r != nil {
				t.Errorf("got %v, want an error with %q", err, tt.err)
			}
		})
	}
	if _, _, err := runners.New("shell", runners.Config{}); err == nil || !strings.Contains(err.Error(), "supervisor") {
		t.Errorf("without a supervisor: got %v", err)
	}
	if _, _, err := runners.New("shell", runners.Config{Supervisor: s, Set: []string{"X"}}); err == nil || !strings.Contains(err.Error(), "NAME=VALUE") {
		t.Errorf("with a bad variable: got %v", err)
	}
}

func TestConsolePrintsThePayload(t *testing.T) {
	t.Parallel()
	out, err := run(t, runner(t, "console", runners.Config{}), "hello\x00 {payload}")
	if want := "hello\x00 {payload}\n"; out != want || err != nil {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
}

func TestExecTakesArgumentsAsTheyAre(t *testing.T) {
	t.Parallel()
	r := runner(t, "exec", runners.Config{Supervisor: supervisor(t)})
	long := strings.Repeat("x", 131072)
	tests := []struct{ name, payload, out, err string }{
		{"plain arguments", `["printf","%s|","a b","$(id)","*","é",""]`, "a b|$(id)|*|é||", ""},
		{"escapes", `["printf","%s|","\u00e9\ud83d\ude00\n","\ufffd"]`, "é\U0001F600\n|\uFFFD|", ""},
		{"space around", " [ \"echo\" , \"x\" ] \n", "x\n", ""},
		{"the longest argument", `["/bin/sh","-c","echo ${#1}","sh","` + long[1:] + `"]`, "131071\n", ""},
		{"arguments of a megabyte in all", `["/bin/sh","-c","echo $#","sh"` + strings.Repeat(`,"`+long[:100000]+`"`, 10) + `]`, "10\n", ""},
		{"too long an argument", `["echo","` + long + `"]`, "", "item 1 has 131072 bytes, an argument at most 131071"},
		{"too many of them", `["echo"` + strings.Repeat(`,"`+long[:100000]+`"`, 80) + `]`, "", "too large"},
		{"an object", `{"a":1}`, "", "want a JSON array of strings"},
		{"no JSON", `date -u`, "", "want a JSON array of strings"},
		{"empty text", ``, "", "want a JSON array of strings"},
		{"more after the array", `["a"] ["b"]`, "", "want a JSON array of strings"},
		{"null", `null`, "", "begins with the program, got none"},
		{"an empty array", `[]`, "", "begins with the program, got none"},
		{"a number", `["echo",1]`, "", "item 1 is no string: 1"},
		{"a null", `["echo",null]`, "", "item 1 is no string: null"},
		{"an empty program", `["","x"]`, "", "the program, is empty"},
		{"NUL", `["echo","a\u0000b"]`, "", "item 1 holds a NUL byte"},
		{"half a pair", `["echo","\ud800x"]`, "", "half a surrogate pair"},
		{"no UTF-8", "[\"echo\",\"\xff\"]", "", "not UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, err := run(t, r, tt.payload)
			check(t, out, err, tt.out, tt.err)
		})
	}
}

func check(t *testing.T, out string, err error, wantOut, wantErr string) {
	t.Helper()
	if out != wantOut {
		t.Errorf("output: got %.200q, want %.200q", out, wantOut)
	}
	if (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
		t.Errorf("got error %.300v, want %q", err, wantErr)
	}
}

func TestShellTakesLongPayloadsAndRefusesNUL(t *testing.T) {
	t.Parallel()
	r := runner(t, "shell", runners.Config{Supervisor: supervisor(t)})
	long := func(script string, size int) string {
		return script + "\n: " + strings.Repeat("x", size) + "\necho end $0"
	}
	tests := []struct{ name, payload, out, err string }{
		{"100 KiB", long("echo a", 100<<10-30), "a\nend /bin/sh\n", ""},
		{"more than 128 KiB", long("echo a", 140<<10), "a\nend /bin/sh\n", ""},
		{"1 MiB, with a program that reads its empty input", long("cat; echo a", 1<<20), "a\nend /bin/sh\n", ""},
		{"a long payload that exits", long("echo a; exit 4", 200<<10), "a\n", "exit code 4"},
		{"NUL", "echo a\x00b", "", "holds a NUL byte"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, err := run(t, r, tt.payload)
			check(t, out, err, tt.out, tt.err)
		})
	}
}

func TestCommandGetsTheRunOnItsInput(t *testing.T) {
	t.Parallel()
	a, out := attempt(t, "p")
	a.Text = `{"run":"x","payload":"` + strings.Repeat("é", 1<<20) + `","n":12345678901234567890,"e":[]}`
	r := runner(t, "mail=cat; cat", runners.Config{Supervisor: supervisor(t)})
	if err := r.Run(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if out.String() != a.Text {
		t.Errorf("got %d bytes, want the %d of the run as they are", len(out.String()), len(a.Text))
	}
	a.Output = &printed{}
	if err := runner(t, "deaf=true", runners.Config{Supervisor: supervisor(t)}).Run(t.Context(), a); err != nil {
		t.Errorf("a program that reads nothing: %v", err)
	}
}

func TestNothingInAPayloadIsExecuted(t *testing.T) {
	t.Parallel()
	s := supervisor(t)
	dir := t.TempDir()
	r := runner(t, "log=printf '%s|' a {payload} b-{payload}; cat; ls", runners.Config{Supervisor: s, Dir: dir})
	for _, payload := range []string{
		"$(touch x)", "`touch x`", "'; touch x; '", `"; touch x; "`, "; touch x", "| touch x", "&& touch x", "\ntouch x\n",
		"a b  *", "", "-n", "{payload}", "$1", `\`, "\xff'\"$",
	} {
		a, out := attempt(t, payload)
		a.Text = "not for the input"
		err := r.Run(t.Context(), a)
		if want := "a|" + payload + "|b-" + payload + "|"; out.String() != want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", payload, out, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "x")); err == nil {
		t.Error("a payload was executed")
	}
	for payload, want := range map[string]string{"a\x00b": "NUL", strings.Repeat("x", 131072): "131072 bytes"} {
		out, err := run(t, r, payload)
		check(t, out, err, "", want)
	}
}

func TestAProgramThatCannotBeStartedSaysWhy(t *testing.T) {
	t.Parallel()
	s := supervisor(t)
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return file
	}
	plain := write("plain", "x", 0o644)
	odd := write("odd", "#!/no/such/interpreter\n", 0o755)
	none := write("none", "\x01\x02", 0o755)
	tests := []struct{ name, payload, dir, want string }{
		{"a program that is nowhere", `["no-such-thing"]`, "", `start "no-such-thing": not found in PATH "` + dir + `:rel"`},
		{"one that may not be executed", `["plain"]`, "", `start "plain": found in PATH "` + dir + `:rel", but it may not be executed`},
		{"a path that is nowhere", `["/no/such"]`, "", `run "/no/such": /no/such: no such file or directory`},
		{"a path that may not be executed", `["` + plain + `"]`, "", plain + ": permission denied"},
		{"a folder", `["` + dir + `"]`, "", dir + ": permission denied"},
		{"a missing interpreter", `["` + odd + `"]`, "", odd + " is there, but not the interpreter that it names"},
		{"no program at all", `["none"]`, "", none + " is neither a program of this machine nor a script"},
		{"a missing folder", `["/bin/echo"]`, "/no/folder", "the folder to start it in: stat /no/folder: no such file or directory"},
		{"a file for a folder", `["/bin/echo"]`, plain, "the folder to start it in, \"" + plain + "\", is none"},
		{"a relative path", `["./no"]`, dir, `: no such file or directory (in folder "` + dir + `")`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := runner(t, "exec", runners.Config{Supervisor: s, Dir: tt.dir, Set: []string{"PATH=" + dir + ":rel"}})
			out, err := run(t, r, tt.payload)
			check(t, out, err, "", tt.want)
		})
	}
}
