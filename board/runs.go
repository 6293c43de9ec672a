package board

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// scanned bounds how many entries of each queue are looked at.
const scanned = 1000

// Runs answers runs, newest first: those that wait or run now, and the ended ones
// that history still holds. Of each queue the 1,000 newest entries are looked at.
func (b *Board) Runs(ctx context.Context, f RunFilter) ([]jobs.Run, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	// In the order in which runs move, so that one under way is seen at least once;
	// where it was seen last is where it is.
	found := map[string]jobs.Run{}
	for _, read := range []func(context.Context, RunFilter) ([]jobs.Run, error){b.delayed, b.queued, b.parked, b.running, b.ended} {
		part, err := read(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("list runs: %w", scripts.Translate(err))
		}
		for _, run := range part {
			found[run.ID] = run
		}
	}
	runs := make([]jobs.Run, 0, len(found))
	for _, id := range slices.Sorted(maps.Keys(found)) {
		runs = append(runs, found[id])
	}
	runs, err := b.chosen(ctx, f, runs)
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", scripts.Translate(err))
	}
	slices.SortStableFunc(runs, func(a, b jobs.Run) int { return latest(b).Compare(latest(a)) })
	return runs[:min(f.Limit, len(runs))], nil
}

func latest(r jobs.Run) time.Time {
	for _, t := range []time.Time{r.Started, r.Queued, r.Finished} {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

func (b *Board) ended(ctx context.Context, f RunFilter) ([]jobs.Run, error) {
	if f.Job != "" {
		records, err := b.rdb.LRange(ctx, b.do.Keys().Runs(f.Job), 0, -1).Result()
		return parseRecords(records), err
	}
	var runs []jobs.Run
	page, oldest := min(max(100, f.Limit), 500), "-"
	if !f.Since.IsZero() { // who began since then has ended since then
		oldest = strconv.FormatInt(max(0, f.Since.UnixMilli()), 10)
	}
	all, err := b.rdb.XLen(ctx, b.do.Keys().History()).Result()
	if err != nil {
		return nil, err
	}
	for from, done := "+", 0; ; {
		messages, err := b.rdb.XRevRangeN(ctx, b.do.Keys().History(), from, oldest, int64(page)).Result()
		if err != nil {
			return nil, err
		}
		var part []jobs.Run
		for _, message := range messages {
			for _, run := range attempts(message) {
				if run.State != jobs.Retrying {
					part = append(part, run)
				}
			}
		}
		if part, err = b.chosen(ctx, f, part); err != nil {
			return nil, err
		}
		runs, done = append(runs, part...), done+len(messages)
		if f.Progress != nil {
			f.Progress(done, max(done, int(all)))
		}
		if len(messages) < page || len(runs) >= f.Limit {
			return runs, nil
		}
		from = "(" + messages[len(messages)-1].ID
	}
}

func parseRecords(records []string) []jobs.Run {
	var runs []jobs.Run
	for _, record := range records {
		if run, ok := scripts.ParseRecord(record); ok {
			runs = append(runs, run)
		}
	}
	return runs
}

// attempts are the records of one message of the history, by the time of their end.
func attempts(message redis.XMessage) []jobs.Run {
	var runs []jobs.Run
	for _, value := range message.Values {
		if text, ok := value.(string); ok {
			runs = append(runs, parseRecords([]string{text})...)
		}
	}
	slices.SortFunc(runs, func(a, b jobs.Run) int {
		return cmpOr(a.Finished.Compare(b.Finished), strings.Compare(a.ID, b.ID))
	})
	return runs
}

func cmpOr(first, second int) int {
	if first != 0 {
		return first
	}
	return second
}

func (b *Board) running(ctx context.Context, _ RunFilter) ([]jobs.Run, error) {
	lanes, err := b.rdb.ZRange(ctx, b.do.Keys().Workers(), 0, -1).Result()
	if err != nil {
		return nil, err
	}
	var runs []jobs.Run
	for _, lane := range lanes {
		held, err := b.rdb.HGetAll(ctx, b.do.Keys().Held(lane)).Result()
		if err != nil {
			return nil, err
		}
		for token, entry := range held {
			if run, ok := scripts.ParseHeld(token, entry); ok {
				runs = append(runs, run)
			}
		}
	}
	return runs, b.tellProgress(ctx, runs)
}

// tellProgress fills in how far running runs say that they are.
func (b *Board) tellProgress(ctx context.Context, runs []jobs.Run) error {
	if len(runs) == 0 {
		return nil
	}
	ids := make([]string, len(runs))
	for i, run := range runs {
		ids[i] = run.ID
	}
	told, err := b.rdb.HMGet(ctx, b.do.Keys().Progress(), ids...).Result()
	if errors.Is(scripts.Translate(err), jobs.ErrWrongType) {
		return nil // something else bears the name; Check tells
	}
	if err != nil {
		return err
	}
	for i := range runs {
		runs[i].Progress, _ = told[i].(string)
	}
	return nil
}

// parked are the runs that wait for a retry; dead ones are in the history.
func (b *Board) parked(ctx context.Context, _ RunFilter) ([]jobs.Run, error) {
	return b.waitingFor(ctx, b.do.Keys().Retry(), jobs.Retrying)
}

// delayed are the one-offs that are to be queued later.
func (b *Board) delayed(ctx context.Context, _ RunFilter) ([]jobs.Run, error) {
	return b.waitingFor(ctx, b.do.Keys().Delayed(), jobs.Scheduled)
}

// waitingFor are the parked runs with a time in a key: a run of that state is due then,
// if it is Scheduled.
func (b *Board) waitingFor(ctx context.Context, key string, state jobs.State) ([]jobs.Run, error) {
	members, err := b.rdb.ZRevRangeWithScores(ctx, key, 0, scanned-1).Result()
	if err != nil || len(members) == 0 {
		return nil, err
	}
	ids := make([]string, len(members))
	for i, z := range members {
		ids[i], _ = z.Member.(string)
	}
	entries, err := b.rdb.HMGet(ctx, b.do.Keys().Parked(), ids...).Result()
	var runs []jobs.Run
	for i, entry := range entries {
		text, _ := entry.(string)
		if run, ok := scripts.ParseQueued(text); ok {
			run.State = state
			if state == jobs.Scheduled {
				run.Due = moment(members[i].Score)
			}
			runs = append(runs, run)
		}
	}
	return runs, err
}

func (b *Board) queued(ctx context.Context, _ RunFilter) ([]jobs.Run, error) {
	types, err := b.RunnerTypes(ctx)
	if err != nil {
		return nil, err
	}
	var runs []jobs.Run
	lists, err := b.do.Lists(ctx, types...)
	if err != nil {
		return nil, err
	}
	for _, list := range lists {
		entries, err := b.rdb.LRange(ctx, list.Key, 0, scanned-1).Result()
		if errors.Is(scripts.Translate(err), jobs.ErrWrongType) {
			continue // something else bears the name; Check tells
		}
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if run, ok := scripts.ParseQueued(entry); ok {
				runs = append(runs, run)
			}
		}
	}
	return runs, nil
}

// Watch answers the attempts of a job (of all, if it is empty) as they end, from
// now on; a failed one that will be retried has the state Retrying. It goes on until
// ctx ends or an error comes, which it yields.
func (b *Board) Watch(ctx context.Context, job string) iter.Seq2[jobs.Run, error] {
	return func(yield func(jobs.Run, error) bool) {
		rdb, err := scripts.Dial(b.address, scripts.Blocking)
		if err != nil {
			yield(jobs.Run{}, err)
			return
		}
		defer func() { _ = rdb.Close() }()
		stop := context.AfterFunc(ctx, func() { _ = rdb.Close() })
		defer stop()
		last, err := b.lastMessage(ctx)
		for err == nil && ctx.Err() == nil {
			var streams []redis.XStream
			streams, err = rdb.XRead(ctx, &redis.XReadArgs{Streams: []string{b.do.Keys().History(), last}, Block: time.Second, Count: 100}).Result()
			if errors.Is(err, redis.Nil) {
				err = nil
			}
			for _, stream := range streams {
				for _, message := range stream.Messages {
					last = message.ID
					for _, run := range attempts(message) {
						if (job == "" || run.Job == job) && !yield(run, nil) {
							return
						}
					}
				}
			}
		}
		if ctx.Err() == nil {
			yield(jobs.Run{}, fmt.Errorf("watch: %w", scripts.Translate(err)))
		}
	}
}

func (b *Board) lastMessage(ctx context.Context) (string, error) {
	messages, err := b.rdb.XRevRangeN(ctx, b.do.Keys().History(), "+", "-", 1).Result()
	if err != nil || len(messages) == 0 {
		return "0-0", err
	}
	return messages[0].ID, nil
}
