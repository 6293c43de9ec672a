package scripts

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// A put that is sent again after the job has run and left would make it anew.
func TestAPutSentAgainDoesNotMakeTheJobASecondTime(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"jset", "jsetnx"} {
		t.Run(name, func(t *testing.T) {
			redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
				ctx := t.Context()
				c, err := New(rdb, "jobs")
				if err != nil {
					t.Fatal(err)
				}
				keys := []string{"jobs", "jobs:schedule", "jobs:runners", "jobs:op:me"}
				args := []any{"1000", "once", "shell", "x", "", "", "", "", "", "", "7"}
				for i := range 2 {
					if n, err := c.integer(ctx, name, keys, args...); n != 1 || err != nil {
						t.Fatalf("put %d: got %d, %v, want 1", i, n, err)
					}
					if _, err := c.Jtick(ctx, "1001", 10, "shell"); err != nil {
						t.Fatal(err)
					}
				}
				if got := rdb.LLen(ctx, "jobs:queue:shell").Val(); got != 1 {
					t.Errorf("got %d runs, want 1", got)
				}
			})
		})
	}
}
