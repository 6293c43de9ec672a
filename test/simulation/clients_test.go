package simulation

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/scripts"
)

// client makes a client with the timeouts that the product uses, over the simulated
// network. It repeats commands as often as the product's, but at once: go-redis
// spreads its repetitions by chance.
func (n *network) client(owner, role string, use scripts.Use) (*redis.Client, error) {
	template, err := scripts.Dial("redis://store", use)
	if err != nil {
		return nil, err
	}
	defer template.Close()
	options := *template.(*redis.Client).Options()
	limit := options.DialTimeout
	options.Dialer = func(ctx context.Context, _, _ string) (net.Conn, error) { return n.dial(ctx, owner, role, limit) }
	options.MinRetryBackoff, options.MaxRetryBackoff = -1, -1
	options.PoolSize = min(options.PoolSize, 10) // whatever the number of processors
	if options.MaxRetries == 0 {
		options.MaxRetries = -1
	}
	return redis.NewClient(&options), nil
}

// commands makes the command set on a client. Each loop has its own, since a caller's
// name is lent to whoever asks first.
func commands(client redis.UniversalClient) *scripts.Commands {
	c, err := scripts.New(client, "jobs")
	if err != nil {
		panic(err) // the name is good
	}
	return c
}

// nudges is the role of the connections on which candidates wake each other.
const nudges = "nudges"

// candidate is a client for an election that has its subscription elsewhere.
type candidate struct {
	redis.UniversalClient
	nudges *redis.Client
}

func (c candidate) Subscribe(ctx context.Context, channels ...string) *redis.PubSub {
	return c.nudges.Subscribe(ctx, channels...)
}

// bell is as long in a wait as the simulation's pace allows.
type bell struct{ client *redis.Client }

func (b *bell) Wait(ctx context.Context, runners []string) (bool, error) {
	keys, _ := scripts.For("jobs")
	var bells []string
	for _, runner := range runners {
		bells = append(bells, keys.Bell(runner))
	}
	err := b.client.BLPop(ctx, bellRest, bells...).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, err
}

func (b *bell) Close() error { return b.client.Close() }

// hangUp closes clients and waits for what go-redis goes on with in the background: it
// dials a store that it does not reach each second, until it sees that it is closed.
func hangUp(clients ...*redis.Client) {
	for _, client := range clients {
		client.Close()
	}
	time.Sleep(2 * time.Second)
}
