package scripts

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Wait blocks until one of the runner types' doorbells rings, or for about a
// second, and tells whether one rang. What it pops is only the bell's token, which
// may be lost: a poll must stand behind it. It needs a client of its own, since a
// blocked call occupies a connection; closing that client ends the call, while ctx
// ending does not.
func (c *Commands) Wait(ctx context.Context, runners []string) (bool, error) {
	bells := make([]string, 0, len(runners))
	for _, runner := range runners {
		_, bell := c.keys.source(runner)
		bells = append(bells, bell)
	}
	err := c.rdb.BLPop(ctx, time.Second, bells...).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, Translate(err)
}
