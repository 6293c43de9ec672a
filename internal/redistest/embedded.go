package redistest

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// Embedded answers a client of a new embedded store: miniredis in the test's
// process, its clock and its expiry driven by time.Now. No socket is involved, so
// it also works, with virtual time, inside a testing/synctest bubble.
func Embedded(t testing.TB) *redis.Client {
	store := miniredis.NewMiniRedis()
	store.ClockTTL(true)
	t.Cleanup(store.Close)
	return newClient(t, &redis.Options{
		Addr:        "embedded",
		ReadTimeout: 30 * time.Second, // what Redis does in milliseconds takes it seconds, and more under the race detector
		Dialer: func(context.Context, string, string) (net.Conn, error) {
			conn, err := store.Dial()
			if err != nil {
				return nil, err
			}
			return newBufferedConn(conn), nil
		},
	})
}

// EmbeddedURL starts an embedded store on a loopback port and answers its URL,
// for code that opens its own clients.
func EmbeddedURL(t testing.TB) string {
	t.Helper()
	store := miniredis.NewMiniRedis()
	store.ClockTTL(true)
	if err := store.Start(); err != nil {
		t.Fatalf("start an embedded store: %v", err)
	}
	t.Cleanup(store.Close)
	return "redis://" + store.Addr() + "/0"
}

// Both runs the test twice, as parallel subtests: "redis" on a real server of its
// own and "embedded" on an embedded store.
func Both(t *testing.T, test func(t *testing.T, rdb *redis.Client)) {
	t.Helper()
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		test(t, Start(t).Client())
	})
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		test(t, Embedded(t))
	})
}
