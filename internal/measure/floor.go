package measure

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Floor is what the Redis does without jobs, asked by this program.
type Floor struct {
	RoundTrip Spread  `json:"round_trip"` // of a PING
	Lpush     float64 `json:"lpush"`      // of 100 bytes, pipelined by 64
}

const (
	// pipelined is how many commands are sent at once.
	pipelined = 64
	// senders send at once.
	senders = 4
	// pings are sent one after the other.
	pings = 300
)

func (m *bench) floors(ctx context.Context, r *Report) error {
	var trips Histogram
	for i := range pings {
		start := time.Now()
		if err := m.redis().Ping(ctx).Err(); err != nil {
			return fmt.Errorf("measure the round trip: %w", err)
		}
		trips.Add(time.Since(start))
		m.progress("floor", i+1, pings)
	}
	m.floor.RoundTrip = trips.Spread()
	key, text := m.key("floor"), payload(0)
	took, err := m.raw(ctx, m.plan.Runs, func(pipe redis.Pipeliner, _ int) { pipe.LPush(ctx, key, text) })
	if err != nil {
		return fmt.Errorf("measure LPUSH: %w", err)
	}
	m.floor.Lpush = rate(m.plan.Runs, took)
	r.Floor = m.floor
	return m.redis().Del(ctx, key).Err()
}

// raw sends n commands, pipelined, and tells how long it took.
func (m *bench) raw(ctx context.Context, n int, command func(pipe redis.Pipeliner, i int)) (time.Duration, error) {
	start := time.Now()
	err := InParallel(senders, n, pipelined, func(from, to int) error {
		pipe := m.redis().Pipeline()
		for i := from; i < to; i++ {
			command(pipe, i)
		}
		_, err := pipe.Exec(ctx)
		return err
	})
	return time.Since(start), err
}

func (m *bench) redis() redis.UniversalClient { return m.board.Leases().Redis() }

func (m *bench) key(name string) string { return m.board.Name() + ":bench:" + name }

func (m *bench) info(ctx context.Context, section string) (map[string]string, error) {
	text, err := m.redis().Info(ctx, section).Result()
	if err != nil {
		return nil, fmt.Errorf("read INFO %s: %w", section, err)
	}
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	return fields, nil
}

// memory is how many bytes Redis uses for its data.
func (m *bench) memory(ctx context.Context) (int64, error) {
	info, err := m.info(ctx, "memory")
	if err != nil {
		return 0, err
	}
	n, _ := strconv.ParseInt(info["used_memory"], 10, 64)
	return n, nil
}

// clean removes all keys whose names begin so.
func (m *bench) clean(ctx context.Context, name string) error {
	sweep := func(ctx context.Context, rdb redis.Cmdable) error {
		pattern := strings.NewReplacer(`[`, `\[`, `*`, `\*`, `?`, `\?`).Replace(name) + "*"
		var cursor uint64
		for {
			keys, next, err := rdb.Scan(ctx, cursor, pattern, 1000).Result()
			if err != nil {
				return err
			}
			if len(keys) > 0 {
				if err := rdb.Unlink(ctx, keys...).Err(); err != nil {
					return err
				}
			}
			if cursor = next; cursor == 0 {
				return nil
			}
		}
	}
	if cluster, ok := m.redis().(*redis.ClusterClient); ok {
		return cluster.ForEachMaster(ctx, func(ctx context.Context, rdb *redis.Client) error { return sweep(ctx, rdb) })
	}
	return sweep(ctx, m.redis())
}
