package scripts

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// dump writes the whole database as text: key -> type and content.
func (s *stand) dump(t *testing.T) map[string]string {
	t.Helper()
	ctx := context.Background()
	keys, err := s.rdb.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	kinds := make([]*redis.StatusCmd, len(keys))
	if _, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range keys {
			kinds[i] = p.Type(ctx, key)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	contents := make([]redis.Cmder, len(keys))
	if _, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range keys {
			contents[i] = content(ctx, p, kinds[i].Val(), key)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string, len(keys))
	for i, key := range keys {
		all[key] = kinds[i].Val() + " " + written(contents[i])
	}
	return all
}

func content(ctx context.Context, p redis.Pipeliner, kind, key string) redis.Cmder {
	switch kind {
	case "hash":
		return p.HGetAll(ctx, key)
	case "list":
		return p.LRange(ctx, key, 0, -1)
	case "set":
		return p.SMembers(ctx, key)
	case "zset":
		return p.ZRangeWithScores(ctx, key, 0, -1)
	case "stream":
		return p.XRange(ctx, key, "-", "+")
	}
	return p.Get(ctx, key)
}

// written is a reply as text that does not depend on the order of a map.
func written(reply redis.Cmder) string {
	switch reply := reply.(type) {
	case *redis.StringSliceCmd:
		return strings.Join(reply.Val(), "\n")
	case *redis.MapStringStringCmd:
		lines := make([]string, 0, len(reply.Val()))
		for field, value := range reply.Val() {
			lines = append(lines, field+" = "+value)
		}
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	case *redis.ZSliceCmd:
		return fmt.Sprintf("%v", reply.Val())
	case *redis.XMessageSliceCmd:
		return fmt.Sprintf("%v", reply.Val())
	case *redis.StringCmd:
		return reply.Val()
	case *redis.IntCmd:
		return strconv.FormatInt(reply.Val(), 10)
	}
	return fmt.Sprint(reply)
}

// wantSame fails with each key that has changed since before.
func (s *stand) wantSame(t *testing.T, what string, before map[string]string) {
	t.Helper()
	for _, line := range differences(before, s.dump(t)) {
		t.Errorf("%s: %s", what, line)
	}
}

func differences(before, after map[string]string) []string {
	var lines []string
	for key, value := range after {
		if before[key] != value {
			lines = append(lines, fmt.Sprintf("%s was %s, is %s", key, orNothing(before[key]), value))
		}
	}
	for key, value := range before {
		if _, kept := after[key]; !kept {
			lines = append(lines, fmt.Sprintf("%s was %s, is gone", key, value))
		}
	}
	slices.Sort(lines)
	return lines
}

func orNothing(s string) string {
	if s == "" {
		return "absent"
	}
	return strings.TrimSpace(s)
}
