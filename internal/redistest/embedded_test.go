package redistest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/redis/go-redis/v9"
)

func TestBothStoresTellTheRealTimeInScripts(t *testing.T) {
	t.Parallel()
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		before := time.Now()
		got, err := rdb.Eval(t.Context(), `local t = redis.call('TIME') return t[1] * 1000000 + t[2]`, nil).Int64()
		after := time.Now()
		if err != nil || got < before.UnixMicro() || got > after.UnixMicro() {
			t.Errorf("TIME in a script: got %d, %v, want %d to %d", got, err, before.UnixMicro(), after.UnixMicro())
		}
	})
}

func TestBothStoresExpireKeysByThemselves(t *testing.T) {
	t.Parallel()
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		if err := rdb.Set(t.Context(), "k", "v", 20*time.Millisecond).Err(); err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(10 * time.Second)
		for rdb.Exists(t.Context(), "k").Val() != 0 {
			if time.Now().After(deadline) {
				t.Fatal("a key of 20 ms lives on after 10 s")
			}
		}
	})
}

func TestBothStoresTakeLongPipelines(t *testing.T) {
	t.Parallel()
	const commands = 2000
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		value := strings.Repeat("x", 500)
		pipe := rdb.Pipeline()
		for range commands {
			pipe.RPush(t.Context(), "list", value)
			pipe.LIndex(t.Context(), "list", 0)
		}
		if _, err := pipe.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := rdb.LLen(t.Context(), "list").Val(); got != commands {
			t.Errorf("length: got %d, want %d", got, commands)
		}
	})
}

func TestTheEmbeddedURLIsServed(t *testing.T) {
	t.Parallel()
	o, err := redis.ParseURL(redistest.EmbeddedURL(t))
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(o)
	defer rdb.Close()
	if err := rdb.Ping(t.Context()).Err(); err != nil {
		t.Error(err)
	}
}
