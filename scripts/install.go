package scripts

import (
	"context"
	"fmt"
	"maps"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
)

// Install loads all commands into Redis and writes their SHAs to the hash
// `commands`, in one transaction, so that no client ever sees it half filled. It
// never flushes: clients keep the SHAs they read when they connected. Safe to
// repeat, and to call from many processes at once.
func Install(ctx context.Context, rdb redis.UniversalClient) error {
	sources, err := Sources()
	if err != nil {
		return err
	}
	return install(ctx, rdb, sources)
}

func install(ctx context.Context, rdb redis.UniversalClient, sources []Source) error {
	table := make(map[string]string, len(sources))
	for _, s := range sources {
		sha, err := rdb.ScriptLoad(ctx, s.Text).Result()
		if err != nil {
			return fmt.Errorf("load command %s: %w", s.Name, Translate(err))
		}
		if sha != s.SHA {
			return fmt.Errorf("load command %s: redis answers SHA1 %s, expected %s", s.Name, sha, s.SHA)
		}
		table[s.Name] = sha
	}
	// A hash that says so already is left alone: nothing need be written then.
	if old, err := rdb.HGetAll(ctx, CommandsKey).Result(); err == nil && maps.Equal(old, table) {
		return nil
	}
	var written *redis.IntCmd
	_, err := rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, CommandsKey)
		written = p.HSet(ctx, CommandsKey, table)
		return nil
	})
	if redis.HasErrorPrefix(err, "EXECABORT") && written.Err() != nil {
		err = written.Err() // why
	}
	if err != nil {
		return fmt.Errorf("write the hash %q: %w", CommandsKey, Translate(err))
	}
	return nil
}

// codes maps the first word of an error reply to the error that callers test.
func codes() map[string]error {
	return map[string]error{
		"INVALID":   jobs.ErrInvalid,
		"NOJOB":     jobs.ErrNoJob,
		"NORUN":     jobs.ErrNoRun,
		"NOAGENT":   jobs.ErrNoAgent,
		"ACTIVE":    jobs.ErrActive,
		"PAUSED":    jobs.ErrPaused,
		"STALE":     jobs.ErrStale,
		"FORMAT":    jobs.ErrFormat,
		"WRONGTYPE": jobs.ErrWrongType,
	}
}
