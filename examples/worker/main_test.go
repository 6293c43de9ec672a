package main

import (
	"context"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
)

func TestTheExampleServesItsType(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t).URL()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- serve(serving, url) }()

	b, err := board.Open(ctx, url, "jobs")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for payload, want := range map[string]jobs.State{"Ada": jobs.Succeeded, "": jobs.Failed} {
		id, err := b.Enqueue(ctx, board.OneOff{Runner: "greet", Payload: payload})
		if err != nil {
			t.Fatal(err)
		}
		if got := endOf(ctx, t, b, id); got != want {
			t.Errorf("payload %q: got %s, want %s", payload, got, want)
		}
		if output, _, err := b.Output(ctx, id); err != nil || payload != "" && output != "hello "+payload+"\n" {
			t.Errorf("output: got %q, %v", output, err)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("serve: got %v, want nil", err)
	}
}

// endOf waits for the end of a run, which is known as soon as it has begun.
func endOf(ctx context.Context, t *testing.T, b *board.Board, id jobs.RunID) jobs.State {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		if run, err := b.FindRun(ctx, id); err == nil && run.State.Ended() {
			return run.State
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatalf("run %s did not end", id)
		}
	}
}
