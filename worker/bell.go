package worker

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// ropes lead from the one goroutine that waits for the doorbell to the lanes. A
// ring wakes one lane: if it leaves runs behind, Redis rings again.
type ropes struct {
	mu     sync.Mutex
	lanes  []rope
	next   int
	wanted chan struct{} // holds a token while somebody may listen
}

type rope struct {
	listens bool
	rung    chan struct{}
}

func newRopes(n int) *ropes {
	r := &ropes{lanes: make([]rope, n), wanted: make(chan struct{}, 1)}
	for i := range r.lanes {
		r.lanes[i].rung = make(chan struct{}, 1)
	}
	return r
}

// rung holds a token when the bell has rung for lane i.
func (r *ropes) rung(i int) <-chan struct{} { return r.lanes[i].rung }

// listen says whether lane i could take runs if the bell rang.
func (r *ropes) listen(i int, on bool) {
	r.mu.Lock()
	r.lanes[i].listens = on
	r.mu.Unlock()
	if on {
		select {
		case r.wanted <- struct{}{}:
		default:
		}
	}
}

func (r *ropes) anyone() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.lanes {
		if r.lanes[i].listens {
			return true
		}
	}
	return false
}

// pull passes a ring on: to the next lane that listens, or when there is none any
// more to the next lane, which then hangs the bell's token back. A lane that was rung
// listens no more until it says so again, or it might swallow the ring that another
// one, or another agent, could answer.
func (r *ropes) pull() {
	r.mu.Lock()
	defer r.mu.Unlock()
	chosen := r.next
	for i := range r.lanes {
		if at := (r.next + i) % len(r.lanes); r.lanes[at].listens {
			chosen = at
			r.lanes[at].listens = false
			break
		}
	}
	r.next = (chosen + 1) % len(r.lanes)
	select {
	case r.lanes[chosen].rung <- struct{}{}:
	default:
	}
}

// nudge wakes all lanes, to look at what they are told.
func (r *ropes) nudge() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.lanes {
		select {
		case r.lanes[i].rung <- struct{}{}:
		default:
		}
	}
}

// listener waits for the doorbell while any lane could take runs.
type listener struct {
	bell    Bell
	ropes   *ropes
	service *atomic.Pointer[service]
	link    *link
	jitter  func() float64
}

// run listens until quiet is closed and the bell with it.
func (l *listener) run(ctx context.Context, quiet <-chan struct{}) {
	t := trouble{jitter: l.jitter}
	for {
		select {
		case <-quiet:
			return
		case <-l.ropes.wanted:
		}
		for l.ropes.anyone() {
			wait := l.wait(ctx, quiet, &t)
			select {
			case <-quiet:
				return
			case <-time.After(wait):
			}
		}
		l.link.rests()
	}
}

// wait listens once and answers how long to rest then.
func (l *listener) wait(ctx context.Context, quiet <-chan struct{}, t *trouble) time.Duration {
	types := l.service.Load().types
	if len(types) == 0 {
		return time.Second
	}
	rang, err := l.bell.Wait(ctx, types)
	select {
	case <-quiet: // the bell was closed
		return 0
	default:
	}
	if err != nil {
		now := time.Now()
		t.failed(now)
		l.link.failed(err)
		return t.until.Sub(now)
	}
	t.worked()
	l.link.worked()
	if rang {
		l.ropes.pull()
		runtime.Gosched() // to the lane that has been rung, before the next wait and its call to the kernel
	}
	return 0
}
