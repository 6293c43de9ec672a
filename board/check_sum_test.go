package board_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs/board"
)

// conservation answers what Check says of the sum of all runs.
func conservation(t *testing.T, b *board.Board) board.Finding {
	t.Helper()
	findings := must[[]board.Finding](t)(b.Check(t.Context()))
	return findings[slices.IndexFunc(findings, func(f board.Finding) bool { return f.Check == "conservation" })]
}

func TestEveryRunIsAccountedFor(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		states(t, b) // one of each
		want := map[string]int64{
			"queued": 7, "waiting": 1, "running": 1, "retrying": 1, "delayed": 0, "succeeded": 1, "failed": 1, "dead": 1, "cancelled": 1,
			"collapsed": 0, "trimmed": 0, "unseen": 0,
		}
		level := board.OK
		compare := func(what string) {
			t.Helper()
			got := conservation(t, b)
			if diff := cmp.Diff(want, got.Values); diff != "" || got.Level != level {
				t.Errorf("%s: got %s, want %s (-want +got):\n%s", what, got.Level, level, diff)
			}
		}
		compare("one run in each state")

		must[string](t)(raw(b).RPop(ctx, "jobs:queue:r").Result())
		want["waiting"], want["unseen"] = 0, 1
		compare("one was taken by a plain consumer")

		for range 3 {
			must[int64](t)(raw(b).LPush(ctx, "jobs:queue:r", `{"runner":"r"}`).Result())
		}
		want["waiting"], want["unseen"], want["by_hand"] = 3, 0, 2
		compare("three were pushed by hand, of which one passes for that which was taken")

		must[int64](t)(b.Trim(ctx, 0, "r"))
		want["waiting"], want["unseen"], want["trimmed"], want["by_hand"] = 0, -2, 3, 0
		level = board.Warning
		compare("they were trimmed without having been counted")

		must[int64](t)(raw(b).HIncrBy(ctx, "jobs:stats", "succeeded", 5).Result())
		want["succeeded"], want["unseen"] = 6, -7
		compare("more runs have ended than were queued")
	})
}
