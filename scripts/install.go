package scripts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

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
	table := make([]any, 0, 2*len(sources))
	for _, s := range sources {
		sha, err := rdb.ScriptLoad(ctx, s.Text).Result()
		if err != nil {
			return fmt.Errorf("load command %s: %w", s.Name, Translate(err))
		}
		if sha != s.SHA {
			return fmt.Errorf("load command %s: redis answers SHA1 %s, expected %s", s.Name, sha, s.SHA)
		}
		table = append(table, s.Name, sha)
	}
	_, err := rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, CommandsKey)
		p.HSet(ctx, CommandsKey, table...)
		return nil
	})
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
		"ACTIVE":    jobs.ErrActive,
		"PAUSED":    jobs.ErrPaused,
		"STALE":     jobs.ErrStale,
		"FORMAT":    jobs.ErrFormat,
		"WRONGTYPE": jobs.ErrWrongType,
	}
}

// Translate gives an error of go-redis or of a command the meaning that the errors
// of package jobs have; callers that read keys by themselves use it too.
func Translate(err error) error {
	if err == nil || errors.Is(err, redis.Nil) {
		return err
	}
	var reply redis.Error
	if errors.As(err, &reply) {
		code, words, _ := strings.Cut(strings.TrimPrefix(reply.Error(), "ERR "), " ")
		if known, ok := codes()[code]; ok {
			if words == known.Error() {
				return known
			}
			return fmt.Errorf("%w: %s", known, words)
		}
		if slices.Contains([]string{"WRONGPASS", "NOAUTH", "NOPERM"}, code) {
			return fmt.Errorf("%w: %s", jobs.ErrDenied, words)
		}
		return err
	}
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, redis.ErrPoolTimeout) || strings.Contains(err.Error(), "connection re") {
		return fmt.Errorf("%w: %w", jobs.ErrUnreachable, err)
	}
	return err
}
