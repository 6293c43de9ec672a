package runners_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/runners"
)

func TestMain(m *testing.M) {
	if runners.IsSupervisor() && os.Getenv(forgetful) == "" {
		os.Exit(runners.ServeSupervisor())
	}
	if os.Getenv(asAgent) != "" || os.Getenv(forgetful) != "" {
		os.Exit(beAgent())
	}
	goleak.VerifyTestMain(m)
}

// forgetful makes a main that does not look whether it is a supervisor. It
// begins with GO because supervisors see little else of the environment.
const forgetful = "GO_RUNNERS_TEST_FORGETFUL"

// supervisor starts a supervisor of the test's own.
func supervisor(t testing.TB) *runners.Supervisor {
	t.Helper()
	s, err := runners.StartSupervisor()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// runner makes a runner of a type over a supervisor.
func runner(t testing.TB, spec string, c runners.Config) jobs.Runner {
	t.Helper()
	_, r, err := runners.New(spec, c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// printed is the output of an attempt.
type printed struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buf.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buf.String()
}

// attempt makes an attempt at a payload, with a token that no other test has.
func attempt(t testing.TB, payload string) (*jobs.Attempt, *printed) {
	out := &printed{}
	id := jobs.MintRunID("job", time.Now())
	return &jobs.Attempt{
		Run: id, Job: "job", Runner: "shell", Payload: payload, Number: 1,
		Token: "1/" + t.Name() + "/" + string(id), Output: out,
	}, out
}

// run runs a payload and answers what it printed.
func run(t testing.TB, r jobs.Runner, payload string) (string, error) {
	t.Helper()
	a, out := attempt(t, payload)
	err := r.Run(t.Context(), a)
	return out.String(), err
}

// until waits for a condition.
func until(t testing.TB, d time.Duration, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("after %v: not yet %s", d, what)
		}
	}
}

func describe(err error) string { return fmt.Sprintf("%T %v", err, err) }
