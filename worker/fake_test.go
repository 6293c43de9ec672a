package worker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jobs-agent/jobs"
)

var errDown = fmt.Errorf("%w: connection refused", jobs.ErrUnreachable)

// call is one exchange or renew as the fake saw it.
type call struct {
	at    time.Time
	lane  string
	ack   int64 // operation, 0 for none
	ends  int
	held  int // what the lane says with them
	take  int64
	want  int
	types []string
	renew bool
	count int
	since time.Time
}

// fakeRedis answers as the commands do, for workers in a bubble.
type fakeRedis struct {
	mu     sync.Mutex
	queues map[string][]*jobs.Attempt
	seq    int
	held   map[string]map[string]*jobs.Attempt
	last   map[string]int64 // op of the last take and ack, by lane and kind
	reply  map[string][]string
	done   map[string]int // how many takes and acks were carried out, by lane
	marks  map[string]time.Time

	calls []call
	looks int // renews of lanes that hold nothing, which are no calls of these
	ends  []jobs.End
	left  []string
	told  []jobs.Piece
	deaf  error // why output is not taken; nil: it is

	down    bool            // nothing is done, and every call fails
	swallow int             // so many exchanges are done and their answers lost
	slow    time.Duration   // that the answer to a renew takes
	far     time.Duration   // that an exchange takes
	stale   bool            // renews find no lease
	again   bool            // what is given back or lost is queued again
	forgot  bool            // a failover has lost something, so lanes say what is not so
	broken  map[string]bool // queues of a wrong type
}

func newFakeRedis() *fakeRedis {
	return &fakeRedis{
		queues: map[string][]*jobs.Attempt{}, held: map[string]map[string]*jobs.Attempt{},
		last: map[string]int64{}, done: map[string]int{}, reply: map[string][]string{}, marks: map[string]time.Time{}, broken: map[string]bool{},
	}
}

// push queues a run of a job and answers its id.
func (f *fakeRedis) push(a jobs.Attempt) jobs.RunID {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	if a.Job == "" {
		a.Job = "j"
	}
	if a.Run == "" {
		a.Run = jobs.RunID(fmt.Sprintf("%s#%d", a.Job, f.seq))
	}
	if a.Runner == "" {
		a.Runner = "t"
	}
	a.Queued = time.Now()
	f.queues[a.Runner] = append(f.queues[a.Runner], &a)
	return a.Run
}

func (f *fakeRedis) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fakeRedis) Exchange(_ context.Context, acks jobs.Acks, take *jobs.Take) (jobs.Exchanged, error) {
	f.mu.Lock()
	far := f.far
	f.mu.Unlock()
	time.Sleep(far) // virtual
	f.mu.Lock()
	defer f.mu.Unlock()
	c := call{at: time.Now()}
	if len(acks.Ends) > 0 {
		c.lane, c.ack, c.ends, c.held = acks.Lane, acks.Op, len(acks.Ends), acks.Held
	}
	if take != nil {
		c.lane, c.take, c.want, c.types = take.Lane, take.Op, take.Want, slices.Clone(take.Runners)
	}
	f.calls = append(f.calls, c)
	if f.down {
		return jobs.Exchanged{}, errDown
	}
	var done jobs.Exchanged
	if len(acks.Ends) > 0 {
		done.Refused = f.ack(acks)
	}
	if take != nil {
		for _, kind := range take.Runners {
			if f.broken[kind] {
				return jobs.Exchanged{}, fmt.Errorf("%w: queue %s", jobs.ErrWrongType, kind)
			}
		}
		done.Taken = f.take(take)
	}
	if f.swallow > 0 {
		f.swallow--
		return jobs.Exchanged{}, errDown
	}
	return done, nil
}

func (f *fakeRedis) ack(acks jobs.Acks) (refused []string) {
	key := acks.Lane + " ack"
	if f.last[key] == acks.Op {
		return f.reply[key]
	}
	f.mustKnow(acks)
	f.done[acks.Lane]++
	for _, end := range acks.Ends {
		if _, ok := f.held[acks.Lane][end.Token]; !ok {
			refused = append(refused, end.Token)
			continue
		}
		if end.State == jobs.Queued {
			f.requeue(acks.Lane, end.Token)
		}
		delete(f.held[acks.Lane], end.Token)
		if end.ExitCode != nil { // it is the worker's own
			code := *end.ExitCode
			end.ExitCode = &code
		}
		f.ends = append(f.ends, end)
	}
	f.last[key], f.reply[key] = acks.Op, refused
	return refused
}

