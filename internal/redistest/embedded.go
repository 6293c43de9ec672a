package redistest

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/embedded"
)

// Embedded answers a client of a new embedded store.
func Embedded(t testing.TB) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(EmbeddedURL(t))
	if err != nil {
		t.Fatal(err)
	}
	o.ReadTimeout = 30 * time.Second // what Redis does in milliseconds takes it seconds, and more under the race detector
	return newClient(t, o)
}

// EmbeddedURL starts an embedded store and answers its URL, for code that opens its
// own clients.
func EmbeddedURL(t testing.TB) string {
	t.Helper()
	store, err := embedded.Start("")
	if err != nil {
		t.Fatalf("start an embedded store: %v", err)
	}
	t.Cleanup(store.Close)
	return store.URL()
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
