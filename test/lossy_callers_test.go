package test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// request is what a caller asked for, and what must come of it.
type request struct {
	name string     // the first word of the payload, which no other request has
	run  jobs.RunID // of a one-off or a run by hand that was answered
	job  *jobs.Job  // that was put
	sure bool       // it was answered, in good time: it was done, and done once

	follows string // the job that job follows

	ends    []jobs.State // how its runs may end; empty: as they like
	attempt int          // of the last attempt, when it ends by itself; 0: any
	removed time.Time    // when the removal of the job was answered
}

// requests is what all callers asked for.
type requests struct {
	mu   sync.Mutex
	list []*request
}

func (r *requests) add(list ...*request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, list...)
}

// all answers the requests. Nobody may be calling any more.
func (r *requests) all() []*request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

// caller calls the board again and again, through the proxy, in an order that the
// seed decides.
type caller struct {
	s     *lossyScene
	board *board.Board
	dice  *rand.Rand
	id, n int
}

func newCaller(s *lossyScene, b *board.Board, id int) *caller {
	return &caller{s: s, board: b, dice: rand.New(rand.NewPCG(s.seed, uint64(id))), id: id}
}

// call goes on until ctx ends. A call that fails is not made again: whether it was
// done is not known then.
func (c *caller) call(ctx context.Context) {
	for ctx.Err() == nil {
		switch roll := c.dice.IntN(100); {
		case roll < 34:
			c.enqueue(1+c.dice.IntN(20), board.OneOff{}, "", []jobs.State{jobs.Succeeded}, 1)
		case roll < 40:
			c.uncommon()
		case roll < 48:
			c.failing()
		case roll < 58:
			c.slow(ctx)
		case roll < 62:
			c.enqueue(1, board.OneOff{Timeout: 30 * time.Millisecond}, "takes=20s", []jobs.State{jobs.Failed}, 1)
		case roll < 84:
			c.manual()
		case roll < 90:
			c.once()
		case roll < 94:
			c.grid(jobs.Allow)
		case roll < 97:
			c.grid(jobs.Forbid)
		default:
			c.removed(ctx)
		}
		pause(ctx, time.Duration(c.dice.IntN(20))*time.Millisecond)
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func (c *caller) name(kind string) string {
	c.n++
	return fmt.Sprintf("%s.%d.%d", kind, c.id, c.n)
}

// unanswered checks an error: only lost replies may make calls fail.
func (c *caller) unanswered(what string, err error) bool {
	if err != nil && !errors.Is(err, jobs.ErrUnreachable) && !errors.Is(err, jobs.ErrActive) {
		c.s.t.Errorf("%s: got %v, want nothing but unreachable or active", what, err)
	}
	return err != nil
}

// enqueue queues one-offs of one kind in one call.
func (c *caller) enqueue(n int, one board.OneOff, does string, ends []jobs.State, attempt int) []*request {
	if one.Runner == "" {
		one.Runner = "quick"
	}
	var list []board.OneOff
	var asked []*request
	for range n {
		r := &request{name: c.name("one"), ends: ends, attempt: attempt}
		one.Payload = r.name + " " + does
		list, asked = append(list, one), append(asked, r)
	}
	ids, err := c.board.EnqueueMany(context.Background(), list)
	if !c.unanswered("enqueue", err) {
		for i, r := range asked {
			r.run, r.sure = ids[i], true
		}
	}
	c.s.asked.add(asked...)
	return asked
}

// failing queues one-offs that are retried twice, with and without success.
func (c *caller) failing() {
	fails := c.dice.IntN(4)
	one := board.OneOff{Retries: 2, Backoff: jobs.Backoff{Growth: jobs.Fixed, Delay: 50 * time.Millisecond}}
	end := jobs.Succeeded
	if fails > 2 {
		end = jobs.Dead
	}
	c.enqueue(1+c.dice.IntN(3), one, fmt.Sprintf("fails=%d", fails), []jobs.State{end}, min(3, fails+1))
}

// slow queues a one-off that outlives some renewals, and cancels some of them, at
// once or while they run.
func (c *caller) slow(ctx context.Context) {
	takes := time.Duration(100+c.dice.IntN(2400)) * time.Millisecond
	asked := c.enqueue(1, board.OneOff{Runner: "slow"}, "takes="+takes.String(), []jobs.State{jobs.Succeeded}, 0)
	if asked[0].run == "" || c.dice.IntN(2) == 0 {
		return
	}
	pause(ctx, time.Duration(c.dice.IntN(200))*time.Millisecond)
	asked[0].ends = []jobs.State{jobs.Succeeded, jobs.Cancelled}
	_, err := c.board.Cancel(context.Background(), string(asked[0].run))
	c.unanswered("cancel", err)
}

// manual runs a job by hand, or cancels its runs.
func (c *caller) manual() {
	overlap := []jobs.Overlap{jobs.Forbid, jobs.Allow}[c.dice.IntN(2)]
	job := manualJob(overlap, c.dice.IntN(lossyManual))
	if c.dice.IntN(10) == 0 {
		_, err := c.board.Cancel(context.Background(), job)
		c.unanswered("cancel a job", err)
		return
	}
	if run, err := c.board.Run(context.Background(), job, false); !c.unanswered("run", err) {
		c.s.asked.add(&request{name: job, run: run, sure: true})
	}
}

// put puts a job whose payload begins with its id. It is sure only when it was
// answered long before its start: then nothing of it is in the past at the put.
func (c *caller) put(job jobs.Job) *request {
	r := &request{name: job.ID, job: &job}
	begin := time.Now()
	_, err := c.board.Put(context.Background(), job)
	r.sure = !c.unanswered("put", err) && (job.Start.IsZero() || time.Since(begin) < 800*time.Millisecond)
	c.s.asked.add(r)
	return r
}

// once puts a job that runs once, now, and leaves the board by that.
func (c *caller) once() {
	id := c.name("once")
	c.put(jobs.Job{ID: id, Runner: "grid", Payload: id, Overlap: jobs.Allow})
}

// grid puts a job with a few nominal times in the near future.
func (c *caller) grid(overlap jobs.Overlap) *request {
	id := c.name("grid")
	job := jobs.Job{ID: id, Runner: "grid", Payload: id, Overlap: overlap, Misfire: jobs.RunAll}
	job.Interval = time.Duration(100+100*c.dice.IntN(3)) * time.Millisecond
	if overlap == jobs.Forbid {
		job.Payload += " takes=" + (job.Interval * time.Duration(30+c.dice.IntN(120)) / 100).String()
	}
	job.Start = time.Now().Add(1200 * time.Millisecond).Truncate(time.Millisecond)
	job.Stop = job.Start.Add(job.Interval * time.Duration(4+c.dice.IntN(4)))
	return c.put(job)
}

// removed puts a job that never ends and removes it in the middle of its life.
func (c *caller) removed(ctx context.Context) {
	id := c.name("removed")
	job := jobs.Job{ID: id, Runner: "grid", Payload: id, Overlap: jobs.Allow, Misfire: jobs.RunAll}
	job.Start, job.Interval = time.Now().Add(100*time.Millisecond).Truncate(time.Millisecond), 100*time.Millisecond
	r := c.put(job)
	pause(ctx, time.Duration(300+c.dice.IntN(700))*time.Millisecond)
	if _, err := c.board.Remove(context.Background(), id); c.unanswered("remove", err) {
		// Asked of Redis directly, so that the board comes to rest.
		if _, err := c.s.truth.Remove(context.Background(), id); err != nil {
			c.s.t.Errorf("remove: %v", err)
		}
	}
	r.removed = time.Now()
}
