package measure

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// OneOff is what becomes of runs that are queued in bulk and then run, all acked and
// with a history record.
type OneOff struct {
	N        int     `json:"n"`
	Enqueue  float64 `json:"enqueue"`
	Run      float64 `json:"run"`
	EndToEnd float64 `json:"end_to_end"`
	Floor    float64 `json:"to_lpush"` // end to end, of the floor's LPUSH
	Bytes    float64 `json:"bytes"`    // of Redis' memory, a queued run
}

// Latency is from the call to enqueue to the start, 100 runs a second, and beside it
// what a BLPOP needs for the same way.
type Latency struct {
	Start Spread `json:"start"`
	Blpop Spread `json:"blpop"`
}

const (
	concurrency = 400
	// producers enqueue at once, each by so many in one call.
	producers = 2
	batch     = 5000
	// apart is the time between two runs that trickle in.
	apart = 10 * time.Millisecond
)

func (m *bench) oneOffs(ctx context.Context, r *Report) error {
	n := m.plan.Runs
	empty, err := m.memory(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	if err := m.enqueue(ctx, n); err != nil {
		return err
	}
	enqueued := time.Since(start)
	full, err := m.memory(ctx)
	if err != nil {
		return err
	}
	left := NewCountdown(n)
	var done atomic.Int64
	start = time.Now()
	node, err := Start(ctx, m.board, runner, Parts{Concurrency: concurrency}, func(context.Context, *jobs.Attempt) error {
		if i := done.Add(1); i%1000 == 0 {
			m.progress("one-off", int(i), n)
		}
		left.One()
		return nil
	})
	if err != nil {
		return err
	}
	if err := errors.Join(left.Wait(ctx, patience), node.Drain(ctx)); err != nil {
		return fmt.Errorf("measure one-offs: %w", err)
	}
	ran := time.Since(start)
	r.OneOff = OneOff{
		N: n, Enqueue: rate(n, enqueued), Run: rate(n, ran), EndToEnd: rate(n, enqueued+ran),
		Floor: rate(n, enqueued+ran) / m.floor.Lpush, Bytes: float64(full-empty) / float64(n),
	}
	return nil
}

func (m *bench) enqueue(ctx context.Context, n int) error {
	return InParallel(producers, n, batch, func(from, to int) error {
		list := make([]board.OneOff, to-from)
		for i := range list {
			list[i] = board.OneOff{Runner: runner, Payload: payload(from + i)}
		}
		_, err := m.board.EnqueueMany(ctx, list)
		return err
	})
}

func (m *bench) trickle(ctx context.Context, r *Report) error {
	n := int(m.plan.For / apart)
	sent := make([]atomic.Int64, n)
	epoch := time.Now()
	var late Histogram
	left := NewCountdown(n)
	node, err := Start(ctx, m.board, runner, Parts{}, func(_ context.Context, a *jobs.Attempt) error {
		if i, err := strconv.Atoi(a.Payload[:8]); err == nil {
			late.Add(time.Since(epoch) - time.Duration(sent[i].Load()))
		}
		left.One()
		return nil
	})
	if err != nil {
		return err
	}
	err = m.beats(ctx, "latency", n, func(i int) error {
		sent[i].Store(int64(time.Since(epoch)))
		_, err := m.board.Enqueue(ctx, board.OneOff{Runner: runner, Payload: payload(i)})
		return err
	})
	if err == nil {
		err = left.Wait(ctx, patience)
	}
	if err := errors.Join(err, node.Drain(ctx)); err != nil {
		return fmt.Errorf("measure the latency: %w", err)
	}
	r.Latency.Start = late.Spread()
	r.Latency.Blpop, err = m.pingPong(ctx, n)
	return err
}

// beats calls for each of n, one each apart.
func (m *bench) beats(ctx context.Context, what string, n int, call func(i int) error) error {
	beat := time.NewTicker(apart)
	defer beat.Stop()
	for i := range n {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := call(i); err != nil {
			return err
		}
		m.progress(what, i+1, n)
	}
	return nil
}

// pingPong pushes entries to a list and tells how long each took to the client that
// waits for it.
func (m *bench) pingPong(ctx context.Context, n int) (Spread, error) {
	var took Histogram
	epoch, key := time.Now(), m.key("pong")
	heard := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		for range n {
			got, err := m.redis().BLPop(ctx, time.Second, key).Result()
			if errors.Is(err, redis.Nil) {
				err = fmt.Errorf("measure BLPOP: what was pushed did not come")
			}
			if err != nil {
				heard <- err
				return
			}
			sent, _ := strconv.ParseInt(got[1], 10, 64)
			took.Add(time.Since(epoch) - time.Duration(sent))
		}
		heard <- nil
	}()
	err := m.beats(ctx, "BLPOP", n, func(int) error { return m.redis().LPush(ctx, key, time.Since(epoch).Nanoseconds()).Err() })
	if err != nil {
		cancel()
		return Spread{}, errors.Join(err, <-heard)
	}
	return took.Spread(), <-heard
}
