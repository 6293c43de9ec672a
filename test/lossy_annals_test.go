package test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// line is a line of the ledger: what made no run, and what befell an attempt
// besides its end.
type line struct {
	name, outcome string
	at            float64
	text          string
}

// annals copies the history and the ledger of a board as they grow, before they
// are cut, and knows when the board is at rest.
type annals struct {
	t    *testing.T
	rdb  *redis.Client
	keys scripts.Keys

	mu      sync.Mutex
	last    map[string]string // stream -> id of the last message read
	records []jobs.Run        // Retrying: an attempt that was not the last
	lines   []line
	broken  error
}

func newAnnals(t *testing.T, rdb *redis.Client, keys scripts.Keys) *annals {
	a := &annals{t: t, rdb: rdb, keys: keys, last: map[string]string{}}
	done, ended := make(chan struct{}), make(chan struct{})
	beat := time.NewTicker(50 * time.Millisecond)
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-beat.C:
				a.read()
			}
		}
	}()
	t.Cleanup(func() {
		beat.Stop()
		close(done)
		<-ended
	})
	return a
}

// read copies what is new.
func (a *annals) read() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.follow(a.keys.History(), func(_, text string) {
		run, ok := scripts.ParseRecord(text)
		if !ok {
			a.broken = fmt.Errorf("the history has %q", text)
		}
		a.records = append(a.records, run)
	})
	a.follow(a.keys.Ledger(), func(name, text string) {
		l := line{name: name, text: text}
		var fields struct {
			Outcome string
			At      float64
		}
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			a.broken = fmt.Errorf("the ledger has %q: %w", text, err)
		}
		l.outcome, l.at = fields.Outcome, fields.At
		a.lines = append(a.lines, l)
	})
}

// all is what has been read so far; what does not come to rest goes on being read.
func (a *annals) all() ([]jobs.Run, []line) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.records), slices.Clone(a.lines)
}

// follow reads the new messages of a stream, field by field: two fields of one name
// stay two.
func (a *annals) follow(stream string, add func(name, text string)) {
	for {
		from := "-"
		if last := a.last[stream]; last != "" {
			from = "(" + last
		}
		messages, err := a.rdb.Do(context.Background(), "XRANGE", stream, from, "+", "COUNT", 500).Slice()
		if err != nil {
			a.broken = err
			return
		}
		for _, message := range messages {
			parts := message.([]any)
			fields := parts[1].([]any)
			for i := 0; i < len(fields); i += 2 {
				add(fields[i].(string), fields[i+1].(string))
			}
			a.last[stream] = parts[0].(string)
		}
		if len(messages) < 500 {
			return
		}
	}
}

// rest waits until nothing is queued, held or waiting for a retry, no job is due within
// the hour, and as many runs have ended as were queued; it answers what is left after
// that time.
func (a *annals) rest(limit time.Duration) (left []string) {
	a.t.Helper()
	deadline := time.After(limit)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		if left = a.left(); len(left) == 0 {
			break
		}
		select {
		case <-look.C:
			continue
		case <-deadline:
		}
		break
	}
	a.read()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		a.t.Fatal(a.broken)
	}
	return left
}

// left tells what is under way on the board.
func (a *annals) left() (left []string) {
	ctx := context.Background()
	add := func(key, what string, err error) {
		if err != nil {
			what = err.Error()
		}
		left = append(left, key+": "+what)
	}
	soon := fmt.Sprint(time.Now().Add(time.Hour).Unix())
	if ids, err := a.rdb.ZRangeByScore(ctx, a.keys.Schedule(), &redis.ZRangeBy{Min: "-inf", Max: soon}).Result(); err != nil || len(ids) > 0 {
		add(a.keys.Schedule(), strings.Join(ids, " "), err)
	}
	if runs, err := a.rdb.ZRange(ctx, a.keys.Retry(), 0, -1).Result(); err != nil || len(runs) > 0 {
		add(a.keys.Retry(), strings.Join(runs, " "), err)
	}
	// A run that moves may be seen nowhere, but it has not ended.
	totals, err := a.rdb.HMGet(ctx, a.keys.Stats(), "queued", "succeeded", "failed", "dead", "cancelled", "collapsed", "trimmed").Result()
	under := 0
	for i, value := range totals {
		text, _ := value.(string)
		n, _ := strconv.Atoi(text)
		if i == 0 {
			under = n
		} else {
			under -= n
		}
	}
	if err != nil || under > 0 {
		add(a.keys.Stats(), fmt.Sprintf("%d of the runs queued have not ended: %v", under, totals), err)
	}
	names, err := a.rdb.Keys(ctx, a.keys.Board()+":*").Result()
	if err != nil {
		add("KEYS", "", err)
	}
	slices.Sort(names)
	for _, name := range names {
		switch {
		case strings.HasPrefix(name, a.keys.Queue("")):
			entries, err := a.rdb.LRange(ctx, name, 0, -1).Result()
			if err == nil && len(entries) == 0 {
				continue // taken meanwhile
			}
			add(name, fmt.Sprintf("%d entries, %s", len(entries), clipped(strings.Join(entries, " "))), err)
		case strings.HasPrefix(name, a.keys.Held("")):
			tokens, err := a.rdb.HKeys(ctx, name).Result()
			tokens = slices.DeleteFunc(tokens, func(token string) bool { return token[0] == '.' })
			if err != nil || len(tokens) > 0 {
				slices.Sort(tokens)
				add(name, fmt.Sprintf("%d runs, %s", len(tokens), clipped(strings.Join(tokens, " "))), err)
			}
		case name == a.keys.Prefix()[4]: // active
			values, err := a.rdb.HGetAll(ctx, name).Result()
			for job, value := range values {
				if _, run, active := strings.Cut(value, " "); active {
					add(name, job+" by "+run, err)
				}
			}
		}
	}
	return left
}
