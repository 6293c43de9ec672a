package devstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// connect opens one connection for a few words with a store nearby. It dials
// itself, since the client would log each refusal, and a refusal is what one gets
// from a server that has not started or has ended.
func connect(ctx context.Context, url string) (*redis.Client, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, o.Network, o.Addr)
	if err != nil {
		return nil, err
	}
	o.Dialer = func(context.Context, string, string) (net.Conn, error) { return conn, nil }
	o.MaxRetries = -1
	o.DialerRetries = 1
	o.PoolSize = 1
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(o), nil
}

func ping(ctx context.Context, url string) error {
	client, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer client.Close()
	return client.Ping(ctx).Err()
}

// identity is what a server says of itself.
type identity struct {
	dir string
	pid int
}

// identify asks a server who it is. One that still loads its data answers an
// error.
func identify(ctx context.Context, url string) (identity, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	client, err := connect(ctx, url)
	if err != nil {
		return identity{}, err
	}
	defer client.Close()
	if err := client.Ping(ctx).Err(); err != nil {
		return identity{}, err
	}
	config, err := client.ConfigGet(ctx, "dir").Result()
	if err != nil {
		return identity{}, err
	}
	info, err := client.Info(ctx, "server").Result()
	if err != nil {
		return identity{}, err
	}
	for line := range strings.Lines(info) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "process_id:"); ok {
			pid, err := strconv.Atoi(text)
			if err != nil {
				return identity{}, fmt.Errorf("read the server's process id: %w", err)
			}
			return identity{dir: config["dir"], pid: pid}, nil
		}
	}
	return identity{}, errors.New("the server does not tell its process id")
}

// shutdown asks a server to write what it has not written and to end.
func shutdown(ctx context.Context, url string) error {
	client, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer client.Close()
	return client.Shutdown(ctx).Err()
}
