package agent

import (
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs/scripts"
)

const (
	// tellAfter is how long Redis must have failed: of what is over before, people
	// need not know.
	tellAfter = 500 * time.Millisecond
	// remindEvery is how often a trouble that lasts is told of again.
	remindEvery = 10 * time.Minute
	// settleFirst is how long Redis must have worked until a trouble is over, and
	// settleMost what that grows to when troubles come again and again.
	settleFirst = time.Second
	settleMost  = time.Minute
	// forgetFailure is when a failure counts no more that its part did not repeat:
	// longer than any part waits between its tries, time-outs included.
	forgetFailure = 15 * time.Second
)

// troubles tells people that Redis fails this agent, for all parts together: a line
// soon after it began, one for each further reason, a reminder seldom, and a line when it
// is over. Readiness goes by it as well.
type troubles struct {
	log   *zap.Logger
	redis string // where it is, for people

	calm atomic.Bool // nothing fails and nothing was told that is not over
	mu   sync.Mutex
	now  struct {
		failing map[string]failure // by part
		told    map[string]bool    // reasons
		since   time.Time          // zero: all is well
		last    time.Time          // failure
		remind  time.Time
	}
	settle time.Duration
	over   time.Time // when the last trouble was
}

// failure is the last failure of a part that has not worked since.
type failure struct {
	err error
	at  time.Time
}

func newTroubles(redis string, log *zap.Logger) *troubles {
	t := &troubles{log: log.Named("redis"), redis: redis, settle: settleFirst}
	t.now.failing = map[string]failure{}
	t.calm.Store(true)
	return t
}

// tell takes note of what came of a call of a part: nil when Redis answered.
func (t *troubles) tell(part string, err error) {
	if err == nil && t.calm.Load() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	delete(t.now.failing, part)
	for other, f := range t.now.failing {
		if now.Sub(f.at) > forgetFailure {
			delete(t.now.failing, other)
		}
	}
	switch {
	case err != nil:
		t.failed(part, err, now)
	case t.now.since.IsZero(), len(t.now.failing) > 0:
	case len(t.now.told) == 0:
		t.now.since = time.Time{}
		t.calm.Store(true)
	case now.Sub(t.now.last) >= t.settle:
		t.log.Info("redis works again", zap.String("redis", t.redis), zap.Duration("after", now.Sub(t.now.since).Round(time.Millisecond)))
		t.now.since, t.over = time.Time{}, now
		t.calm.Store(true)
	}
}

func (t *troubles) failed(part string, err error, now time.Time) {
	if t.now.since.IsZero() {
		t.calm.Store(false)
		t.now.since, t.now.told = now, map[string]bool{}
		if t.over.IsZero() || now.Sub(t.over) > 10*t.settle {
			t.settle = settleFirst
		} else {
			t.settle = min(2*t.settle, settleMost)
		}
	}
	t.now.failing[part], t.now.last = failure{err, now}, now
	trouble, known := scripts.TroubleOf(err)
	if !known { // of the board rather than of Redis: a key of another type, for instance
		trouble = scripts.Trouble{Kind: err.Error(), What: "refuses what the " + part + " asks", Fix: "jobs-agent doctor"}
	}
	still := ""
	switch {
	case now.Sub(t.now.since) < tellAfter:
		return
	case !t.now.told[trouble.Kind] && len(t.now.told) < 20:
		t.now.told[trouble.Kind] = true
	case now.Before(t.now.remind):
		return
	default:
		still = "still: "
	}
	t.now.remind = now.Add(remindEvery)
	t.log.Warn(still+trouble.String()+"; "+meaning(trouble.Kind), zap.String("redis", t.redis), zap.String("part", part), zap.Error(err),
		zap.String("fix", trouble.Fix), zap.Duration("since", now.Sub(t.now.since).Round(time.Millisecond)))
}

// meaning is what a trouble means for runs.
func meaning(kind string) string {
	if kind == "memory" {
		return "what waits and runs goes on, what falls due is queued when there is room again"
	}
	return "running programs go on, and so do the attempts to reach it"
}

// reason is why Redis does not serve this agent now; empty when it does.
func (t *troubles) reason() string {
	if t.calm.Load() {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.now.failing {
		if trouble, ok := scripts.TroubleOf(f.err); ok && time.Since(f.at) <= forgetFailure {
			return trouble.String() + " (" + t.redis + "): " + f.err.Error() + "; " + trouble.Fix
		}
	}
	return ""
}
