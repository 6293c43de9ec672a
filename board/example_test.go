package board_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/worker"
)

func Example() {
	ctx := context.Background()
	b, err := board.Open(ctx, os.Getenv("JOBS_REDIS"), "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()

	id, err := b.Enqueue(ctx, board.OneOff{Runner: "greet", Payload: "Ada"})
	if err != nil {
		fmt.Println(err)
		return
	}
	run, err := b.FindRun(ctx, id)
	fmt.Println(run.Job, run.State, err)
	// Output: greet queued <nil>
}

func ExampleBoard_Put() {
	ctx := context.Background()
	b, err := board.Open(ctx, os.Getenv("JOBS_REDIS"), "example-put")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()

	next, err := b.Put(ctx, jobs.Job{
		ID: "report", Runner: "shell", Payload: "make report",
		Schedule: jobs.Schedule{Interval: 24 * time.Hour, Start: time.Date(2100, 1, 1, 6, 0, 0, 0, time.UTC)},
		Timeout:  time.Hour, Retries: 2,
	})
	fmt.Println(next, err)
	// Output: 2100-01-01 06:00:00 +0000 UTC <nil>
}

func ExampleBoard_Enqueue() {
	ctx := context.Background()
	b, err := board.Open(ctx, os.Getenv("JOBS_REDIS"), "example-enqueue")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()

	id, err := b.Enqueue(ctx, board.OneOff{Runner: "mail", Payload: "to: ada@example.org", Timeout: time.Minute, Retries: 3})
	fmt.Println(id.Job(), err)
	// Output: mail <nil>
}

func ExampleBoard_Runs() {
	ctx := context.Background()
	b, err := board.Open(ctx, os.Getenv("JOBS_REDIS"), "example-runs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()

	if _, err := b.Put(ctx, jobs.Job{ID: "report", Runner: "shell", Payload: "make report"}); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := b.Run(ctx, "report", false); err != nil {
		fmt.Println(err)
		return
	}
	runs, err := b.Runs(ctx, board.RunFilter{Job: "report", States: []jobs.State{jobs.Queued, jobs.Running}})
	for _, run := range runs {
		fmt.Println(run.Job, run.Runner, run.State, run.Attempt)
	}
	fmt.Println(err)
	// Output:
	// report shell queued 0
	// <nil>
}

// A Go program serves a runner type with a function.
func ExampleBoard_Leases() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	b, err := board.Open(ctx, os.Getenv("JOBS_REDIS"), "example-leases")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()
	if _, err := b.Enqueue(ctx, board.OneOff{Runner: "greet", Payload: "Ada"}); err != nil {
		fmt.Println(err)
		return
	}

	greet := jobs.RunnerFunc(func(_ context.Context, a *jobs.Attempt) error {
		defer stop() // one is enough here
		fmt.Println("hello", a.Payload)
		return nil
	})
	bell, err := b.Bell() // the worker closes it
	if err != nil {
		fmt.Println(err)
		return
	}
	w, err := worker.New(b.Leases(), bell, worker.Config{Runners: map[string]jobs.Runner{"greet": greet}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Run(ctx); err != nil {
		fmt.Println(err)
	}

	runs, err := b.Runs(context.Background(), board.RunFilter{Job: "greet"})
	for _, run := range runs {
		fmt.Println(run.State, run.Attempt)
	}
	fmt.Println(err)
	// Output:
	// hello Ada
	// succeeded 1
	// <nil>
}

func ExampleBoard_Submit() {
	ctx := context.Background()
	b, err := board.Open(ctx, os.Getenv("JOBS_REDIS"), "example-submit")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()

	report := board.OneOff{Runner: "report", Payload: "of may", Unique: "may", Priority: jobs.Low, In: time.Hour, TTL: 24 * time.Hour}
	done, err := b.Submit(ctx, []board.OneOff{report, report})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(done[0].Duplicate, done[1].Duplicate, done[0].Run == done[1].Run)
	run, err := b.FindRun(ctx, done[0].Run)
	fmt.Println(run.State, err)
	// Output:
	// false true true
	// scheduled <nil>
}
