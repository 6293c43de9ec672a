package runners_test

import (
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/runners"
)

// BenchmarkShell runs a short program through the shell runner, and the same
// command by os/exec in the same run; ratio is the rate of the first to that of
// the second.
func BenchmarkShell(b *testing.B) {
	for _, bench := range []struct {
		name  string
		lanes int
	}{{"one at a time", 1}, {"8 at a time", 8}, {"64 at a time", 64}} {
		b.Run(bench.name, func(b *testing.B) {
			r := runner(b, "shell", runners.Config{Supervisor: supervisor(b)})
			const piece = 50 // taken in turns, so that other load meets both
			var ours, bare time.Duration
			for done := 0; done < b.N; done += piece {
				n := min(piece, b.N-done)
				ours += timed(bench.lanes, n, func() {
					a, _ := attempt(b, "echo hello")
					if err := r.Run(b.Context(), a); err != nil {
						b.Error(err)
					}
				})
				bare += timed(bench.lanes, n, func() {
					if _, err := exec.Command("/bin/sh", "-c", "echo hello").CombinedOutput(); err != nil {
						b.Error(err)
					}
				})
			}
			b.ReportMetric(float64(b.N)/ours.Seconds(), "runs/s")
			b.ReportMetric(float64(b.N)/bare.Seconds(), "bare/s")
			b.ReportMetric(bare.Seconds()/ours.Seconds(), "ratio")
		})
	}
}

// timed does n times f on some lanes at once.
func timed(lanes, n int, f func()) time.Duration {
	start := time.Now()
	work := make(chan struct{}, n)
	for range n {
		work <- struct{}{}
	}
	close(work)
	var wg sync.WaitGroup
	for range lanes {
		wg.Go(func() {
			for range work {
				f()
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}
