package ticker

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

// pass fires what is due of all types. It is one leadership's and one
// goroutine's.
type pass struct {
	board Board
	log   *zap.Logger
	term  string
	plans *Planner // nil: jobs that need a plan wait

	asked  time.Time     // when the newest call was sent
	took   time.Duration // and how long it took
	types  []string      // sorted
	looked time.Time
	blind  bool // the registered types could not be read
	apart  bool // one queue is of a wrong type, so each type is fired alone
}

// fire fires once, naming every registered type and those found due besides.
func (p *pass) fire(ctx context.Context) (jobs.Fired, error) {
	unread := p.read(ctx, 2*look)
	fired, err := p.together(ctx)
	if err != nil {
		return fired, err
	}
	p.complain(unread)
	if fired.Unplanned && p.plans != nil {
		planned, err := p.plans.Plan(ctx, fired.Now)
		if err != nil {
			return fired, err
		}
		fired.More = fired.More || planned > 0
	}
	if len(fired.Unserved) == 0 {
		return fired, nil
	}
	known := len(p.types)
	p.types = slices.Compact(slices.Sorted(slices.Values(append(p.types, fired.Unserved...))))
	if len(p.types) > known {
		fired.More = true // they are due now
	}
	return fired, nil
}

// lookAhead reads the registered types while nothing is due, so that what is due next does
// not wait for that.
func (p *pass) lookAhead(ctx context.Context) {
	if err := p.read(ctx, look); ctx.Err() == nil {
		p.complain(err)
	}
}

// complain tells once that types cannot be read although Redis answers.
func (p *pass) complain(unread error) {
	if unread != nil && !errors.Is(unread, jobs.ErrUnreachable) && !p.blind {
		p.blind = true
		p.log.Warn("registered runner types cannot be read, serving those that are due", zap.Error(unread))
	}
}

// read reads the registered types if what is known of them is that old. Without them the
// ticker learns of types as they become due.
func (p *pass) read(ctx context.Context, age time.Duration) error {
	now := time.Now()
	if now.Sub(p.looked) < age {
		return nil
	}
	p.looked = now
	types, err := p.board.RunnerTypes(ctx)
	if err != nil {
		return err
	}
	p.types, p.blind = slices.Compact(slices.Sorted(slices.Values(types))), false
	return nil
}

func (p *pass) call(ctx context.Context, types []string) (jobs.Fired, error) {
	p.asked = time.Now()
	fired, err := p.board.Jfire(ctx, "", limit, p.term, types)
	p.took = time.Since(p.asked)
	return fired, err
}

// untilDue is how long to sleep when nothing can be due meanwhile, rest at most. It counts
// from when the call was sent, since the next one takes as long until Redis looks at its
// clock. A little more, for a call that comes a little too early is one for nothing.
func (p *pass) untilDue(fired jobs.Fired, rest time.Duration) time.Duration {
	if fired.Next.IsZero() {
		return rest
	}
	const least, tiny = 100 * time.Microsecond, time.Microsecond
	due := max(tiny, fired.Next.Sub(fired.Now)-time.Since(p.asked)+least)
	if due > asleep && p.took < early {
		due -= early
	}
	return min(rest, due)
}

// together fires all types in one call. A queue that is no list makes Redis
// refuse the call, and then the types are fired one by one, so that the others
// are served.
func (p *pass) together(ctx context.Context) (jobs.Fired, error) {
	fired, err := p.call(ctx, p.types)
	if !errors.Is(err, jobs.ErrWrongType) || len(p.types) < 2 {
		if p.apart && err == nil {
			p.apart = false
			p.log.Info("all queues are lists again")
		}
		return fired, err
	}
	whole := err
	var sum jobs.Fired
	var served int
	unserved := map[string]bool{}
	for _, kind := range p.types {
		fired, err := p.call(ctx, []string{kind})
		if errors.Is(err, jobs.ErrWrongType) {
			continue
		}
		if err != nil {
			return jobs.Fired{}, err
		}
		served++
		sum.Queued += fired.Queued
		sum.More = sum.More || fired.More
		sum.Unplanned = sum.Unplanned || fired.Unplanned
		sum.Now, sum.Next = fired.Now, fired.Next
		for _, other := range fired.Unserved {
			unserved[other] = true
		}
	}
	if served == 0 {
		return jobs.Fired{}, whole
	}
	if !p.apart {
		p.apart = true
		p.log.Warn("a queue is no list, its runs have to wait", zap.Error(whole))
	}
	sum.Unserved = slices.Sorted(maps.Keys(unserved))
	return sum, nil
}
