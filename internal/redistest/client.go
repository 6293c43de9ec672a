package redistest

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// newClient makes a client that does what the test says and nothing besides: no
// repeated commands, no words about itself to the server.
func newClient(t testing.TB, o *redis.Options) *redis.Client {
	o.MaxRetries = -1
	o.DialTimeout = time.Second
	o.DialerRetries = 1
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	client := redis.NewClient(o)
	t.Cleanup(func() {
		if err := client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
			t.Errorf("close a client: %v", err)
		}
	})
	return client
}
