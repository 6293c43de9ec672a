package board

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// Line is a line of the ledger: what became of nominal times that made no run, or
// what happened to an attempt besides its end.
type Line struct {
	Name    string // a run, the first nominal time that is meant (JOB@MS), a job or a runner type
	Outcome string // missed, skipped, collapsed, backfilled, quarantined, trimmed, unserved, expired, lost, returned or stale
	Reason  string
	By      string     // the run that was in the way, or who paused
	Run     jobs.RunID // that a backfilled time got
	At      time.Time  // of the decision
	Before  time.Time  // all nominal times before this are meant, zero if it is not known
	Ticker  time.Time  // since when the ticker ticks that found them late; zero: before they were due
	Count   int        // nominal times, or entries that were trimmed
	Missed  int        // further nominal times that had collapsed into the one meant
}

// Due is the nominal time that is meant, or the first of them.
func (l Line) Due() (time.Time, bool) { return jobs.RunID(l.Name).Due() }

// Job is the job that is meant; of a line about a whole job its Name says so.
func (l Line) Job() string { return jobs.RunID(l.Name).Job() }

// times is how many nominal times are meant.
func (l Line) times() int { return max(1, l.Count) + l.Missed }

func parseLine(name, text string) (Line, bool) {
	var stored struct {
		Outcome, Reason, By, Run string
		At, Before, Ticker       float64
		Count, Missed            float64
	}
	if json.Unmarshal([]byte(text), &stored) != nil || stored.Outcome == "" {
		return Line{}, false
	}
	return Line{
		Name: name, Outcome: stored.Outcome, Reason: stored.Reason, By: stored.By, Run: jobs.RunID(stored.Run),
		At: moment(stored.At), Before: moment(stored.Before), Ticker: moment(stored.Ticker), Count: int(stored.Count), Missed: int(stored.Missed),
	}, true
}

// ledgerPage is how many messages of the ledger are read at once; one may hold
// hundreds of lines.
const ledgerPage = 50

// Ledger walks over the lines of the ledger that were written at a time or later,
// oldest first, or newest first. The ledger keeps about 10,000 messages.
func (b *Board) Ledger(ctx context.Context, since time.Time, newest bool) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		oldest := strconv.FormatInt(max(0, since.UnixMilli()), 10)
		from := oldest
		if newest {
			from = "+"
		}
		for {
			var messages []redis.XMessage
			var err error
			if newest {
				messages, err = b.rdb.XRevRangeN(ctx, b.do.Keys().Ledger(), from, oldest, ledgerPage).Result()
			} else {
				messages, err = b.rdb.XRangeN(ctx, b.do.Keys().Ledger(), from, "+", ledgerPage).Result()
			}
			if err != nil {
				yield(Line{}, fmt.Errorf("read the ledger: %w", scripts.Translate(err)))
				return
			}
			for _, message := range messages {
				for name, value := range message.Values {
					text, _ := value.(string)
					if line, ok := parseLine(name, text); ok && !yield(line, nil) {
						return
					}
				}
			}
			if len(messages) < ledgerPage {
				return
			}
			from = "(" + messages[len(messages)-1].ID
		}
	}
}

// Missed are nominal times of a job that made no run, for one reason.
type Missed struct {
	Job     string
	Outcome string // missed, skipped, collapsed or quarantined
	Reason  string
	By      string // of the last: the run that was in the way, or who paused
	Count   int
	Last    time.Time // the nominal time, or the first of the last line that stands for several
	At      time.Time // when the last was decided
}

// Missed answers what the ledger says of nominal times that made no run since a time,
// by job, outcome and reason; what was decided last comes first.
func (b *Board) Missed(ctx context.Context, since time.Time) ([]Missed, error) {
	type key struct{ job, outcome, reason string }
	found := map[key]*Missed{}
	for line, err := range b.Ledger(ctx, since, true) {
		if err != nil {
			return nil, err
		}
		job := line.Job()
		switch line.Outcome {
		case "missed", "skipped", "collapsed":
		case "quarantined":
			job = line.Name
		default:
			continue
		}
		k := key{job, line.Outcome, line.Reason}
		m := found[k]
		if m == nil {
			m = &Missed{Job: job, Outcome: line.Outcome, Reason: line.Reason}
			found[k] = m
		}
		if line.Outcome != "quarantined" {
			m.Count += line.times()
		}
		due, _ := line.Due()
		if m.At.IsZero() || line.At.After(m.At) || line.At.Equal(m.At) && due.After(m.Last) {
			m.At, m.Last, m.By = line.At, due, line.By
		}
	}
	list := make([]Missed, 0, len(found))
	for _, m := range found {
		list = append(list, *m)
	}
	slices.SortFunc(list, func(a, b Missed) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(a.Job, b.Job), strings.Compare(a.Outcome, b.Outcome), strings.Compare(a.Reason, b.Reason))
	})
	return list, nil
}
