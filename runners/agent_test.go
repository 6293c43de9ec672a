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

// startAgent starts the supervisor of such an agent.
var startAgent = runners.StartSupervisor

func beAgent() int {
	s, err := startAgent()
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
