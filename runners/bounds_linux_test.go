package runners_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/runners"
)

// bounded starts a supervisor for programs within bounds, and a shell of it.
func bounded(t *testing.T, b runners.Bounds, c runners.Config) func(payload string) (string, error) {
	t.Helper()
	s, err := runners.StartBounded(b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c.Supervisor, c.Bounds = s, b
	r := runner(t, "shell", c)
	return func(payload string) (string, error) { return run(t, r, payload) }
}

func TestProgramsRunWithinTheirLimits(t *testing.T) {
	t.Parallel()
	b := runners.Bounds{Umask: "027", Nice: 5, Files: 123, FileSize: 8192}
	do := bounded(t, b, runners.Config{Dir: "/tmp"})
	file := filepath.Join(t.TempDir(), "file")
	tests := []struct{ name, payload, want string }{
		{"umask", "umask", "0027\n"},
		{"nice", "cut -d' ' -f19 /proc/self/stat", "5\n"},
		{"files, the soft and the hard limit", "ulimit -Sn; ulimit -Hn", "123\n123\n"},
		{"the size of a file", "head -c 9000 /dev/zero >" + file + " 2>/dev/null; wc -c <" + file, "8192\n"},
		{"the folder", "pwd", "/tmp\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := do(tt.payload)
			if out != tt.want || err != nil {
				t.Errorf("got %q, %v, want %q", out, err, tt.want)
			}
		})
	}
}

func TestProgramsRunAsTheirUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root may run programs as somebody else")
	}
	do := bounded(t, runners.Bounds{User: "nobody", Processes: 40}, runners.Config{Dir: "/"})
	tests := []struct{ name, payload, want string }{
		{"user, group and further groups", `test "$(id -u)" = "$(id -u nobody)" && test "$(id -g)" = "$(id -g nobody)" && test "$(id -G)" = "$(id -G nobody)" && echo yes`, "yes\n"},
		{"no way back", `setpriv --reuid 0 true 2>/dev/null || echo none`, "none\n"},
		{"its name in the environment", "echo $USER $LOGNAME", "nobody nobody\n"},
		{"its output can be opened again", "echo yes >/dev/stdout; echo no >/dev/stderr", "yes\nno\n"},
		{"a long payload", "echo yes #" + strings.Repeat("x", 200<<10), "yes\n"},
		{"processes", "ulimit -u 2>/dev/null || ulimit -p", "40\n"},
		{"too many processes", "for i in $(seq 60); do sleep 5 & done 2>/dev/null; kill $(jobs -p) 2>/dev/null; echo over", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := do(tt.payload)
			if tt.want == "" && err == nil {
				t.Errorf("got %q and no error, want that it cannot start them all", out)
			}
			if tt.want != "" && (out != tt.want || err != nil) {
				t.Errorf("got %q, %v, want %q", out, err, tt.want)
			}
		})
	}
	t.Run("a file that it may not read", func(t *testing.T) {
		file := secretFile(t, "of root")
		if out, err := do("cat " + file + " 2>/dev/null"); err == nil {
			t.Errorf("got %q, want that root's file is closed to it", out)
		}
	})
}

func TestBoundsThatCannotBeAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		b    runners.Bounds
		want string
	}{
		{"an unknown user", runners.Bounds{User: "no-such-user"}, "this host knows none"},
		{"an unknown group", runners.Bounds{User: "nobody", Group: "no-such-group"}, "this host knows none"},
		{"a group alone", runners.Bounds{Group: "root"}, "it goes with a user"},
		{"a umask that is no octal number", runners.Bounds{Umask: "89"}, "want an octal number"},
		{"a umask that is too large", runners.Bounds{Umask: "1777"}, "want an octal number"},
		{"nicer than possible", runners.Bounds{Nice: 20}, "-20 to 19"},
		{"fewer files than the supervisor needs", runners.Bounds{Files: 3}, "64 to"},
		{"less memory than a program starts with", runners.Bounds{Memory: 1023}, "memory 1023B: 1MiB or more"},
		{"less of a processor than the kernel counts", runners.Bounds{CPU: 0.001}, "cpu 0.001: 0.01 to 4096 processors"},
		{"no number of processors", runners.Bounds{CPU: math.NaN()}, "cpu NaN"},
		{"processes without a user", runners.Bounds{Processes: 3}, "name one with user"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := runners.StartBounded(tt.b)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("start: got %v, want %q", err, tt.want)
			}
			if err := runners.Check("shell", runners.Config{Bounds: tt.b}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("check: got %v, want %q", err, tt.want)
			}
		})
	}
}

// BenchmarkBounded runs a short program within bounds and without in turns; ratio is the
// rate of the first to that of the second.
func BenchmarkBounded(b *testing.B) {
	bounds := runners.Bounds{Umask: "027", Files: 256}
	if os.Geteuid() == 0 {
		bounds.User, bounds.Processes = "nobody", 1000
	}
	s, err := runners.StartBounded(bounds)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	within := runner(b, "shell", runners.Config{Supervisor: s, Bounds: bounds})
	without := runner(b, "shell", runners.Config{Supervisor: supervisor(b)})
	const piece = 50
	var took [2]time.Duration
	for done := 0; done < b.N; done += piece {
		for i, r := range []jobs.Runner{within, without} {
			took[i] += timed(8, min(piece, b.N-done), func() {
				a, _ := attempt(b, "echo hello")
				if err := r.Run(b.Context(), a); err != nil {
					b.Error(err)
				}
			})
		}
	}
	b.ReportMetric(float64(b.N)/took[0].Seconds(), "bounded/s")
	b.ReportMetric(float64(b.N)/took[1].Seconds(), "free/s")
	b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "ratio")
}
