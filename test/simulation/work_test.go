package simulation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jobs-agent/jobs"
)

// served tells which agents serve which runner types. Of one type, runs have to wait
// while its agent is away.
var served = map[string][]string{
	"one":   {"common", "heavy"},
	"two":   {"common", "heavy"},
	"three": {"common", "rare"},
}

// runners are those of one life of an agent.
func (s *simulation) runners(a *agent) map[string]jobs.Runner {
	table := map[string]jobs.Runner{}
	for _, kind := range served[a.name] {
		table[kind] = jobs.RunnerFunc(func(ctx context.Context, at *jobs.Attempt) error { return s.work(ctx, a, at) })
	}
	return table
}

var errWork = errors.New("the work failed")

// work is what a program does: it takes its time, may fail, and ends soon when it is
// told to. How long and whether follows from its nominal time and the number of the
// attempt. The judge learns of it directly, as from a file beside the program.
func (s *simulation) work(ctx context.Context, a *agent, at *jobs.Attempt) error {
	name := fmt.Sprint(at.Job, at.Due.UnixMilli(), " ", at.Number)
	if at.Due.IsZero() {
		name = fmt.Sprint(at.Run, at.Number)
	}
	j := s.jobs[at.Job]
	if j == nil {
		j = oneOff
	}
	s.judge.began(a, at)
	done := time.NewTimer(s.seed.between(j.work/4, j.work, "work", name))
	defer done.Stop()
	select {
	case <-a.dead:
		return s.judge.finished(a, at, errors.New("killed"))
	case <-done.C:
	case <-ctx.Done():
		leaving := time.NewTimer(s.seed.between(time.Millisecond, 2*time.Second, "leaves", name))
		defer leaving.Stop()
		select {
		case <-a.dead:
		case <-leaving.C:
		}
		return s.judge.finished(a, at, context.Cause(ctx))
	}
	switch x := s.seed.share("fails", name); {
	case x < j.fails/2:
		return s.judge.finished(a, at, errWork)
	case x < j.fails:
		return s.judge.finished(a, at, &jobs.ExitError{Code: 1 + s.seed.below(3, "code", name)})
	}
	return s.judge.finished(a, at, nil)
}
