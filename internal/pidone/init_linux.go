package pidone

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Serve is the life of process 1: it starts this program once more with the same
// arguments, hands signals on to it, waits for all that end, and answers its exit
// code. In any other process it does nothing and answers false. Main calls it first.
func Serve() (code int, served bool) {
	if os.Getpid() != 1 {
		return 0, false
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2)
	// Not os.StartProcess, whose Wait would compete with the one below.
	child, err := syscall.ForkExec("/proc/self/exe", os.Args, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
	if err != nil {
		signal.Stop(signals)
		fmt.Fprintf(os.Stderr, "jobs-agent: process 1 cannot start itself once more, so orphans stay zombies: %v\n", err)
		return 0, false
	}
	go func() {
		for s := range signals {
			if number, ok := s.(syscall.Signal); ok {
				_ = syscall.Kill(child, number) // it has ended: Serve returns
			}
		}
	}()
	return reap(child), true
}

// reap waits for everything until the child has ended. What still runs then ends
// with process 1: the kernel sees to it.
func reap(child int) int {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			fmt.Fprintf(os.Stderr, "jobs-agent: process 1: wait: %v\n", err)
			return 1
		case pid != child:
		case status.Signaled():
			return 128 + int(status.Signal())
		default:
			return status.ExitStatus()
		}
	}
}
