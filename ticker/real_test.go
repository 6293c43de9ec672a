package ticker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/scripts"
	"github.com/jobs-agent/jobs/ticker"
)

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func TestThreeTickersQueueEachNominalTimeOnce(t *testing.T) {
	t.Parallel()
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		c, err := scripts.New(rdb, "jobs")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Install(t.Context()); err != nil {
			t.Fatal(err)
		}
		const n = 300
		now := time.Now()
		for i := range n {
			d := scripts.Definition{
				ID: fmt.Sprintf("job-%d", i), Runner: fmt.Sprintf("type-%d", i%3), Payload: "x",
				Start: scripts.UnixSeconds(now.Add(time.Duration(i) * 3 * time.Millisecond)), // and never again
			}
			if err := c.Jset(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		// Of a type that is known from its metadata alone.
		if err := c.Redis().HDel(t.Context(), c.Keys().Runners(), "type-2").Err(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 3)
		var all []*ticker.Ticker
		for range 3 {
			tick := ticker.New(c, nil)
			all = append(all, tick)
			go func() { ended <- tick.Run(ctx) }()
		}
		queued := func() (sum int64) {
			for _, tick := range all {
				sum += tick.Stats().Queued
			}
			return sum
		}
		until(t, "all are queued", func() bool { return queued() >= n })
		until(t, "the tickers look again", func() bool {
			return time.Since(now) > time.Second
		})
		cancel()
		for range 3 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		var listed int64
		for i := range 3 {
			listed += rdb.LLen(context.Background(), c.Keys().Queue(fmt.Sprintf("type-%d", i))).Val()
		}
		if listed != n || queued() != n {
			t.Errorf("got %d runs in the queues and %d counted, want %d", listed, queued(), n)
		}
	})
}

func TestALeaderEndsWhenRedisKnowsANewerTerm(t *testing.T) {
	t.Parallel()
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		c, err := scripts.New(rdb, "jobs")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Install(t.Context()); err != nil {
			t.Fatal(err)
		}
		elect := func(name string) int64 {
			t.Helper()
			if err := rdb.Set(t.Context(), "lock", name, time.Minute).Err(); err != nil {
				t.Fatal(err)
			}
			term, err := c.RaiseTerm(t.Context(), "lock", name, name)
			if err != nil {
				t.Fatal(err)
			}
			return term
		}
		term := elect("me")
		ended := make(chan error, 1)
		go func() { ended <- ticker.New(c, nil).Lead(t.Context(), term) }()
		elect("another")
		select {
		case err := <-ended:
			if !errors.Is(err, jobs.ErrStale) {
				t.Errorf("got %v, want %v", err, jobs.ErrStale)
			}
		case <-time.After(20 * time.Second):
			t.Error("it leads on")
		}
	})
}
