package board

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/scripts"
)

// Target is what can be paused.
type Target string

// Whole is the board: none of its jobs fires while it is paused.
const Whole Target = "board"

// JobOf is a job: it is off the schedule while it is paused.
func JobOf(id string) Target { return Target("job:" + id) }

// QueueOf is the queue of a runner type: nothing is taken from it while it is
// paused. Plain consumers that pop it by themselves do not know of pauses.
func QueueOf(runner string) Target { return Target("queue:" + runner) }

// AgentOf is an agent: it drains, and takes nothing while it is paused.
func AgentOf(name string) Target { return Target("agent:" + name) }

// Kind answers job, queue, board or agent.
func (t Target) Kind() string {
	kind, _, _ := strings.Cut(string(t), ":")
	return kind
}

// Name answers the id, type or name; nothing for the board.
func (t Target) Name() string {
	_, name, _ := strings.Cut(string(t), ":")
	return name
}

func (t Target) String() string { return strings.TrimSpace(t.Kind() + " " + t.Name()) }

// Pause is what is kept of a pause.
type Pause struct {
	What  Target
	Who   string
	Why   string
	Since time.Time
	Until time.Time // zero: until it is resumed
	Next  time.Time // of a job: the nominal time that was next; Pause does not ask for it
}

// Reason says in words who paused, why and until when.
func (p Pause) Reason() string {
	text := "paused"
	if p.Who != "" {
		text += " by " + p.Who
	}
	if !p.Until.IsZero() {
		text += " until " + p.Until.UTC().Format(time.RFC3339)
	}
	if p.Why != "" {
		text += ": " + p.Why
	}
	return text
}

// Pause pauses p.What, for p.Who and p.Why, until p.Until; Since is that of Redis.
// It tells whether it was not paused before; if it was, who, why and until are
// replaced. What is queued or running goes on. An unknown job is jobs.ErrNoJob.
func (b *Board) Pause(ctx context.Context, p Pause) (fresh bool, err error) {
	fresh, err = b.do.Jpause(ctx, "", scripts.Pause{What: string(p.What), Who: p.Who, Why: p.Why, Until: p.Until})
	if err != nil {
		return false, fmt.Errorf("pause %s: %w", p.What, err)
	}
	return fresh, nil
}

// Resume ends a pause and tells whether there was one. Nominal times within the
// pause of a job or the board are passed over, or with catchUp are late, so that
// the misfire policy decides. next is that of a job, zero when none is left.
func (b *Board) Resume(ctx context.Context, what Target, catchUp bool) (was bool, next time.Time, err error) {
	was, next, err = b.do.Jresume(ctx, "", string(what), catchUp)
	if err != nil {
		return false, time.Time{}, fmt.Errorf("resume %s: %w", what, err)
	}
	return was, next, nil
}

// Pauses answers all that is paused, sorted.
func (b *Board) Pauses(ctx context.Context) ([]Pause, error) {
	all, err := b.rdb.HGetAll(ctx, b.do.Keys().Paused()).Result()
	if err != nil {
		return nil, fmt.Errorf("list pauses: %w", scripts.Translate(err))
	}
	delete(all, "gap")
	pauses := make([]Pause, 0, len(all))
	for what, text := range all {
		pauses = append(pauses, parsePause(Target(what), text))
	}
	slices.SortFunc(pauses, func(a, b Pause) int { return cmp.Compare(a.What, b.What) })
	return pauses, nil
}

// pauseOf is the pause of one thing, nil when it has none.
func (b *Board) pauseOf(ctx context.Context, what Target) (*Pause, error) {
	text, err := b.rdb.HGet(ctx, b.do.Keys().Paused(), string(what)).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p := parsePause(what, text)
	return &p, nil
}

// parsePause reads what JPAUSE keeps; of anything else it is known only that it
// pauses.
func parsePause(what Target, text string) Pause {
	var p struct {
		Since, Until, Next float64
		Who, Why           string
	}
	_ = json.Unmarshal([]byte(text), &p)
	return Pause{What: what, Who: p.Who, Why: p.Why, Since: moment(p.Since), Until: moment(p.Until), Next: moment(p.Next)}
}
