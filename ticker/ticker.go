package ticker

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

// Board is what a ticker asks of Redis; *scripts.Commands does it.
type Board interface {
	// Jfire queues what is due of the named runner types, at most limit runs, by
	// the clock of Redis when now is empty.
	Jfire(ctx context.Context, now string, limit int, term string, runners []string) (jobs.Fired, error)
	// RunnerTypes answers the registered runner types.
	RunnerTypes(ctx context.Context) ([]string, error)
}

const (
	// limit is how many runs are queued in one call. More would not be faster, and
	// make a call so long that other clients notice.
	limit = 500
	// look is how often the registry of runner types is read, half as often when there is
	// always something due soon. What is due and not registered is served at once.
	look = time.Second
	// idle is after what time without a run the ticker looks more seldom.
	idle     = 10 * time.Second
	idleRest = 250 * time.Millisecond
	// A ticker that has slept for longer than asleep comes early once, for nothing: the next
	// call then finds awake what the first has woken, in Redis and here, and takes three
	// quarters of the time (docs/decisions/0028-early.md). Where calls take longer than that,
	// the way is what takes long.
	asleep = 5 * time.Millisecond
	early  = 1200 * time.Microsecond
)

// Ticker queues what is due. Its fields may be changed before it is started.
type Ticker struct {
	// Report is told what came of each call to Redis, nil when it answered. Without
	// it the ticker logs when troubles begin and end.
	Report func(part string, err error)

	// Rest is the longest sleep: a job may be put without notice, even by a plain
	// ZADD. 100 ms; 250 ms when nothing was due for ten seconds.
	Rest time.Duration
	// Jitter spreads what several agents do at once, by numbers from 0 to below 1.
	// Those of math/rand.
	Jitter func() float64
	// Align moves the end of a longer sleep a little, to a time at which the program wakes
	// anyway. Nil: it does not.
	Align func(time.Time) time.Time
	// Sleep waits for a time, or until its context ends; by a timer of Go, which
	// wakes an idle program up to a millisecond late, when nothing else is set.
	Sleep func(context.Context, time.Duration)
	// Planner plans the schedules that Redis cannot compute; without one their jobs
	// wait.
	Planner *Planner

	board  Board
	log    *zap.Logger
	record record
}

// New makes a ticker that does nothing until Lead or Run. A nil log means none.
func New(board Board, log *zap.Logger) *Ticker {
	if log == nil {
		log = zap.NewNop()
	}
	return &Ticker{Rest: 100 * time.Millisecond, Jitter: rand.Float64, Sleep: wait, board: board, log: log.Named("ticker")}
}

// Stats tells what was done so far, in all leaderships. It may be called at any
// time.
func (t *Ticker) Stats() Stats { return t.record.read() }

// Lead fires in a term until ctx ends, which is no error, or a newer leader was
// elected, which is jobs.ErrStale.
func (t *Ticker) Lead(ctx context.Context, term int64) error {
	return t.run(ctx, strconv.FormatInt(term, 10))
}

// Run fires without having been elected, beside any number of others, until ctx
// ends, which is no error.
func (t *Ticker) Run(ctx context.Context) error { return t.run(ctx, "") }

// run sleeps until the next nominal time by the clock of Redis, but never longer
// than Rest, and goes on through errors of the connection.
func (t *Ticker) run(ctx context.Context, term string) error {
	p := &pass{board: t.board, log: t.log, term: term, plans: t.Planner}
	link := outage{log: t.log, part: "ticker", what: "queueing what is due", report: t.Report, jitter: t.Jitter}
	var next time.Time
	busy := time.Now() // when something was due last
	for ctx.Err() == nil {
		fired, err := p.fire(ctx)
		if errors.Is(err, jobs.ErrStale) {
			return err
		}
		if err != nil {
			link.wait(ctx, err)
			continue
		}
		link.over()
		t.record.add(fired, next)
		next = fired.Next
		if fired.Queued > 0 || fired.More {
			busy = time.Now()
		}
		if !fired.More {
			if p.untilDue(fired, t.Rest) > asleep {
				p.lookAhead(ctx)
			}
			rest := t.Rest
			if time.Since(busy) > idle {
				rest = aligned(max(rest, idleRest), t.Align)
			}
			t.Sleep(ctx, p.untilDue(fired, rest))
		}
	}
	return nil
}
