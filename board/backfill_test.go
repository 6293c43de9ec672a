package board_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

func TestBackfillQueuesARunForEachNominalTimeInTheRange(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		start := hourly(t, b, "a", 5, func(j *jobs.Job) { j.Misfire = jobs.Skip })
		tick(t, b) // all are late
		times := must[[]time.Time](t)(b.NominalTimes(ctx, "a", start.Add(time.Hour), start.Add(4*time.Hour), 100))
		if len(times) != 3 || !times[0].Equal(start.Add(time.Hour)) || !times[2].Equal(start.Add(3*time.Hour)) {
			t.Fatalf("got %v, want three from %v on, the end not included", times, start.Add(time.Hour))
		}
		if more := must[[]time.Time](t)(b.NominalTimes(ctx, "a", start, start.Add(100*time.Hour), 2)); len(more) != 3 {
			t.Errorf("with a limit of 2: got %d, want one more", len(more))
		}
		if past := must[[]time.Time](t)(b.NominalTimes(ctx, "a", start.Add(4*time.Hour), start.Add(100*time.Hour), 100)); len(past) != 2 {
			t.Errorf("got %v, want the two that have passed", past)
		}
		var told []int
		runs := must[[]jobs.RunID](t)(b.Backfill(ctx, "a", times, false, func(n int) { told = append(told, n) }))
		if len(runs) != 3 || len(told) != 1 || told[0] != 3 {
			t.Fatalf("got %v, told %v, want three runs", runs, told)
		}
		run := must[jobs.Run](t)(b.FindRun(ctx, runs[0]))
		if run.State != jobs.Queued || !run.Due.Equal(times[0]) {
			t.Errorf("got %+v, want it queued, due at %v", run, times[0])
		}
		a := wantWhy(t, b, "a", times[0], jobs.Queued, "backfilled")
		if a.Run != runs[0] {
			t.Errorf("got %+v, want %s", a, runs[0])
		}
		l := &lane{t: t, b: b}
		attempt := l.take("shell")
		if attempt.Run != runs[0] || !attempt.Due.Equal(times[0]) {
			t.Errorf("took %+v, want the oldest nominal time first", attempt)
		}
		l.ends(attempt, jobs.Succeeded, 0)
		if run = must[jobs.Run](t)(b.FindRun(ctx, runs[0])); run.State != jobs.Succeeded || !run.Due.Equal(times[0]) {
			t.Errorf("got %+v, want it succeeded, with its nominal time in the record", run)
		}
		if err := b.Leases().Redis().Del(ctx, b.Name()+":runs:a").Err(); err != nil {
			t.Fatal(err)
		}
		wantWhy(t, b, "a", times[0], "missed", "late by more", "backfilled at", string(runs[0]))

		must[bool](t)(b.Pause(ctx, board.Pause{What: board.JobOf("a"), Who: "ann"}))
		if _, err := b.Backfill(ctx, "a", times, false, nil); !errors.Is(err, jobs.ErrPaused) {
			t.Errorf("of a paused job: got %v, want ErrPaused", err)
		}
		if runs := must[[]jobs.RunID](t)(b.Backfill(ctx, "a", times[:1], true, nil)); len(runs) != 1 {
			t.Errorf("forced: got %v, want one run", runs)
		}
		if _, err := b.NominalTimes(ctx, "nothing", start, start, 1); !errors.Is(err, jobs.ErrNoJob) {
			t.Errorf("an unknown job: got %v, want ErrNoJob", err)
		}
	})
}

func TestABackfillReachesBackBehindThePutAndGoesInBoundedCalls(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		end := time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC)
		for id, schedule := range map[string]jobs.Schedule{
			"cron":     {Cron: "30 2 * * *", Timezone: "Europe/Berlin"},
			"interval": {Interval: 24 * time.Hour},
			"except":   {Interval: 24 * time.Hour, Except: []string{"2026-03-25"}},
		} {
			must[time.Time](t)(b.Put(ctx, jobs.Job{ID: id, Runner: "shell", Schedule: schedule}))
			times := must[[]time.Time](t)(b.NominalTimes(ctx, id, end.Add(-10*24*time.Hour), end, 1000))
			want := 10
			if id == "except" {
				want = 9
			}
			if len(times) != want {
				t.Errorf("%s: got %v, want %d times", id, times, want)
			}
			if id == "cron" && !times[9].Equal(time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC)) {
				t.Errorf("the day without half past two: got %v, want the end of the gap", times[9])
			}
		}
		must[time.Time](t)(b.Put(ctx, jobs.Job{ID: "often", Runner: "shell", Overlap: jobs.Allow, Schedule: jobs.Schedule{Interval: time.Minute}}))
		times := must[[]time.Time](t)(b.NominalTimes(ctx, "often", end.Add(-20*time.Hour), end, 2000))
		var told []int
		runs := must[[]jobs.RunID](t)(b.Backfill(ctx, "often", times, false, func(n int) { told = append(told, n) }))
		if len(runs) != 1200 || len(told) != 3 || told[0] != 500 {
			t.Errorf("got %d runs, told %v, want 1200 in three calls", len(runs), told)
		}
	})
}
