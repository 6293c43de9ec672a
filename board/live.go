package board

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

const (
	// lookEach is how often Follow looks for attempts that begin to print.
	lookEach = 50 * time.Millisecond
	// patience is how long Redis may be out of reach until Follow gives up.
	patience = 15 * time.Second
	// followed is of how many runs at once output is read while they run; of the others it comes with their end.
	followed = 200
)

// Heard is what Follow answers: a piece of what an attempt has printed, or its end.
type Heard struct {
	Run     jobs.RunID
	Seq     int64 // tells attempts of a run apart, rises
	Attempt int
	Agent   string
	Offset  int64 // bytes that the attempt had printed before Text
	Text    string
	// Ended is the attempt that has ended, as Watch answers it; nil for a piece.
	Ended *jobs.Run
}

// Follow answers what the attempts under way of a job, or of one run, have printed so far,
// from an offset on what they print, and each attempt that ends from now on. Of a piece that
// begins later than the one before has ended something was left out. When the connection
// is lost it goes on where it was; it ends with ctx, or with an error that it yields.
func (b *Board) Follow(ctx context.Context, job string, run jobs.RunID) iter.Seq2[Heard, error] {
	return func(yield func(Heard, error) bool) {
		e := &follower{board: b, job: job, run: run, at: map[jobs.RunID]scripts.Position{}}
		if run != "" {
			e.job, e.at[run] = run.Job(), scripts.Position{}
		}
		failing := time.Time{}
		for ctx.Err() == nil {
			err := e.follow(ctx, func(h Heard) bool {
				failing = time.Time{}
				return yield(h, nil)
			}, func() { failing = time.Time{} })
			switch {
			case err == nil || ctx.Err() != nil:
				return
			case failing.IsZero():
				failing = time.Now()
			case !scripts.IsTrouble(err) || time.Since(failing) > patience:
				yield(Heard{}, fmt.Errorf("follow %s: %w", e.job, scripts.Translate(err)))
				return
			}
			select {
			case <-time.After(lookEach):
			case <-ctx.Done():
			}
		}
	}
}

// follower is one Follow; it outlives its connections.
type follower struct {
	board *Board
	job   string
	run   jobs.RunID // empty: all of the job
	at    map[jobs.RunID]scripts.Position
	last  string // message of the history; empty: none yet
}

// follow reads over one connection. It answers nil when nobody wants more.
func (e *follower) follow(ctx context.Context, yield func(Heard) bool, works func()) error {
	rdb, err := scripts.Dial(e.board.address, scripts.Blocking)
	if err != nil {
		return err
	}
	defer func() { _ = rdb.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = rdb.Close() })
	defer stop()
	if e.last == "" {
		if e.last, err = e.board.lastMessage(ctx); err != nil {
			return err
		}
	}
	for {
		if err := e.look(ctx, rdb); err != nil {
			return err
		}
		works()
		names := slices.Sorted(maps.Keys(e.at))
		names = names[:min(len(names), followed)]
		keys, ids := []string{e.board.do.Keys().History()}, []string{e.last}
		for _, run := range names {
			keys, ids = append(keys, e.board.do.Keys().Printed(string(run))), append(ids, e.at[run].String())
		}
		streams, err := rdb.XRead(ctx, &redis.XReadArgs{Streams: append(keys, ids...), Block: e.wait(), Count: 1000}).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		if !e.read(streams, yield) {
			return nil
		}
	}
}

// wait is how long to wait for a message: where new attempts are looked for, not long.
func (e *follower) wait() time.Duration {
	if e.run != "" {
		return time.Second
	}
	return lookEach
}

// look finds the runs of a job that print, and forgets those that do no more.
func (e *follower) look(ctx context.Context, rdb redis.UniversalClient) error {
	if e.run != "" {
		return nil
	}
	ids, err := rdb.HKeys(ctx, e.board.do.Keys().Live()).Result()
	if err != nil {
		return err
	}
	prints := map[jobs.RunID]bool{}
	for _, id := range ids {
		if run := jobs.RunID(id); run.Job() == e.job {
			prints[run] = true
			if _, known := e.at[run]; !known {
				e.at[run] = scripts.Position{}
			}
		}
	}
	maps.DeleteFunc(e.at, func(run jobs.RunID, _ scripts.Position) bool { return !prints[run] })
	return nil
}

// read yields what came with one answer: of each run what belongs to the attempt that was
// known, then the ends, then what newer attempts have printed. It answers false when
// nobody wants more.
func (e *follower) read(streams []redis.XStream, yield func(Heard) bool) bool {
	var ends, old, fresh []Heard
	for _, stream := range streams {
		for _, message := range stream.Messages {
			if stream.Stream == e.board.do.Keys().History() {
				e.last = message.ID
				for _, run := range attempts(message) {
					if id := jobs.RunID(run.ID); run.Job == e.job && (e.run == "" || e.run == id) {
						ends = append(ends, Heard{Run: id, Attempt: run.Attempt, Agent: run.Agent, Ended: &run})
					}
				}
				continue
			}
			h, ok := e.piece(stream.Stream, message)
			switch known := e.at[h.Run]; {
			case !ok:
			case known.Seq == 0 || known.Seq == h.Seq:
				old = append(old, h)
				e.at[h.Run] = scripts.ParsePosition(message.ID)
			default:
				fresh = append(fresh, h)
			}
		}
	}
	for _, h := range fresh {
		e.at[h.Run] = scripts.Position{Seq: h.Seq, Bytes: h.Offset + int64(len(h.Text))}
	}
	for _, h := range slices.Concat(old, ends, fresh) {
		if !yield(h) {
			return false
		}
	}
	return true
}

// piece reads a message of the stream of a run.
func (e *follower) piece(stream string, message redis.XMessage) (Heard, bool) {
	run := jobs.RunID(stream[len(e.board.do.Keys().Printed("")):])
	return parsePiece(run, message)
}

func parsePiece(run jobs.RunID, message redis.XMessage) (Heard, bool) {
	upto := scripts.ParsePosition(message.ID)
	for token, value := range message.Values {
		text, _ := value.(string)
		agent, attempt := scripts.AgentOf(token)
		return Heard{Run: run, Seq: upto.Seq, Attempt: attempt, Agent: agent, Offset: upto.Bytes - int64(len(text)), Text: text}, true
	}
	return Heard{}, false
}

// Printed answers what the attempt under way of a run has printed so far, as far as it is
// kept, in pieces; none for a run that does not run, or has printed nothing yet.
func (b *Board) Printed(ctx context.Context, run jobs.RunID) ([]Heard, error) {
	messages, err := b.rdb.XRange(ctx, b.do.Keys().Printed(string(run)), "-", "+").Result()
	if err != nil {
		return nil, fmt.Errorf("read what run %s has printed: %w", run, scripts.Translate(err))
	}
	var list []Heard
	for _, message := range messages {
		if h, ok := parsePiece(run, message); ok {
			list = append(list, h)
		}
	}
	return list, nil
}
