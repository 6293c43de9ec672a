package runners_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/internal/headtail"
	"github.com/jobs-agent/jobs/runners"
)

func TestEndOfAProgramIsTold(t *testing.T) {
	t.Parallel()
	r := runner(t, "shell", runners.Config{Supervisor: supervisor(t)})
	tests := []struct {
		name, payload, out string
		want               *jobs.ExitError
	}{
		{"success is nil", "echo out; echo err >&2", "out\nerr\n", nil},
		{"a code is told", "exit 3", "", &jobs.ExitError{Code: 3}},
		{"code 255 is told", "exit 255", "", &jobs.ExitError{Code: 255}},
		{"a signal is told with its name", "kill -KILL $$", "", &jobs.ExitError{Code: 137, Signal: "SIGKILL"}},
		{"a shell's word for a signal is a code", "sh -c 'kill -TERM $$' 2>/dev/null; exit $?", "", &jobs.ExitError{Code: 143}},
		{"an unknown program is 127 of the shell", "no-such-program-here 2>/dev/null", "", &jobs.ExitError{Code: 127}},
		{"an empty payload does nothing", "", "", nil},
		{"a payload may begin with a minus", "-x 2>/dev/null || echo tried", "tried\n", nil},
		{"output is taken byte for byte", `printf '\377\000\n\200'`, "\xff\x00\n\x80", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, err := run(t, r, tt.payload)
			if out != tt.out {
				t.Errorf("output: got %q, want %q", out, tt.out)
			}
			var got *jobs.ExitError
			if err != nil && !errors.As(err, &got) {
				t.Fatalf("got %s", describe(err))
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) || got != nil && *got != *tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestEveryCauseStopsAProgramWithinItsGrace(t *testing.T) {
	t.Parallel()
	r := runner(t, "shell", runners.Config{Supervisor: supervisor(t)})
	tests := []struct {
		name, payload string
		cause         error
		grace         time.Duration
		out           string
		want          jobs.ExitError
		least         time.Duration
	}{
		{"a program that ends on TERM, timed out", "echo up; exec sleep 1000", jobs.ErrTimedOut, 3 * time.Second, "", jobs.ExitError{Code: 143, Signal: "SIGTERM"}, 0},
		{"a program that ignores TERM, cancelled", "trap '' TERM; echo up; while :; do sleep 1; done", jobs.ErrCancelled, 300 * time.Millisecond, "", jobs.ExitError{Code: 137, Signal: "SIGKILL"}, 300 * time.Millisecond},
		{"a program that tidies up, stopping", "trap 'echo tidy; exit 7' TERM; echo up; while :; do sleep 0.1; done", jobs.ErrStopping, 3 * time.Second, "tidy\n", jobs.ExitError{Code: 7}, 0},
		{"a child that tidies up after its leader ended, lost", `sh -c 'trap "sleep 0.3; echo tidy; exit" TERM; echo up; while :; do sleep 0.1; done' & wait`, jobs.ErrLost, 3 * time.Second, "tidy\n", jobs.ExitError{Code: 143, Signal: "SIGTERM"}, 300 * time.Millisecond},
		{"a child that ignores TERM after its leader ended, lost", `sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done' & wait`, jobs.ErrLost, 300 * time.Millisecond, "", jobs.ExitError{Code: 143, Signal: "SIGTERM"}, 300 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, out := attempt(t, tt.payload)
			a.Grace = tt.grace
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			done := make(chan error, 1)
			go func() { done <- r.Run(ctx, a) }()
			until(t, 10*time.Second, "up", func() bool { return strings.Contains(out.String(), "up") })
			start := time.Now()
			cancel(tt.cause)
			err := <-done
			took := time.Since(start)
			if took < tt.least || took > tt.grace+time.Second {
				t.Errorf("took %v, want %v to grace %v + 1s", took, tt.least, tt.grace)
			}
			var got *jobs.ExitError
			if !errors.As(err, &got) || *got != tt.want {
				t.Errorf("got %s, want %+v", describe(err), tt.want)
			}
			// Shells may add a word about a child that was ended.
			printed := strings.NewReplacer("Terminated\n", "", "Killed\n", "").Replace(out.String())
			if want := "up\n" + tt.out; printed != want {
				t.Errorf("output: got %q, want %q", printed, want)
			}
		})
	}
}

func TestNothingIsStartedForAnEndedContext(t *testing.T) {
	t.Parallel()
	s := supervisor(t)
	mark := filepath.Join(t.TempDir(), "started")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(jobs.ErrStopping)
	for _, kind := range []string{"shell", "console"} {
		a, out := attempt(t, "touch "+mark)
		if err := runner(t, kind, runners.Config{Supervisor: s}).Run(ctx, a); !errors.Is(err, jobs.ErrStopping) {
			t.Errorf("%s: got %s, want ErrStopping", kind, describe(err))
		}
		if _, err := os.Stat(mark); err == nil || out.String() != "" {
			t.Errorf("%s was started", kind)
		}
	}
}

func TestAGrandchildThatHoldsTheOutputHoldsUpNothing(t *testing.T) {
	t.Parallel()
	r := runner(t, "shell", runners.Config{Supervisor: supervisor(t)})
	start := time.Now()
	out, err := run(t, r, "sleep 1000 & echo done")
	if out != "done\n" || err != nil {
		t.Errorf("got %q, %v", out, err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("took %v, want at most 3s", took)
	}
}

// crawling takes each piece so slowly that a flood always has the next one ready.
type crawling struct{ *headtail.Buffer }

func (c crawling) Write(b []byte) (int, error) {
	<-time.After(time.Millisecond)
	return c.Buffer.Write(b)
}

func TestAGrandchildThatGoesOnPrintingHoldsUpNothing(t *testing.T) {
	t.Parallel()
	r := runner(t, "shell", runners.Config{Supervisor: supervisor(t)})
	a, _ := attempt(t, "echo done; yes & sleep 0.01; exit 3")
	kept := headtail.New(headtail.Size, headtail.Size)
	a.Output = crawling{kept}
	start := time.Now()
	err := r.Run(t.Context(), a)
	if exit := new(jobs.ExitError); !errors.As(err, &exit) || exit.Code != 3 || !strings.HasPrefix(kept.String(), "done\ny\n") {
		t.Errorf("got %.20q, %v", kept.String(), err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("took %v, want at most 3s", took)
	}
}

// slow takes its first piece late.
type slow struct {
	printed
	late sync.Once
}

func (s *slow) Write(b []byte) (int, error) {
	s.late.Do(func() { <-time.After(800 * time.Millisecond) })
	return s.printed.Write(b)
}

func TestWhatWasPrintedBeforeTheEndIsTakenHoweverLate(t *testing.T) {
	t.Parallel()
	r := runner(t, "shell", runners.Config{Supervisor: supervisor(t)})
	a, _ := attempt(t, "sleep 1000 & echo first; head -c 60000 /dev/zero")
	out := &slow{}
	a.Output = out
	if err := r.Run(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if got, want := len(out.String()), len("first\n")+60000; got != want {
		t.Errorf("got %d bytes, want %d", got, want)
	}
}

func TestAFloodIsTakenInBoundedMemory(t *testing.T) {
	const size = 200_000_000
	r := runner(t, "exec", runners.Config{Supervisor: supervisor(t)})
	kept := headtail.New(headtail.Size, headtail.Size)
	a, _ := attempt(t, fmt.Sprintf(`["head","-c","%d","/dev/zero"]`, size))
	a.Output = kept
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := r.Run(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 2<<20 {
		t.Errorf("allocated %d bytes, want at most 2 MiB", got)
	}
	if got := kept.Total(); got != size {
		t.Errorf("counted %d bytes, want %d", got, size)
	}
}

func TestManyRunsAtOnceKeepTheirOutputsApart(t *testing.T) {
	r := runner(t, "shell", runners.Config{Supervisor: supervisor(t)})
	if _, err := run(t, r, "true"); err != nil {
		t.Fatal(err)
	}
	before := openFiles(t)
	var wg sync.WaitGroup
	for i := range 500 {
		wg.Go(func() {
			out, err := run(t, r, fmt.Sprintf("echo %d; exit %d", i, i%7))
			var exit *jobs.ExitError
			code := 0
			if errors.As(err, &exit) {
				code = exit.Code
			} else if err != nil {
				t.Error(err)
			}
			if want := fmt.Sprintf("%d\n", i); out != want || code != i%7 {
				t.Errorf("got %q and %d, want %q and %d", out, code, want, i%7)
			}
		})
	}
	wg.Wait()
	if after := openFiles(t); after > before {
		t.Errorf("%d files are open, before the runs %d were", after, before)
	}
}

// openFiles counts the open files of this process.
func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}
