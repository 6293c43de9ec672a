package runners_test

import (
	"context"
	"fmt"
	"os"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/runners"
)

// asAgent makes the test binary an agent that runs the payload in its value.
const asAgent = "RUNNERS_TEST_AGENT"

func beAgent() int {
	s, err := runners.StartSupervisor()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_, r, err := runners.New("shell", runners.Config{Supervisor: s})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	a := &jobs.Attempt{Run: "job#1", Job: "job", Token: "agent-test", Payload: os.Getenv(asAgent), Output: os.Stdout}
	fmt.Fprintln(os.Stderr, r.Run(context.Background(), a))
	return 0
}
