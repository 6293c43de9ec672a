package simulation

import (
	"context"
	"fmt"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// oneOff is the work of a run that belongs to no job.
var oneOff = &job{work: 3 * time.Minute}

// act lets somebody do something to the board now and then. Who gets no answer does
// not know whether it was done.
func (s *simulation) act(n int) {
	ctx, now := context.Background(), time.Now()
	ids := sortedKeys(s.jobs)
	target := s.jobs[ids[s.seed.below(len(ids), "target", n)]]
	switch s.seed.below(5, "act", n) {
	case 0, 1:
		kind := kinds[s.seed.below(len(kinds), "kind", n)]
		var entries []scripts.Entry
		for range 1 + s.seed.below(3, "entries", n) {
			id := jobs.MintRunID(kind, now)
			entries = append(entries, scripts.Entry{Run: id, Text: fmt.Sprintf(`{"id":%q,"runner":%q,"payload":"x"}`, kind, kind)})
		}
		if _, err := s.client.Jpush(ctx, "", scripts.Push{Runner: kind, Entries: entries}); err == nil {
			s.judge.promise(entries)
		}
	case 2:
		id := jobs.MintRunID(target.ID, now)
		if err := s.client.Jrun(ctx, "", target.ID, id, false); err == nil {
			s.judge.promise([]scripts.Entry{{Run: id}})
		}
	case 3:
		if id := s.judge.someRun(s.seed.below(1000, "run", n)); id != "" {
			_, _ = s.client.Jcancel(ctx, "", id)
		}
	case 4:
		_, _ = s.client.Jcancel(ctx, "", target.ID)
	}
}

// insist does something until somebody is told that it is done, or until a complaint
// has ended the simulation: then no answer comes any more.
func (s *simulation) insist(do func(context.Context) error) (done bool) {
	for {
		if err := do(context.Background()); err == nil {
			return true
		}
		select {
		case <-s.judge.spoiled:
			return false
		case <-time.After(time.Minute):
		}
	}
}

// remove takes a job off the board.
func (s *simulation) remove(id string) {
	if s.insist(func(ctx context.Context) error {
		_, err := s.client.Jdel(ctx, id)
		return err
	}) {
		s.judge.mustStayAway(id)
	}
}

// putAgain puts a job that was removed, to begin later.
func (s *simulation) putAgain(id string) {
	j := s.jobs[id]
	s.judge.change(func() {
		j.Start = time.Now().Truncate(10 * time.Minute).Add(40 * time.Minute)
	})
	d, _ := j.definition() // it was good before
	s.insist(func(ctx context.Context) error { return s.client.Jset(ctx, d) })
}

// promise takes note of runs that somebody was told are queued.
func (j *judge) promise(entries []scripts.Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range entries {
		if j.runs[string(e.Run)] == nil {
			j.complain(nil, "somebody was told that %s is queued, and it never was", e.Run)
		}
		j.counts["pushed"]++
	}
}

// mustStayAway takes note of a job that somebody was told is removed.
func (j *judge) mustStayAway(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if a := j.jobs[id]; a.listed {
		j.accuse(a, "somebody was told that it is removed, and it is on the board")
	}
	j.counts["removed"]++
}

// someRun answers a run that has not ended.
func (j *judge) someRun(n int) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var ids []string
	for _, id := range sortedKeys(j.runs) {
		if j.runs[id].place != ended {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return ids[n%len(ids)]
}

func (j *judge) change(how func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	how()
}
