package ticker_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jobs-agent/jobs"
)

var errDown = fmt.Errorf("%w: connection refused", jobs.ErrUnreachable)

// call is one call of Jfire as the fake saw it.
type call struct {
	at    time.Time
	types []string
	term  string
	limit int
}

// fired is a run that the fake queued.
type fired struct {
	due, at time.Time
	runner  string
}

// job fires each interval from due on.
type job struct {
	runner   string
	due      time.Time
	interval time.Duration
}

// fakeBoard fires as Jfire does. Its clock differs from the tests' by skew.
type fakeBoard struct {
	mu         sync.Mutex
	skew       time.Duration
	registered []string
	jobs       []*job
	calls      []call
	fired      []fired
	looks      int
	slow       time.Duration // how long a look at the types takes
	way        time.Duration // of a call to Redis, and back
	err        error
	paused     bool
	broken     map[string]bool
}

func (f *fakeBoard) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fakeBoard) RunnerTypes(context.Context) ([]string, error) {
	time.Sleep(f.slow) // virtual
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks++
	return slices.Clone(f.registered), f.err
}

func (f *fakeBoard) Jfire(_ context.Context, now string, limit int, term string, types []string) (jobs.Fired, error) {
	time.Sleep(f.way)
	defer time.Sleep(f.way)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, call{at: time.Now(), types: slices.Clone(types), term: term, limit: limit})
	if f.err != nil || now != "" {
		return jobs.Fired{}, f.err
	}
	for _, kind := range types {
		if f.broken[kind] {
			return jobs.Fired{}, fmt.Errorf("%w: queue %s", jobs.ErrWrongType, kind)
		}
	}
	done := jobs.Fired{Now: time.Now().Add(f.skew)}
	if f.paused {
		return done, nil
	}
	unserved := map[string]bool{}
	for _, j := range f.jobs {
		switch {
		case j.due.After(done.Now):
		case !slices.Contains(types, j.runner):
			unserved[j.runner] = true
			continue
		case int(done.Queued) == limit:
			done.More = true
		default:
			f.fired = append(f.fired, fired{due: j.due, at: done.Now, runner: j.runner})
			done.Queued++
			for !j.due.After(done.Now) {
				j.due = j.due.Add(j.interval)
			}
		}
		if j.due.After(done.Now) && (done.Next.IsZero() || j.due.Before(done.Next)) {
			done.Next = j.due
		}
	}
	done.Unserved = slices.Sorted(maps.Keys(unserved))
	return done, nil
}
