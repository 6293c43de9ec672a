package logsink

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	// retryFirst is how long the pump waits after a first failure, retryMost what that
	// grows to, and retrySlow how long it waits when nothing but a person can help.
	retryFirst = 100 * time.Millisecond
	retryMost  = 10 * time.Second
	retrySlow  = 30 * time.Second
	// retryClosing is the most that it waits once the agent ends.
	retryClosing = 250 * time.Millisecond
)

// pump delivers what is put until the sink is closed and empty, or ctx ends.
func (s *sink) pump(ctx context.Context) {
	defer close(s.ended)
	for {
		lines := s.await(ctx)
		if len(lines) == 0 {
			return
		}
		whole := lines
		for failures := 0; len(lines) > 0; {
			chunk := lines[:min(len(lines), s.pace.chunk)]
			left, refused, err := s.to.deliver(ctx, chunk)
			s.done(chunk, left, refused)
			if lines = lines[len(chunk)-len(left):]; len(left) > 0 && len(left) < len(chunk) {
				copy(lines, left) // others than the first may have been taken
			}
			if err == nil {
				failures = 0
				s.troubles.fine()
				continue
			}
			failures++
			what := s.to.explain(err)
			s.troubles.failed(what, err)
			if len(left) > 0 && !s.pause(ctx, failures, what.slow) {
				return
			}
		}
		clear(whole) // of the texts
		s.mu.Lock()
		s.spare = whole[:0]
		s.mu.Unlock()
	}
}

// await answers the lines that wait, once there are enough or they have waited long
// enough; none when the sink is closed and empty, or ctx has ended.
func (s *sink) await(ctx context.Context) []line {
	for {
		s.mu.Lock()
		var sleep time.Duration
		switch {
		case len(s.queue) == 0 && s.closed:
			s.mu.Unlock()
			return nil
		case len(s.queue) == 0:
			sleep = time.Hour
			if s.troubles.lasts() {
				sleep = settle
			}
		default:
			sleep = s.pace.linger - time.Since(s.first)
			if s.closed || s.queued >= s.pace.bytes || sleep <= 0 {
				lines := s.queue
				s.queue, s.queued, s.spare = s.spare, 0, nil
				s.mu.Unlock()
				return lines
			}
		}
		s.mu.Unlock()
		timer := time.NewTimer(sleep)
		select {
		case <-s.more:
		case <-timer.C:
			s.troubles.fine()
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		timer.Stop()
	}
}

// done frees what the lines took that are not left.
func (s *sink) done(chunk, left []line, refused int) {
	var cost, lines int
	for _, l := range chunk {
		cost += l.cost()
		if !l.note {
			lines++
		}
	}
	for _, l := range left {
		cost -= l.cost()
		if !l.note {
			lines--
		}
	}
	s.mu.Lock()
	s.cost -= cost
	s.lines = max(s.lines-lines, 0) // a close that waited no longer has counted them
	s.dropped[dropRefused] += int64(refused)
	if cost > 0 {
		s.release()
	}
	s.mu.Unlock()
	if refused > 0 {
		s.troubles.lost(dropRefused, refused)
	}
}

// pause waits before the next try. It answers false when ctx has ended.
func (s *sink) pause(ctx context.Context, failures int, slow bool) bool {
	wait := min(retryFirst<<min(failures-1, 10), retryMost)
	if slow {
		wait = retrySlow
	}
	wait = wait/2 + rand.N(wait/2+1)
	closing := s.closing
	select {
	case <-closing:
		wait, closing = min(wait, retryClosing), nil
	default:
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-closing: // look at once
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
