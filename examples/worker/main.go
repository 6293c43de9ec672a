// Command worker serves the runner type "greet" inside a Go program. Queue a run
// for it, and see what came of it, with
//
//	jobs-agent enqueue greet Ada
//	jobs-agent logs greet
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/worker"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	url := os.Getenv("JOBS_REDIS")
	if url == "" {
		url = "redis://127.0.0.1:6379"
	}
	if err := serve(ctx, url); err != nil {
		log.Fatal(err)
	}
}

// greet is the runner. An error makes the run fail, and be retried if it was queued
// with retries.
func greet(_ context.Context, a *jobs.Attempt) error {
	if a.Payload == "" {
		return errors.New("nobody to greet")
	}
	_, err := fmt.Fprintf(a.Output, "hello %s\n", a.Payload)
	return err
}

func serve(ctx context.Context, url string) error {
	b, err := board.Open(ctx, url, "jobs")
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	bell, err := b.Bell() // the worker closes it
	if err != nil {
		return err
	}
	w, err := worker.New(b.Leases(), bell, worker.Config{Runners: map[string]jobs.Runner{"greet": jobs.RunnerFunc(greet)}})
	if err != nil {
		return err
	}
	return w.Run(ctx)
}
