package test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
)

// dump answers the whole database, a line a key, for comparing before and after.
func (c *contractClient) dump(t *testing.T) map[string]string {
	t.Helper()
	ctx, keys := t.Context(), c.keys(t)
	kinds := make([]*redis.StatusCmd, len(keys))
	if _, err := c.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range keys {
			kinds[i] = p.Type(ctx, key)
		}
		return nil
	}); err != nil {
		t.Fatalf("TYPE of all keys: %v", err)
	}
	values, err := c.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range keys {
			switch kind := kinds[i].Val(); kind {
			case "string":
				p.Get(ctx, key)
			case "hash":
				p.HGetAll(ctx, key)
			case "list":
				p.LRange(ctx, key, 0, -1)
			case "set":
				p.SMembersMap(ctx, key)
			case "zset":
				p.ZRangeWithScores(ctx, key, 0, -1)
			case "stream":
				p.XRange(ctx, key, "-", "+")
			default:
				t.Fatalf("key %q has the type %q", key, kind)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("read all keys: %v", err)
	}
	all := map[string]string{}
	for i, key := range keys {
		all[key] = strings.ReplaceAll(fmt.Sprint(values[i]), "\n", "\\n") // maps print sorted
	}
	return all
}

// keys answers the names of all keys.
func (c *contractClient) keys(t *testing.T) []string {
	t.Helper()
	keys, err := c.rdb.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatalf("KEYS: %v", err)
	}
	return keys
}

// wantUnchanged fails when the database is not as it was at before.
func (c *contractClient) wantUnchanged(t *testing.T, what string, before map[string]string) {
	t.Helper()
	if diff := cmp.Diff(before, c.dump(t)); diff != "" {
		t.Errorf("%s changed the database (-before +after):\n%s", what, diff)
	}
}

// wantOwnKeys fails when a key lies outside the board and is not one of others.
func (c *contractClient) wantOwnKeys(t *testing.T, others ...string) {
	t.Helper()
	for _, key := range c.keys(t) {
		own := key == "commands" || key == c.board || strings.HasPrefix(key, c.board+":")
		if !own && !slices.Contains(others, key) {
			t.Errorf("key %q was made outside the board %q", key, c.board)
		}
	}
}

// text answers the board text of a job, and false when there is none.
func (c *contractClient) text(t *testing.T, id string) (string, bool) {
	t.Helper()
	text, err := c.rdb.HGet(t.Context(), c.board, id).Result()
	if err == redis.Nil {
		return "", false
	}
	if err != nil {
		t.Fatalf("HGET %s %q: %v", c.board, id, err)
	}
	return text, true
}

// score answers the score of a job, and false when it is not scheduled.
func (c *contractClient) score(t *testing.T, id string) (float64, bool) {
	t.Helper()
	score, err := c.rdb.ZScore(t.Context(), c.schedule(), id).Result()
	if err == redis.Nil {
		return math.NaN(), false
	}
	if err != nil {
		t.Fatalf("ZSCORE %s %q: %v", c.schedule(), id, err)
	}
	return score, true
}

// entries takes everything off a queue with RPOP, oldest first.
func (c *contractClient) entries(t *testing.T, queue string) []string {
	t.Helper()
	var all []string
	for {
		entry, err := c.rdb.RPop(t.Context(), queue).Result()
		if err == redis.Nil {
			return all
		}
		if err != nil {
			t.Fatalf("RPOP %s: %v", queue, err)
		}
		all = append(all, entry)
	}
}

// object decodes JSON metadata; numbers stay json.Number.
func object(t *testing.T, text string) map[string]any {
	t.Helper()
	fields := map[string]any{}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&fields); err != nil {
		t.Fatalf("not a JSON object: %v\n%q", err, text)
	}
	if decoder.More() {
		t.Fatalf("text goes on after the JSON object: %q", text)
	}
	return fields
}

// rawFields decodes only the outer object and keeps each value's bytes.
func rawFields(t *testing.T, text string) map[string]string {
	t.Helper()
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatalf("not a JSON object: %v\n%q", err, text)
	}
	fields := make(map[string]string, len(raw))
	for name, value := range raw {
		fields[name] = string(value)
	}
	return fields
}