// mustKnow panics when Redis would believe the lane wrongly.
func (f *fakeRedis) mustKnow(acks jobs.Acks) {
	if f.forgot {
		return
	}
	held := f.held[acks.Lane]
	if acks.Held > 0 && acks.Done != f.done[acks.Lane] {
		panic(fmt.Sprintf("lane %s says that %d calls were answered, and %d were carried out", acks.Lane, acks.Done, f.done[acks.Lane]))
	}
	if acks.Held > 0 && len(held) > acks.Held {
		panic(fmt.Sprintf("lane %s knows of %d, and holds %d", acks.Lane, acks.Held, len(held)))
	}
	for _, end := range acks.Ends {
		if _, ok := held[end.Token]; acks.Held > 0 && acks.Held == len(held) && !ok {
			panic(fmt.Sprintf("lane %s holds %d as it says, but not %s", acks.Lane, len(held), end.Token))
		}
	}
}

// reap gives back what a lane holds, but for so many.
func (f *fakeRedis) reap(lane string, left int) {
	for token := range f.held[lane] {
		if len(f.held[lane]) > left {
			f.requeue(lane, token)
			delete(f.held[lane], token)
		}
	}
}

func (f *fakeRedis) requeue(lane, token string) {
	if a := *f.held[lane][token]; f.again {
		f.queues[a.Runner] = slices.Insert(f.queues[a.Runner], 0, &a)
	}
}

func (f *fakeRedis) take(take *jobs.Take) (taken []*jobs.Attempt) {
	key := take.Lane + " take"
	if f.held[take.Lane] == nil {
		f.held[take.Lane] = map[string]*jobs.Attempt{}
	}
	if f.last[key] != take.Op {
		f.last[key], f.reply[key] = take.Op, nil
		f.done[take.Lane]++
		for _, kind := range take.Runners {
			for len(f.queues[kind]) > 0 && len(f.reply[key]) < take.Want {
				a := f.queues[kind][0]
				f.queues[kind] = f.queues[kind][1:]
				f.seq++
				a.Token = fmt.Sprintf("1:%d:%d:%s", f.seq, time.Now().UnixMilli(), take.Lane)
				a.Start, a.Number = time.Now(), 1
				f.held[take.Lane][a.Token] = a
				f.reply[key] = append(f.reply[key], a.Token)
			}
		}
	}
	for _, token := range f.reply[key] {
		if a, ok := f.held[take.Lane][token]; ok {
			again := *a
			taken = append(taken, &again)
		}
	}
	return taken
}

func (f *fakeRedis) Jrenew(_ context.Context, r jobs.Renew) (jobs.Renewed, error) {
	f.mu.Lock()
	defer func() {
		slow := f.slow
		f.mu.Unlock()
		time.Sleep(slow) // virtual
	}()
	if r.Holds == 0 {
		f.looks++
	} else {
		f.calls = append(f.calls, call{at: time.Now(), lane: r.Lane, renew: true, count: r.Holds, since: r.Since})
	}
	if f.down {
		return jobs.Renewed{}, errDown
	}
	if f.stale {
		f.stale = false
		f.reap(r.Lane, 0)
		return jobs.Renewed{}, fmt.Errorf("%w: no lease", jobs.ErrStale)
	}
	done := jobs.Renewed{Cancelled: map[string]time.Time{}}
	for id, at := range f.marks {
		if !at.Before(r.Since) {
			done.Cancelled[id] = at
		}
	}
	for _, token := range r.Strange {
		if f.held[r.Lane][token] != nil {
			f.requeue(r.Lane, token)
			delete(f.held[r.Lane], token)
		}
	}
	if len(f.held[r.Lane]) != r.Holds {
		done.Differs = true
		for token := range f.held[r.Lane] {
			done.Tokens = append(done.Tokens, token)
		}
	}
	return done, nil
}

func (f *fakeRedis) Jleave(_ context.Context, lane string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return false, errDown
	}
	f.left = append(f.left, lane)
	return len(f.held[lane]) == 0, nil
}

// seen answers the calls and ends so far.
func (f *fakeRedis) seen() ([]call, []jobs.End) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls), slices.Clone(f.ends)
}

// fakeBell rings when the test says so.
type fakeBell struct {
	rings  chan struct{}
	closed chan struct{}
}

func newFakeBell() *fakeBell {
	return &fakeBell{rings: make(chan struct{}, 1), closed: make(chan struct{})}
}

func (b *fakeBell) Wait(context.Context, []string) (bool, error) {
	select {
	case <-b.rings:
		return true, nil
	case <-time.After(time.Second):
		return false, nil
	case <-b.closed:
		return false, errors.New("closed")
	}
}

func (b *fakeBell) Close() error {
	close(b.closed)
	return nil
}
