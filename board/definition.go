package board

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// Definition is the metadata by which a run was queued.
type Definition struct {
	Text    string // byte for byte; empty: it is not known
	Changed bool   // the job has other metadata now, or is not on the board any more
	Unknown string // why it is not known
}

// Definition answers by which metadata a run was queued, also when its job was changed or
// removed since. run is what FindRun or Runs answered.
func (b *Board) Definition(ctx context.Context, run jobs.Run) (Definition, error) {
	d, err := b.definition(ctx, run)
	if err != nil {
		return Definition{}, fmt.Errorf("look for the definition of run %s: %w", run.ID, scripts.Translate(err))
	}
	return d, nil
}

func (b *Board) definition(ctx context.Context, run jobs.Run) (Definition, error) {
	now, err := b.Now(ctx)
	if err != nil {
		return Definition{}, err
	}
	today, lines, err := b.metadataOf(ctx, run.Job)
	if err != nil {
		return Definition{}, err
	}
	known := func(text string) Definition { return Definition{Text: text, Changed: bare(text) != bare(today)} }
	for range 10 { // a replay is what the dead run was
		entry := run.Entry
		if entry == "" {
			if entry, err = b.rdb.HGet(ctx, b.do.Keys().Parked(), run.ID).Result(); err != nil && !errors.Is(err, redis.Nil) {
				return Definition{}, err
			}
		}
		if text, ok := scripts.Defined(entry); ok {
			return known(text), nil
		}
		if run.ReplayOf == "" {
			break
		}
		of, err := b.FindRun(ctx, run.ReplayOf)
		if errors.Is(err, jobs.ErrNoRun) {
			return Definition{Unknown: "it repeats " + string(run.ReplayOf) + ", of which nothing is kept any more", Changed: true}, nil
		}
		if err != nil {
			return Definition{}, err
		}
		run = of
	}
	text, unknown := then(run, today, lines, now)
	if text == "" {
		return Definition{Unknown: unknown, Changed: true}, nil
	}
	return known(text), nil
}

// metadataOf is the metadata of a job, empty when it is not on the board, and what it
// had before, newest first, of one moment.
func (b *Board) metadataOf(ctx context.Context, job string) (today string, before []string, err error) {
	var text *redis.StringCmd
	var lines *redis.StringSliceCmd
	_, err = b.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		text = p.HGet(ctx, b.do.Keys().Board(), job)
		lines = p.LRange(ctx, b.do.Keys().Was(job), 0, -1)
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) && !errors.Is(scripts.Translate(lines.Err()), jobs.ErrWrongType) {
		return "", nil, err
	}
	return text.Val(), lines.Val(), nil
}

// then is what the metadata of a run's job was when the run was queued, or why that is
// not known.
func then(run jobs.Run, today string, lines []string, now time.Time) (text, unknown string) {
	if now.Sub(run.Queued) > scripts.Remembered {
		return "", "it was queued more than 400 days ago"
	}
	_, scheduled := jobs.RunID(run.ID).Due()
	if !scheduled && run.Job == run.Runner {
		return "", "it was enqueued without a job; what such a run was is kept until it has ended"
	}
	text, unknown = today, "the job is not on the board any more, and nothing is kept of it"
	for _, line := range lines {
		was := scripts.ParseWas(line)
		if !was.Before(run) {
			break
		}
		text, unknown = was.Text, "it is not kept any more: the last 20 of a job are, fewer of long ones"
	}
	return text, unknown
}

// bare is metadata without what may stand in front of its first field, which a queue
// entry does not keep.
func bare(text string) string {
	return strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(text, " \t\r\n"), "{"), " \t\r\n")
}
