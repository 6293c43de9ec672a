package test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/worker"
)

// serveGreetings is all that a Go program needs to serve a runner type.
func serveGreetings(ctx context.Context, url string) error {
	b, err := board.Open(ctx, url, "jobs")
	if err != nil {
		return err
	}
	defer b.Close()
	bell, err := b.Bell()
	if err != nil {
		return err
	}
	greet := jobs.RunnerFunc(func(_ context.Context, a *jobs.Attempt) error {
		if a.Payload == "" {
			return errors.New("nobody to greet")
		}
		a.Result = "greeted"
		_, err := fmt.Fprintf(a.Output, "hello %s\n", a.Payload)
		return err
	})
	w, err := worker.New(b.Leases(), bell, worker.Config{Name: "program", Runners: map[string]jobs.Runner{"greet": greet}})
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

func TestSystemAGoProgramServesATypeBesideAnAgent(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP())
	h := newHost(t, server.URL())
	h.start("agent", "--name", "ticker") // it serves console only
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serveGreetings(ctx, server.URL()) }()

	h.ok("put", "morning", "greet", "Ada", "--every", "1s")
	put := time.Now()
	eventually(t, "two runs of the job", func() bool { return len(h.endedRuns("morning")) >= 2 })
	t.Logf("measured: two runs of a job each second had ended %v after the put", time.Since(put).Round(time.Millisecond))
	for _, run := range h.endedRuns("morning") {
		if run.State != "succeeded" || run.Agent != "program" || run.Runner != "greet" {
			t.Errorf("got %+v, want it succeeded in the program", run)
		}
	}
	if got := h.ok("logs", "morning", "-n", "1"); !strings.HasSuffix(got, "==\nhello Ada\n") {
		t.Errorf("logs: got %q, want hello Ada", got)
	}
	var doc struct{ Run string }
	h.read(&doc, "enqueue", "greet", "")
	eventually(t, "the empty greeting fails", func() bool {
		runs := h.endedRuns("greet")
		return len(runs) == 1 && runs[0].Run == doc.Run && runs[0].State == "failed" && strings.Contains(runs[0].Reason, "nobody to greet")
	})
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the program's worker: got %v, want nil", err)
	}
}
