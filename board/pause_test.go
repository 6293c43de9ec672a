package board_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		start := soon()
		must[time.Time](t)(b.Put(ctx, jobs.Job{ID: "a", Runner: "shell", Schedule: jobs.Schedule{Start: start, Interval: time.Minute}}))
		until := start.Add(time.Hour).Truncate(time.Second)
		for i, target := range []board.Target{board.JobOf("a"), board.QueueOf("shell"), board.Whole, board.AgentOf("n1")} {
			p := board.Pause{What: target, Who: "me", Why: "tests"}
			if i == 0 {
				p.Until = until
			}
			if fresh, err := b.Pause(ctx, p); err != nil || !fresh {
				t.Errorf("pause %s: got %v, %v, want a new pause", target, fresh, err)
			}
			if fresh, err := b.Pause(ctx, p); err != nil || fresh {
				t.Errorf("pause %s again: got %v, %v, want none", target, fresh, err)
			}
		}
		pauses := must[[]board.Pause](t)(b.Pauses(ctx))
		if len(pauses) != 4 || pauses[0].What != "agent:n1" || pauses[2].What.Name() != "a" || pauses[2].Until != until.UTC() || pauses[1].Who != "me" || pauses[1].Since.IsZero() {
			t.Fatalf("got %+v, want all four", pauses)
		}
		entry := must[board.Entry](t)(b.Show(ctx, "a"))
		if entry.Paused == nil || entry.Paused.Why != "tests" || entry.Paused.Reason() != "paused by me until "+until.UTC().Format(time.RFC3339)+": tests" {
			t.Errorf("got %+v, want its pause", entry.Paused)
		}
		queues := must[[]board.Queue](t)(b.Queues(ctx))
		if len(queues) != 1 || queues[0].Paused == nil || queues[0].Length != 0 {
			t.Errorf("queues: got %+v, want shell, paused", queues)
		}
		if _, err := b.Run(ctx, "a", false); !errors.Is(err, jobs.ErrPaused) {
			t.Errorf("run: got %v, want ErrPaused", err)
		}
		was, next, err := b.Resume(ctx, board.JobOf("a"), false)
		if err != nil || !was || next.Sub(start).Abs() > time.Millisecond {
			t.Errorf("resume: got %v, %v, %v, want its nominal time %v", was, next, err, start)
		}
		if was, _, err := b.Resume(ctx, board.JobOf("a"), false); err != nil || was {
			t.Errorf("resume again: got %v, %v, want nothing", was, err)
		}
		if _, err := b.Pause(ctx, board.Pause{What: board.JobOf("b")}); !errors.Is(err, jobs.ErrNoJob) {
			t.Errorf("an unknown job: got %v, want ErrNoJob", err)
		}
		if _, err := b.Pause(ctx, board.Pause{What: "b"}); !errors.Is(err, jobs.ErrInvalid) {
			t.Errorf("nothing that can be paused: got %v, want ErrInvalid", err)
		}
	})
}

func TestDeadRunsAreListedReplayedAndRemoved(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		states(t, b)
		dead := must[[]board.DeadRun](t)(b.Dead(ctx, "", 10))
		if len(dead) != 1 || dead[0].Run.State != jobs.Dead || dead[0].Text == "" || time.Since(dead[0].Died).Abs() > time.Minute {
			t.Fatalf("got %+v, want the dead one", dead)
		}
		old := jobs.RunID(dead[0].Run.ID)
		if other := must[[]board.DeadRun](t)(b.Dead(ctx, "nothing", 10)); len(other) != 0 {
			t.Errorf("of another job: got %+v", other)
		}
		id := must[jobs.RunID](t)(b.Replay(ctx, old, false))
		run := must[jobs.Run](t)(b.FindRun(ctx, id))
		if run.State != jobs.Queued || run.ReplayOf != old || run.Job != old.Job() {
			t.Errorf("got %+v, want it queued as a replay of %s", run, old)
		}
		if _, err := b.Replay(ctx, old, false); !errors.Is(err, jobs.ErrNoRun) {
			t.Errorf("again: got %v, want ErrNoRun", err)
		}
		if _, err := b.Replay(ctx, "no id", false); !errors.Is(err, jobs.ErrInvalid) {
			t.Errorf("no id of a run: got %v, want ErrInvalid", err)
		}
		if n, err := b.Bury(ctx, old, "x#01"); err != nil || n != 0 {
			t.Errorf("bury: got %d, %v, want none left", n, err)
		}
		waiting := must[[]jobs.Run](t)(b.Waiting(ctx, run.Runner, 10))
		if len(waiting) == 0 || waiting[len(waiting)-1].ID != string(id) {
			t.Errorf("waiting: got %+v, want the replay last", waiting)
		}
	})
}
