// Command jobs-agent is the whole program: the client of a board, the agent, and
// a store of its own to begin with. Each verb turns flags, environment and file
// into values and makes one call with them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jobs-agent/jobs/internal/pidone"
	"github.com/jobs-agent/jobs/runners"
	"github.com/jobs-agent/jobs/scripts"
)

const sameSignal = 250 * time.Millisecond

func main() { os.Exit(program()) }

// program is main without the exit, so that tests can be the program.
func program() int {
	// An agent starts this binary once more for the processes of its runs.
	if runners.IsSupervisor() {
		return runners.ServeSupervisor()
	}
	// In a container without an init this is process 1, which has to bury orphans.
	if code, served := pidone.Serve(); served {
		return code
	}
	scripts.Quiet() // what goes wrong comes back as an error, and is told once
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal ends things in order. After it signals do what they do by
	// themselves, so the second ends the program at once. One that comes right behind
	// is the same: timeout(1) and terminals signal a program and then its group.
	context.AfterFunc(ctx, func() { time.AfterFunc(sameSignal, stop) })
	root := newRoot(os.Getenv)
	root.SetArgs(os.Args[1:])
	return report(os.Stderr, root.ExecuteContext(ctx))
}
