package board

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// DeadRun is a run whose retries or losses are spent. It is kept for 30 days.
type DeadRun struct {
	Run  jobs.Run
	Died time.Time
	Text string // the queue entry, byte for byte
}

// Dead answers the dead runs of a job (of all, if it is empty), the newest first,
// at most limit.
func (b *Board) Dead(ctx context.Context, job string, limit int) ([]DeadRun, error) {
	var dead []DeadRun
	for from := int64(0); len(dead) < limit; from += scanned {
		page, err := b.rdb.ZRevRangeWithScores(ctx, b.do.Keys().Dead(), from, from+scanned-1).Result()
		if err != nil {
			return nil, fmt.Errorf("list dead runs: %w", scripts.Translate(err))
		}
		for _, z := range page {
			id, _ := z.Member.(string)
			if job != "" && jobs.RunID(id).Job() != job || len(dead) == limit {
				continue
			}
			one, err := b.ShowDead(ctx, jobs.RunID(id))
			if errors.Is(err, jobs.ErrNoRun) {
				continue // it left meanwhile
			}
			if err != nil {
				return nil, err
			}
			dead = append(dead, one)
		}
		if len(page) < scanned {
			break
		}
	}
	return dead, nil
}

// ShowDead answers one dead run; one that is not dead is jobs.ErrNoRun. Its Run is
// the record of the history, as long as that keeps it.
func (b *Board) ShowDead(ctx context.Context, id jobs.RunID) (DeadRun, error) {
	died, err := b.rdb.ZScore(ctx, b.do.Keys().Dead(), string(id)).Result()
	if errors.Is(err, redis.Nil) {
		return DeadRun{}, fmt.Errorf("dead run %s: %w among the dead", id, jobs.ErrNoRun)
	}
	if err != nil {
		return DeadRun{}, fmt.Errorf("dead run %s: %w", id, scripts.Translate(err))
	}
	text, err := b.rdb.HGet(ctx, b.do.Keys().Parked(), string(id)).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return DeadRun{}, fmt.Errorf("dead run %s: %w", id, scripts.Translate(err))
	}
	dead := DeadRun{Died: moment(died), Text: text}
	run, ok, err := b.findEnded(ctx, id)
	if err != nil {
		return DeadRun{}, fmt.Errorf("dead run %s: %w", id, scripts.Translate(err))
	}
	if !ok {
		run, _ = scripts.ParseQueued(text)
		run.ID, run.Job, run.State, run.Finished = string(id), id.Job(), jobs.Dead, dead.Died
	}
	dead.Run = run
	return dead, nil
}

// Replay queues a dead run once more and answers the id of the new run, which
// bears the old one as replay_of. jobs.ErrActive says that another run of the job
// is in the way; force overrules it.
func (b *Board) Replay(ctx context.Context, dead jobs.RunID, force bool) (jobs.RunID, error) {
	if dead.Job() == "" {
		return "", fmt.Errorf("retry dead run %s: %w: it is not the id of a run", dead, jobs.ErrInvalid)
	}
	id := jobs.MintRunID(dead.Job(), time.Now())
	if err := b.do.Jreplay(ctx, "", dead, id, force); err != nil {
		return "", fmt.Errorf("retry dead run %s: %w", dead, err)
	}
	return id, nil
}

// Bury removes dead runs, by 1,000 in one call, and answers how many there were.
// Their records stay in the history.
func (b *Board) Bury(ctx context.Context, runs ...jobs.RunID) (int64, error) {
	var buried int64
	for len(runs) > 0 {
		n := min(1000, len(runs))
		done, err := b.do.Jbury(ctx, runs[:n]...)
		buried += done
		if err != nil {
			return buried, fmt.Errorf("remove dead runs: %w", err)
		}
		runs = runs[n:]
	}
	return buried, nil
}
