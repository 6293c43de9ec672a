package board_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

func TestRunsForSomeHostsAreSeenWhereRunsAreSeen(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "mail", Payload: "plain"}))
		id := must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "mail", Payload: "x", Hosts: "gpu=true"}))
		later := must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "mail", Payload: "y", Hosts: "gpu=true", Unique: "k"}))
		if n := must[board.Count](t)(b.Count(ctx)).Queued["mail"]; n != 3 {
			t.Errorf("count: got %d, want 3", n)
		}
		q := must[[]board.Queue](t)(b.Queues(ctx))[0]
		if q.Length != 3 || len(q.For) != 1 || q.For[0] != (board.Awaited{Runner: "mail", Selector: "gpu=true", Length: 2}) {
			t.Errorf("queue: got %+v, want 3, of which 2 for gpu=true and nobody matches", q)
		}
		run := must[jobs.Run](t)(b.FindRun(ctx, id))
		if run.Hosts != "gpu=true" || run.State != jobs.Queued {
			t.Errorf("the run: got %+v, want it queued for gpu=true", run)
		}
		if n := len(must[[]jobs.Run](t)(b.Runs(ctx, board.RunFilter{}))); n != 3 {
			t.Errorf("runs: got %d, want 3", n)
		}
		found := must[[]board.Finding](t)(b.Check(ctx))
		for _, f := range found {
			if f.Check == "conservation" && (f.Level != board.OK || f.Values["waiting"] != 3 || f.Values["unseen"] != 0) {
				t.Errorf("conservation: got %+v, want 3 waiting and none unseen", f)
			}
		}
		if n := must[int64](t)(b.Trim(ctx, 0, "mail")); n != 3 {
			t.Errorf("trim: got %d, want 3", n)
		}
		again := must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "mail", Payload: "y", Hosts: "gpu=true", Unique: "k"}))
		if again == later {
			t.Errorf("a run that was trimmed still holds its unique key: %s", later)
		}
		if _, err := b.Enqueue(ctx, board.OneOff{Runner: "mail", Hosts: jobs.AllHosts}); !errors.Is(err, jobs.ErrInvalid) {
			t.Errorf("a one-off for all hosts: got %v, want ErrInvalid", err)
		}
	})
}

func TestNoMatchIsSaid(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		beat := func(labels string) {
			t.Helper()
			if _, err := b.Leases().Jbeat(ctx, "n1", `{"host":"db1","runners":["shell"],"labels":`+labels+`}`, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		beat(`{"zone":"a"}`)
		must[time.Time](t)(b.Put(ctx, jobs.Job{ID: "a", Runner: "shell", Hosts: "gpu=true", Schedule: jobs.Schedule{Interval: time.Hour}}))
		must[jobs.Fired](t)(b.Leases().Jfire(ctx, "", 10, "", []string{"shell"}))
		why := func() string {
			t.Helper()
			return must[board.Account](t)(b.Why(ctx, "a", time.Time{}, 0)).Reason
		}
		if got, want := why(), "no agent that serves shell matches gpu=true"; got != want {
			t.Errorf("why: got %q, want %q", got, want)
		}
		warned := ""
		for _, f := range must[[]board.Finding](t)(b.Check(ctx)) {
			if f.Check == "agents" {
				warned = f.Why
			}
		}
		if want := "no agent matches gpu=true (1 of shell waiting)"; warned != want {
			t.Errorf("doctor: got %q, want %q", warned, want)
		}
		beat(`{"gpu":"true"}`)
		if got, want := why(), "it waits to be taken, 1 of the agents serve shell and match gpu=true"; !strings.HasPrefix(got, want) {
			t.Errorf("why with an agent that matches: got %q, want %q", got, want)
		}
		if n := len(must[[]board.Awaited](t)(b.Unmatched(ctx))); n != 0 {
			t.Errorf("unmatched: got %d, want none", n)
		}
	})
}
