package worker

import (
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// quiet is how long nothing is told of troubles after one is over.
const quiet = time.Minute

// link tells people when Redis stops answering and when it answers again, once
// each; of troubles that come and go it tells once a minute.
type link struct {
	log    *zap.Logger
	part   string
	what   string              // that fails
	report func(string, error) // not nil: who tells people
	down   atomic.Bool

	mu    sync.Mutex
	told  bool
	until time.Time // quiet
}

func (l *link) failed(err error) {
	if l.report != nil {
		l.report(l.part, err)
		return
	}
	if !l.down.CompareAndSwap(false, true) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.told = time.Now().After(l.until); l.told {
		l.log.Warn(l.what+" fails, trying again", zap.Error(err))
	}
}

func (l *link) worked() {
	if l.report != nil {
		l.report(l.part, nil)
		return
	}
	if !l.down.Load() || !l.down.CompareAndSwap(true, false) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.told {
		l.log.Info(l.what + " works again")
		l.told, l.until = false, time.Now().Add(quiet)
	}
}

// rests says that there is nothing to be in trouble with.
func (l *link) rests() {
	if l.report != nil {
		l.report(l.part, nil)
	}
}

// trouble counts failures of one thing in a row and says when to try again.
type trouble struct {
	jitter   func() float64
	failures int
	until    time.Time
}

func (t *trouble) failed(now time.Time) {
	t.failures++
	t.until = now.Add(pause(t.failures, t.jitter))
}

func (t *trouble) worked() { *t = trouble{jitter: t.jitter} }

// pause is 50 ms after the first failure in a row, twice as much after each
// further one, 1 s at most; and up to a half less, so that workers do not come
// back all at once.
func pause(failures int, jitter func() float64) time.Duration {
	d := min(50*time.Millisecond<<min(failures-1, 10), time.Second)
	return d - time.Duration(jitter()*float64(d/2))
}
