package election

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// nudges are hints that the lock was released. They come on a connection of
// their own, which go-redis restores by itself, and may get lost: the poll stands
// behind them.
type nudges struct {
	ch   chan struct{}
	sub  *redis.PubSub
	done sync.WaitGroup
}

func (e *Election) listen() *nudges {
	n := &nudges{ch: make(chan struct{}, 1)}
	ctx, cancel := context.WithTimeout(context.Background(), e.cfg.patience())
	defer cancel()
	n.sub = e.cfg.Client.Subscribe(ctx, e.cfg.Nudge)
	// Each 3 s go-redis asks whether the connection is alive; for a lock that lives
	// longer it need not be known so soon.
	alive := redis.WithChannelHealthCheckInterval(max(3*time.Second, e.cfg.TTL))
	n.done.Go(func() {
		for range n.sub.Channel(alive) {
			select {
			case n.ch <- struct{}{}:
			default: // one pending hint says as much as two
			}
		}
	})
	return n
}

func (n *nudges) close() {
	_ = n.sub.Close() // fails only when it is closed already
	n.done.Wait()
}
