package ticker

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

// Plans is what a planner asks of Redis; *scripts.Commands does it.
type Plans interface {
	// Wanted answers schedules that need more times, at most limit.
	Wanted(ctx context.Context, limit int) ([]jobs.Plan, error)
	// Planned answers plans that are kept, page by page.
	Planned(ctx context.Context, cursor uint64) ([]jobs.Plan, uint64, error)
	// Jplan keeps lines, and forgets schedules with an empty one whose times have
	// passed.
	Jplan(ctx context.Context, now string, plans []jobs.Plan) error
}

const (
	// plansAtOnce is how many schedules are planned for one call to Redis.
	plansAtOnce = 50
	// sweepPlans is how often plans that nobody asks for are forgotten.
	sweepPlans = time.Hour
)

// Planner computes the times of schedules that Redis cannot, ahead of when they are
// due. Any number of planners at once do no harm.
type Planner struct {
	plans Plans
	line  func(spec string, from, now time.Time) (string, error)
	log   *zap.Logger
	swept time.Time
}

// NewPlanner makes a planner. line computes the line of a schedule: what follows
// behind from, or why there is nothing.
func NewPlanner(plans Plans, line func(spec string, from, now time.Time) (string, error), log *zap.Logger) *Planner {
	if log == nil {
		log = zap.NewNop()
	}
	return &Planner{plans: plans, line: line, log: log.Named("planner"), swept: time.Now()}
}

// Plan plans what is wanted, at most plansAtOnce schedules, and answers how many
// that were.
func (p *Planner) Plan(ctx context.Context, now time.Time) (int, error) {
	wanted, err := p.plans.Wanted(ctx, plansAtOnce)
	if err != nil {
		return 0, err
	}
	for i := range wanted {
		w := &wanted[i]
		if w.Line, err = p.line(w.Spec, w.From.Add(-time.Millisecond), now); err != nil {
			p.log.Warn("a schedule cannot be planned, its jobs are not fired", zap.String("schedule", w.Spec), zap.Error(err))
			w.Line = "! " + err.Error()
		}
	}
	if len(wanted) > 0 {
		if err := p.plans.Jplan(ctx, "", wanted); err != nil {
			return 0, err
		}
	}
	if time.Since(p.swept) >= sweepPlans {
		p.swept = time.Now()
		return len(wanted), p.sweep(ctx)
	}
	return len(wanted), nil
}

// sweep forgets plans that have run out: their jobs are gone or have other schedules.
func (p *Planner) sweep(ctx context.Context) error {
	for cursor := uint64(0); ; {
		page, next, err := p.plans.Planned(ctx, cursor)
		if err != nil {
			return err
		}
		for i := range page {
			page[i].Line = ""
		}
		if len(page) > 0 {
			if err := p.plans.Jplan(ctx, "", page); err != nil {
				return err
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}
