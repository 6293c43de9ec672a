package main

import (
	"strconv"
	"sync/atomic"
	"time"
)

// stamps keeps when each job of a trickle was enqueued, by the number at the
// beginning of its payload.
type stamps struct{ at []atomic.Int64 }

var epoch = time.Now() // monotonic

func newStamps(n int) *stamps { return &stamps{at: make([]atomic.Int64, n)} }

// pace calls enqueue for each job, one each so often.
func (s *stamps) pace(every time.Duration, enqueue func(i int) error) error {
	beat := time.NewTicker(every)
	defer beat.Stop()
	for i := range s.at {
		<-beat.C
		s.at[i].Store(int64(time.Since(epoch)))
		if err := enqueue(i); err != nil {
			return err
		}
	}
	return nil
}

// since is how long ago the job of that payload was enqueued.
func (s *stamps) since(payload string) time.Duration {
	i, err := strconv.Atoi(payload[:8])
	if err != nil || i >= len(s.at) {
		return time.Hour // nobody overlooks that
	}
	return time.Since(epoch) - time.Duration(s.at[i].Load())
}

// soon is within what the last job of those that are not late must come.
const soon = 30 * time.Second
