// Package measure tells what a Redis does with jobs: how fast one-off runs are queued,
// run and acked, how late they start, how periodic jobs due at once are fired, how fast
// jobs are put; beside each stands the raw floor of the same Redis, in the same minute.
package measure

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/jobs-agent/jobs/board"
)

// Plan says how much is measured.
type Plan struct {
	Runs int           // one-off runs
	Jobs int           // periodic jobs
	For  time.Duration // how long runs trickle in, 100 a second
	// Progress is told what is measured and how much of it is done, one call at a
	// time. It may be nil.
	Progress func(what string, done, all int)
}

// Report is what was measured. Rates are a second, Spreads in milliseconds.
type Report struct {
	Redis      string   `json:"redis"`      // version
	Processors int      `json:"processors"` // of this host
	Floor      Floor    `json:"floor"`
	OneOff     OneOff   `json:"one_off"`
	Latency    Latency  `json:"latency"`
	Load       Load     `json:"load"`
	Periodic   Periodic `json:"periodic"`
}

// runner is the type of the runs, which do nothing.
const runner = "bench"

// patience is how long to wait for what should have come long ago.
const patience = time.Minute

// bench is one measurement on a board of its own.
type bench struct {
	plan  Plan
	board *board.Board
	floor Floor

	telling sync.Mutex
}

// Run measures in the Redis at address, on a board whose name nobody else uses. All
// keys of it are gone when it returns, unless Redis could not be reached then: the
// error says what they are called.
func Run(ctx context.Context, address string, plan Plan) (report Report, err error) {
	name := "{jobs-bench-" + strings.ToLower(rand.Text()[:10]) + "}"
	b, err := board.Open(ctx, address, name)
	if err != nil {
		return report, err
	}
	m := &bench{plan: plan, board: b}
	defer func() {
		rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		if gone := m.clean(rest, name); gone != nil {
			err = errors.Join(err, fmt.Errorf("remove what was measured with: %w; the keys %s* are left", gone, name))
		}
		err = errors.Join(err, b.Close())
	}()
	report.Processors = runtime.NumCPU()
	for _, step := range []func(context.Context, *Report) error{m.version, m.floors, m.oneOffs, m.trickle, m.load, m.tick} {
		if err := step(ctx, &report); err != nil {
			return report, err
		}
	}
	return report, nil
}

func (m *bench) progress(what string, done, all int) {
	m.telling.Lock()
	defer m.telling.Unlock()
	if m.plan.Progress != nil {
		m.plan.Progress(what, done, all)
	}
}

func (m *bench) version(ctx context.Context, r *Report) error {
	info, err := m.info(ctx, "server")
	r.Redis = info["redis_version"]
	if v := info["valkey_version"]; v != "" {
		r.Redis = "valkey " + v
	}
	return err
}

// payload is 100 bytes that begin with a number.
func payload(i int) string { return fmt.Sprintf("%08d %s", i, strings.Repeat("x", 91)) }

func rate(n int, took time.Duration) float64 { return float64(n) / took.Seconds() }
