package logsink

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/jobs-agent/jobs"
)

// diary is a log that tests read.
type diary struct {
	mu   sync.Mutex
	text strings.Builder
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(p)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

func (d *diary) logger() *zap.Logger {
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(d), zapcore.DebugLevel))
}

// scene is a set of sinks and the log in which it tells its troubles.
type scene struct {
	*Set
	t      *testing.T
	log    *diary
	stdout diary
}

func opened(t *testing.T, specs ...string) *scene {
	t.Helper()
	s := &scene{t: t, log: &diary{}}
	var parsed []Spec
	for _, text := range specs {
		spec, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, spec)
	}
	set, err := Open(t.Context(), parsed, Config{Host: "db1", Stdout: &s.stdout, Log: s.log.logger()})
	if err != nil {
		t.Fatal(err)
	}
	s.Set = set
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = set.Close(ctx)
		if t.Failed() {
			t.Logf("the log of the sinks:\n%s", s.log)
		}
	})
	return s
}

// onFake opens a sink on a fake CloudWatch.
func onFake(t *testing.T, f *fakeLogs, spec string) *scene {
	t.Helper()
	for name, value := range f.environment() {
		t.Setenv(name, value)
	}
	return opened(t, spec)
}

func (s *scene) attempt(job string) io.WriteCloser {
	return s.Tee(&jobs.Attempt{Job: job, Run: jobs.RunID(job + "@1000.1"), Number: 1, Agent: "one"})
}

// print writes lines as a program does, in pieces that do not end where lines do.
func (s *scene) print(w io.Writer, text string) {
	s.t.Helper()
	for len(text) > 0 {
		n := min(len(text), 1000)
		if _, err := io.WriteString(w, text[:n]); err != nil {
			s.t.Fatal(err)
		}
		text = text[n:]
	}
}

// end closes the sinks and answers what the first has to say.
func (s *scene) end(within time.Duration) (Stats, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	err := s.Close(ctx)
	return s.Stats()[0], err
}

// delivered ends the scene and fails unless n lines were written and all are there.
func (s *scene) delivered(n int64) {
	s.t.Helper()
	got, err := s.end(patience)
	if err != nil || got.Written != n || got.Delivered != n || got.Waiting != 0 || got.Buffered != 0 {
		s.t.Errorf("got %+v, %v, want %d lines written and delivered and nothing left", got, err, n)
	}
}

// patience is how long a test waits for what comes at once on a quiet machine.
const patience = 20 * time.Second

// inRealTime is inBubble in real time, for tests that wait for nothing.
func inRealTime(t *testing.T, test func(s *scene, p *place)) {
	t.Helper()
	s, p := &scene{t: t, log: &diary{}}, &place{}
	s.Set = &Set{host: "db1"}
	s.Named("one")
	s.sinks = []*sink{newSink(Spec{name: "large", buffer: 64 << 20, wait: patience}, p, pace{linger: time.Second, bytes: 64 << 10, chunk: 100}, s.log.logger())}
	test(s, p)
}

// numbered makes lines that say which they are.
func numbered(from, to int, tail string) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "line %07d%s\n", i, tail)
	}
	return b.String()
}

// eventually waits until something has come.
func eventually(t *testing.T, what string, come func() bool) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for begin := time.Now(); !come(); <-look.C {
		if time.Since(begin) > patience {
			t.Fatalf("did not come within %v: %s", patience, what)
		}
	}
}
