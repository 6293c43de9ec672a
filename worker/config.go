package worker

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/internal/headtail"
)

// maxBatch is how many runs a lane takes at once at most. More makes a call so
// long that other clients notice: of runs that do nothing Redis needs 1 ms for 400, of those
// that forbid overlap 3 ms, as long as for firing 500.
const maxBatch = 400

// Config says what a worker serves and how. Everything but Runners has a
// default.
type Config struct {
	// Name goes into the history as the agent of each attempt; the host's name by
	// default. Two workers may share one.
	Name string
	// Runners executes the attempts, by runner type. Only these types are taken.
	Runners map[string]jobs.Runner
	// Concurrency is how many attempts may run at once; four for each processor
	// by default, and at least 16. While they last some milliseconds and the queue is
	// long, more are held, up to five times as many, so that slots need not wait for Redis.
	Concurrency int
	// Lanes is among how many leases the attempts are spread; 2 by default. More take
	// faster, at the cost of the ticker, which shares Redis with them.
	Lanes int
	// Batch is how many runs a lane takes at once, 400 at most and by default. Of short runs it
	// may take twice as many once, but no more than 400, to hold as many as it runs.
	Batch int
	// Lease is how long runs stay with a worker that is not heard of; 4 s by
	// default. All workers of a board should have the same.
	Lease time.Duration
	// Poll is how often a worker with free slots looks for runs that no doorbell
	// announced, one lane for all; 250 ms by default, half the lease at most.
	Poll time.Duration
	// Drain is how long attempts may go on after Run's context has ended; 20 s by
	// default. What runs then is stopped and given back.
	Drain time.Duration
	// Jitter spreads the polls and the tries of several workers, by numbers from 0 to
	// below 1; by default those of math/rand.
	Jitter func() float64
	// Align moves the time of a poll a little, to one at which the program wakes anyway.
	// Nil: it does not.
	Align func(time.Time) time.Time
	// Output is how many bytes of what a run prints are kept at each end; 64 KiB
	// by default.
	Output int
	// Tee answers what takes the output of an attempt as well, as it is printed and
	// whole; it is closed when the runner has returned. Nil: nothing does.
	Tee func(*jobs.Attempt) io.WriteCloser

	Log *zap.Logger // nil: none
	// Report is told what came of each call to Redis, nil when it answered, and by
	// which part, from several goroutines. Without it the worker logs when troubles
	// begin and end.
	Report func(part string, err error)
}

func (c Config) withDefaults() Config {
	if c.Name == "" {
		c.Name = "worker"
		if host, err := os.Hostname(); err == nil && host != "" {
			c.Name = host
		}
	}
	if c.Concurrency == 0 {
		c.Concurrency = max(16, 4*runtime.GOMAXPROCS(0))
	}
	if c.Lanes == 0 {
		c.Lanes = 2
	}
	if c.Batch == 0 {
		c.Batch = maxBatch
	}
	if c.Lease == 0 {
		c.Lease = 4 * time.Second
	}
	if c.Poll == 0 {
		c.Poll = 250 * time.Millisecond
	}
	if c.Drain == 0 {
		c.Drain = 20 * time.Second
	}
	if c.Align == nil {
		c.Align = func(t time.Time) time.Time { return t }
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	if c.Output == 0 {
		c.Output = headtail.Size
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	c.Lanes = min(c.Lanes, c.Concurrency)
	c.Runners = maps.Clone(c.Runners)
	return c
}

func (c Config) validate() error {
	switch {
	case c.Concurrency < 1:
		return fmt.Errorf("%w: %d attempts at once, less than 1", jobs.ErrInvalid, c.Concurrency)
	case c.Lanes < 1:
		return fmt.Errorf("%w: %d lanes, less than 1", jobs.ErrInvalid, c.Lanes)
	case c.Batch < 1 || c.Batch > maxBatch:
		return fmt.Errorf("%w: batches of %d, not within 1 to %d", jobs.ErrInvalid, c.Batch, maxBatch)
	case c.Lease < 100*time.Millisecond:
		return fmt.Errorf("%w: a lease of %v, less than 100ms", jobs.ErrInvalid, c.Lease)
	case c.Poll < time.Millisecond || c.Poll > c.Lease/2:
		return fmt.Errorf("%w: polling each %v, not within 1ms and half the lease of %v", jobs.ErrInvalid, c.Poll, c.Lease)
	case c.Output < 0:
		return fmt.Errorf("%w: %d bytes of output, less than 0", jobs.ErrInvalid, c.Output)
	}
	return checkRunners(c.Runners)
}

func checkRunners(runners map[string]jobs.Runner) error {
	for kind, runner := range runners {
		if kind == "" || runner == nil {
			return fmt.Errorf("%w: runner type %q has no name or no runner", jobs.ErrInvalid, kind)
		}
	}
	return nil
}
