package runners_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs/runners"
)

const secretValue = "s3cr3t/of the+house"

func secretFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestASecretReachesTheProgramAndIsMaskedInItsOutput(t *testing.T) {
	t.Setenv("AGENTS_OWN", secretValue)
	file := secretFile(t, secretValue+"\n")
	s := supervisor(t)
	places := map[string]runners.Secret{
		"a file":              {File: file},
		"a variable":          {Env: "AGENTS_OWN"},
		"what a command says": {Command: "cat " + file},
	}
	tests := []struct{ name, payload, want string }{
		{"the program has it", `test "$KEY" = '` + secretValue + `' && echo yes`, "yes\n"},
		{"printed at once", `echo "<$KEY>"`, "<***>\n"},
		{"on standard error", `echo "<$KEY>" >&2`, "<***>\n"},
		// The writes are apart in time, so the agent reads the first before the second.
		{"split over two writes", `printf %s "<${KEY%house}"; sleep 0.2; echo "house>"`, "<***>\n"},
		{"letter by letter", `printf %s "$KEY" | fold -w1 | while IFS= read -r c || test -n "$c"; do printf %s "$c"; done`, "***"},
		{"in base64", `printf %s "$KEY" | base64`, "***\n"},
		{"its beginning alone", `echo "${KEY%house}"`, "s3cr3t/of the+\n"},
		{"behind much else", `head -c 300000 /dev/zero | tr '\0' x | wc -c; echo "$KEY"`, "300000\n***\n"},
	}
	for place, secret := range places {
		r := runner(t, "shell", runners.Config{Supervisor: s, Secrets: map[string]runners.Secret{"KEY": secret}})
		for _, tt := range tests {
			t.Run(place+"/"+tt.name, func(t *testing.T) {
				out, err := run(t, r, tt.payload)
				if strings.Contains(out, secretValue) || err != nil {
					t.Fatalf("got %q, %v, want nothing of the secret", out, err)
				}
				if tt.want != "" && out != tt.want {
					t.Errorf("got %q, want %q", out, tt.want)
				}
			})
		}
	}
}

func TestASecretIsMaskedInErrorsToo(t *testing.T) {
	t.Parallel()
	file := secretFile(t, "no-such-program")
	r := runner(t, "exec", runners.Config{Supervisor: supervisor(t), Secrets: map[string]runners.Secret{"KEY": {File: file}}})
	_, err := run(t, r, `["no-such-program"]`)
	if err == nil || strings.Contains(err.Error(), "no-such-program") || !strings.Contains(err.Error(), "***") {
		t.Errorf("got %v, want an error with *** for the secret", err)
	}
}

func TestWhatIsNoSecretIsRefused(t *testing.T) {
	t.Parallel()
	s := supervisor(t)
	tests := []struct {
		name, variable string
		secret         runners.Secret
		want           string
	}{
		{"a short one", "KEY", runners.Secret{File: secretFile(t, "12345\n")}, "has 5 bytes, at least 6"},
		{"a long one", "KEY", runners.Secret{File: secretFile(t, strings.Repeat("x", 20000))}, "at most 16384"},
		{"a NUL byte", "KEY", runners.Secret{File: secretFile(t, "abc\x00defg")}, "NUL"},
		{"no such file", "KEY", runners.Secret{File: "/nowhere/at/all"}, "no such file"},
		{"no such variable", "KEY", runners.Secret{Env: "NO_SUCH_VARIABLE"}, "no such variable"},
		{"a command that fails", "KEY", runners.Secret{Command: "exit 3"}, "exit status 3"},
		{"no place", "KEY", runners.Secret{}, "exactly one of"},
		{"two places", "KEY", runners.Secret{File: "/a", Env: "B"}, "exactly one of"},
		{"a name that is none", "1KEY", runners.Secret{Env: "B"}, "letters, digits"},
		{"a name of ours", "JOBS_RUN_ID", runners.Secret{Env: "B"}, "tells programs of their run"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := runners.New("shell", runners.Config{Supervisor: s, Secrets: map[string]runners.Secret{tt.variable: tt.secret}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestARunnerThatStartsNoProgramTakesNoneOfItsSettings(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"http", "console"} {
		for name, c := range map[string]runners.Config{
			"a secret": {Secrets: map[string]runners.Secret{"KEY": {Env: "X"}}}, "a user": {Bounds: runners.Bounds{User: "root"}}, "a folder": {Dir: "/"},
		} {
			if err := runners.Check(kind, c); err == nil || !strings.Contains(err.Error(), "starts no program") {
				t.Errorf("%s with %s: got %v, want that it starts no program", kind, name, err)
			}
		}
	}
	if err := runners.Check("shell", runners.Config{Secrets: map[string]runners.Secret{"KEY": {Command: "exit 1"}}}); err != nil {
		t.Errorf("a check reads secrets: %v", err)
	}
}
