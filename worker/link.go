package worker

import (
	"math/rand/v2"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// link tells people when Redis stops answering and when it answers again, once
// each.
type link struct {
	log  *zap.Logger
	what string
	down atomic.Bool
}

func (l *link) failed(err error) {
	if l.down.CompareAndSwap(false, true) {
		l.log.Warn(l.what+" fails, trying again", zap.Error(err))
	}
}

func (l *link) worked() {
	if l.down.Load() && l.down.CompareAndSwap(true, false) {
		l.log.Info(l.what + " works again")
	}
}

// trouble counts failures of one thing in a row and says when to try again.
type trouble struct {
	failures int
	until    time.Time
}

func (t *trouble) failed(now time.Time) {
	t.failures++
	t.until = now.Add(pause(t.failures))
}

func (t *trouble) worked() { *t = trouble{} }

// pause is 50 ms after the first failure in a row, twice as much after each
// further one, 1 s at most; and up to a half less, so that workers do not come
// back all at once.
func pause(failures int) time.Duration {
	d := min(50*time.Millisecond<<min(failures-1, 10), time.Second)
	return d - rand.N(d/2)
}
