package test

import (
	"context"
	"fmt"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// uncommon makes one of the calls that are not made at each turn.
func (c *caller) uncommon() {
	switch c.dice.IntN(5) {
	case 0, 1:
		c.held()
	case 2:
		c.backfill()
	case 3:
		c.applied()
	case 4:
		c.flow()
	}
}

// held enqueues a run under a name, a key, a delay and a ttl, and asks for it again:
// that is the same run.
func (c *caller) held() {
	one := board.OneOff{ID: c.name("held"), TTL: time.Hour, In: time.Duration(c.dice.IntN(100)) * time.Millisecond}
	one.Unique = one.ID
	first := c.enqueue(1, one, "", []jobs.State{jobs.Succeeded}, 1)[0]
	one.Runner, one.Payload = "quick", first.name
	run, err := c.board.Enqueue(context.Background(), one)
	if !c.unanswered("enqueue again", err) && first.sure && run != first.run {
		c.s.t.Errorf("enqueue under the id %s again: got %s, want the first, %s", one.ID, run, first.run)
	}
}

// backfill queues runs of a job for times that have passed.
func (c *caller) backfill() {
	job := manualJob(jobs.Allow, c.dice.IntN(lossyManual))
	var times []time.Time
	for i := range 1 + c.dice.IntN(5) {
		times = append(times, time.Now().Truncate(time.Hour).Add(-time.Duration(i)*time.Hour))
	}
	runs, err := c.board.Backfill(context.Background(), job, times, false, nil)
	c.unanswered("backfill", err)
	for _, run := range runs {
		c.s.asked.add(&request{name: job, run: run, sure: true})
	}
}

// applied puts a job of a cron schedule by a board file.
func (c *caller) applied() {
	ctx, file := context.Background(), fmt.Sprint("file-", c.id)
	id := c.name("applied")
	job := jobs.Job{ID: id, Runner: "grid", Payload: id, Overlap: jobs.Allow, Misfire: jobs.RunAll}
	job.Cron, job.Timezone = "* * * * * *", "UTC"
	job.Start = time.Now().Truncate(time.Second).Add(3 * time.Second)
	job.Stop = job.Start.Add(2 * time.Second)
	r := &request{name: id, job: &job}
	begin := time.Now()
	snapshot, err := c.board.Snapshot(ctx, file)
	if err == nil {
		err = c.board.Apply(ctx, snapshot, board.Changes{Puts: []*jobs.Job{&job}})
	}
	r.sure = !c.unanswered("apply", err) && time.Since(begin) < 1800*time.Millisecond
	c.s.asked.add(r)
}

// flow puts two jobs, one of which follows the other.
func (c *caller) flow() {
	first := c.grid(jobs.Allow)
	if !first.sure {
		return
	}
	id := c.name("follower")
	job := jobs.Job{ID: id, Runner: "quick", Payload: id, After: []string{first.job.ID}}
	_, err := c.board.Put(context.Background(), job)
	r := &request{name: id, job: &job, follows: first.job.ID}
	r.sure = !c.unanswered("put a follower", err) && time.Now().Before(first.job.Start)
	c.s.asked.add(r)
}

// judgeFollower looks at a job that follows another: each success of that makes one
// run of it.
func judgeFollower(v verdicts, r *request, runs, before []*life) {
	ended := 0
	for _, l := range before {
		if len(l.ends) > 0 && l.ends[0].State == jobs.Succeeded {
			ended++
		}
	}
	flows := map[jobs.RunID]*life{}
	for _, l := range runs {
		if len(l.ends) == 0 {
			continue // that is said elsewhere
		}
		if other := flows[l.ends[0].Flow]; other != nil {
			v.say("what follows a run follows it once", "%v and %v", other, l)
		}
		flows[l.ends[0].Flow] = l
	}
	if r.sure && len(flows) != ended || len(flows) > ended {
		v.say("what follows a run follows it once", "%s: %d runs follow %d that succeeded", r.name, len(flows), ended)
	}
}
