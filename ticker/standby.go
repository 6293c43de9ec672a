package ticker

import (
	"context"
	"math/rand/v2"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

// Schedule is what a standby asks of Redis; *scripts.Commands does it.
type Schedule interface {
	Board
	// Overdue answers how long ago the earliest nominal time of the board was, by
	// the clock of Redis; nothing or less when it is still to come.
	Overdue(ctx context.Context) (time.Duration, error)
}

const (
	// patience is how long a leader may be late before others fire in its place.
	patience = 1500 * time.Millisecond
	// standbyRest is how long a standby rests when its fire could not help: what is
	// due is beyond this version, or the board is paused.
	standbyRest = 10 * time.Second
)

// Standby fires in the place of a leader that does not: one that is frozen or cut
// off and still holds the lock. Firing is safe beside any other ticker. Every agent
// runs one; it has nothing to do as long as somebody ticks.
type Standby struct {
	// Every is how long it rests between two looks: 250 ms.
	Every time.Duration
	// Jitter and Report are as in Ticker.
	Jitter func() float64
	Report func(part string, err error)
	// Planner and Align are as in Ticker.
	Planner *Planner
	Align   func(time.Time) time.Time

	board   Schedule
	leading func() bool
	log     *zap.Logger
	record  record
}

// NewStandby makes a standby that does nothing until Run. It does nothing either
// while leading answers true. A nil log means none.
func NewStandby(board Schedule, leading func() bool, log *zap.Logger) *Standby {
	if log == nil {
		log = zap.NewNop()
	}
	return &Standby{Every: 250 * time.Millisecond, Jitter: rand.Float64, board: board, leading: leading, log: log.Named("standby")}
}

// Stats tells what was fired so far. It may be called at any time.
func (s *Standby) Stats() Stats { return s.record.read() }

// Run looks until ctx ends, which is no error, and goes on through errors of the
// connection.
func (s *Standby) Run(ctx context.Context) error {
	p := &pass{board: s.board, log: s.log, plans: s.Planner}
	link := outage{log: s.log, part: "standby", what: "looking for what is overdue", report: s.Report, jitter: s.Jitter}
	for ctx.Err() == nil {
		if s.leading() { // there is nothing to ask, so there is no trouble with it either
			link.over()
			wait(ctx, aligned(jittered(2*s.Every, s.Jitter), s.Align))
			continue
		}
		overdue, err := s.board.Overdue(ctx)
		if err != nil {
			link.wait(ctx, err)
			continue
		}
		link.over()
		if overdue <= patience || s.leading() { // it was elected meanwhile
			wait(ctx, aligned(jittered(s.Every, s.Jitter), s.Align))
			continue
		}
		fired, err := p.fire(ctx)
		if err != nil {
			link.wait(ctx, err)
			continue
		}
		s.fired(ctx, fired, overdue)
	}
	return nil
}

func (s *Standby) fired(ctx context.Context, fired jobs.Fired, overdue time.Duration) {
	s.record.add(fired, time.Time{})
	switch {
	case fired.Queued > 0:
		s.log.Info("the leader is late, fired in its place", zap.Int64("runs", fired.Queued), zap.Duration("overdue", overdue.Round(time.Millisecond)))
		if !fired.More {
			wait(ctx, jittered(s.Every, s.Jitter))
		}
	case !fired.More:
		wait(ctx, jittered(standbyRest, s.Jitter))
	}
}
