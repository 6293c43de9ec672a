package board_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// tick fires what is due.
func tick(t *testing.T, b *board.Board) {
	t.Helper()
	if _, err := b.Leases().Jfire(t.Context(), "", 500, "", []string{"shell"}); err != nil {
		t.Fatal(err)
	}
}

// wantWhy asks what became of a nominal time and looks at outcome and reason.
func wantWhy(t *testing.T, b *board.Board, job string, at time.Time, outcome jobs.State, reasons ...string) board.Account {
	t.Helper()
	a, err := b.Why(t.Context(), job, at, time.Second)
	if err != nil {
		t.Fatalf("why %s at %v: %v", job, at, err)
	}
	if a.Outcome != outcome {
		t.Errorf("why %s at %v: got %+v, want the outcome %s", job, at, a, outcome)
	}
	for _, reason := range reasons {
		if !strings.Contains(a.Reason, reason) {
			t.Errorf("why %s at %v: got reason %q, want one with %q", job, at, a.Reason, reason)
		}
	}
	return a
}

// hourly is a job whose start was hours ago.
func hourly(t *testing.T, b *board.Board, id string, hours int, change func(*jobs.Job)) (start time.Time) {
	t.Helper()
	now := must[time.Time](t)(b.Now(t.Context()))
	start = now.Add(-time.Duration(hours) * time.Hour).Add(-time.Minute).Truncate(time.Second)
	job := jobs.Job{ID: id, Runner: "shell", Schedule: jobs.Schedule{Start: start, Interval: time.Hour}}
	if change != nil {
		change(&job)
	}
	must[time.Time](t)(b.Put(t.Context(), job))
	return start
}

func TestWhyOfNominalTimesThatMadeNoRun(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		skip := hourly(t, b, "skip", 5, func(j *jobs.Job) { j.Misfire = jobs.Skip })
		once := hourly(t, b, "once", 5, nil)
		off := hourly(t, b, "off", 2, nil)
		wantWhy(t, b, "off", time.Time{}, "scheduled", "not queued yet", "no ticker is elected")
		must[bool](t)(b.Pause(ctx, board.Pause{What: board.JobOf("off"), Who: "ann", Why: "new disk"}))
		wantWhy(t, b, "off", time.Time{}, "missed", "it is paused by ann: new disk")
		elected := must[time.Time](t)(b.Now(ctx)).Add(-time.Second)
		if err := b.Leases().Redis().HSet(ctx, b.Name()+":tick", "holder", "n1", "since", fmt.Sprint(elected.Unix())).Err(); err != nil {
			t.Fatal(err)
		}
		tick(t, b)

		wantWhy(t, b, "skip", skip, "missed", "late by more than misfire allows; no ticker until "+elected.UTC().Format("2006-01-02T15:04"), "one of 6")
		a := wantWhy(t, b, "skip", time.Time{}, "missed", "late by more")
		if want := skip.Add(5 * time.Hour); !a.Due.Equal(want) {
			t.Errorf("the latest nominal time: got %v, want %v", a.Due, want)
		}
		if got, err := b.Why(ctx, "skip", skip.Add(2*time.Hour).Truncate(time.Minute), time.Minute); err != nil || !got.Due.Equal(skip.Add(2*time.Hour)) {
			t.Errorf("a minute: got %+v, %v, want the nominal time within it", got, err)
		}
		first := wantWhy(t, b, "once", once, jobs.Queued, "no agent serves shell", "queued 5h1m", "late: no ticker until "+elected.UTC().Format("2006-01-02T15:04"), "when n1 was elected")
		last := wantWhy(t, b, "once", time.Time{}, "collapsed", "5 more", once.UTC().Format(time.RFC3339)[:19])
		if last.Run != first.Run || last.By != string(first.Run) || !last.Due.Equal(once.Add(5*time.Hour)) {
			t.Errorf("got %+v, want that %s took the others in", last, first.Run)
		}
		wantWhy(t, b, "once", once.Add(6*time.Hour), jobs.Scheduled, "not yet, due in 5")
		wantWhy(t, b, "once", once.Add(30*time.Minute), board.Unknown, "not a nominal time: the one before is", "the next is")
		wantWhy(t, b, "once", once.Add(-time.Hour), board.Unknown, "not a nominal time: the schedule starts at")

		must[bool](t)(resumed(b, board.JobOf("off")))
		a = wantWhy(t, b, "off", off.Add(time.Hour), "missed", "paused by ann: new disk", "one of 3")
		if a.By != "ann" {
			t.Errorf("got %+v, want that ann did it", a)
		}
		if _, err := b.Why(ctx, "nothing", time.Time{}, 0); !errors.Is(err, jobs.ErrNoJob) {
			t.Errorf("an unknown job: got %v, want ErrNoJob", err)
		}

		list := must[[]board.Missed](t)(b.Missed(ctx, time.Now().Add(-time.Hour)))
		got := ""
		for _, m := range list {
			got += fmt.Sprintln(m.Job, m.Outcome, m.Count, m.Reason, m.By)
		}
		if want := "off missed 3 paused by ann: new disk ann\nskip missed 6 late by more than misfire allows \n"; got != want {
			t.Errorf("missed:\ngot  %swant %s", got, want)
		}
		if list := must[[]board.Missed](t)(b.Missed(ctx, time.Now().Add(time.Hour))); len(list) != 0 {
			t.Errorf("missed from now on: got %+v, want none", list)
		}
	})
}

func resumed(b *board.Board, what board.Target) (bool, error) {
	was, _, err := b.Resume(context.Background(), what, false)
	return was, err
}

func TestWhyFollowsARunThroughItsLife(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		now := must[time.Time](t)(b.Now(ctx)).Truncate(time.Millisecond).Add(-time.Minute)
		for id, overlap := range map[string]jobs.Overlap{"f": jobs.Forbid, "q": jobs.Queue} {
			must[time.Time](t)(b.Put(ctx, jobs.Job{ID: id, Runner: "shell", Overlap: overlap, Retries: 1, Schedule: jobs.Schedule{Start: now, Interval: 20 * time.Millisecond}}))
		}
		at := func(seconds float64) string { return fmt.Sprintf("%.3f", float64(now.UnixMilli())/1000+seconds) }
		fire := func(seconds float64) {
			t.Helper()
			if _, err := b.Leases().Jfire(ctx, at(seconds), 500, "", []string{"shell"}); err != nil {
				t.Fatal(err)
			}
		}
		fire(0)
		l := &lane{t: t, b: b}
		taken := map[string]*jobs.Attempt{}
		for range 2 {
			a := l.take("shell")
			taken[a.Job] = a
		}
		fire(0.02)
		run := wantWhy(t, b, "f", now, jobs.Running, "attempt 1 runs since")
		if run.By == "" || !strings.HasPrefix(string(run.Run), "f@") {
			t.Errorf("got %+v, want who runs it", run)
		}
		skipped := wantWhy(t, b, "f", now.Add(20*time.Millisecond), "skipped", "another run of the job was active")
		if skipped.By != string(run.Run) {
			t.Errorf("got %+v, want that %s was in the way", skipped, run.Run)
		}
		blocked := wantWhy(t, b, "q", now.Add(20*time.Millisecond), jobs.Blocked, "overlap queue")
		if !strings.HasPrefix(blocked.By, "q@") || blocked.By == string(blocked.Run) {
			t.Errorf("got %+v, want that it waits for the other", blocked)
		}
		l.ends(taken["f"], jobs.Failed, 7)
		l.ends(taken["q"], jobs.Succeeded, 0)
		wantWhy(t, b, "f", now, jobs.Retrying, "attempt 1 failed", "the next is queued at")
		wantWhy(t, b, "q", now, jobs.Succeeded, "ended at")
		must[bool](t)(b.Cancel(ctx, "f"))
		wantWhy(t, b, "f", now, jobs.Cancelled, "cancelled while it waited")
	})
}

func TestWhyOfPlannedAndOddJobs(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		now := must[time.Time](t)(b.Now(ctx))
		must[time.Time](t)(b.Put(ctx, jobs.Job{ID: "daily", Runner: "shell", Schedule: jobs.Schedule{Cron: "0 3 * * *", Except: []string{"12-25"}, Start: now}}))
		next := must[board.Entry](t)(b.Show(ctx, "daily")).Next
		wantWhy(t, b, "daily", next, jobs.Scheduled, "not yet")
		wantWhy(t, b, "daily", next.Add(time.Hour), board.Unknown, "not a nominal time")
		wantWhy(t, b, "daily", time.Date(now.Year()+1, 12, 25, 3, 0, 0, 0, time.UTC), board.Unknown, "its day is excepted")
		wantWhy(t, b, "daily", time.Time{}, jobs.Scheduled, "not yet")
		must[bool](t)(b.Pause(ctx, board.Pause{What: board.Whole, Who: "bob", Why: "move"}))
		wantWhy(t, b, "daily", next, jobs.Scheduled, "not yet", "the board is paused by bob: move")
		must[time.Time](t)(b.Put(ctx, jobs.Job{ID: "boot", Runner: "shell", Schedule: jobs.Schedule{Cron: "@reboot"}}))
		wantWhy(t, b, "boot", time.Time{}, board.Unknown, "no nominal times", "start of a host")
		if err := b.Leases().Redis().HSet(ctx, b.Name(), "bad", "{bad").Err(); err != nil {
			t.Fatal(err)
		}
		if err := b.Leases().Redis().HSet(ctx, b.Name()+":quarantine", "bad", "metadata is not a JSON object").Err(); err != nil {
			t.Fatal(err)
		}
		wantWhy(t, b, "bad", time.Time{}, "missed", "quarantined: metadata is not")
	})
}

func TestWhyOfAJobThatFollowsOthersTellsOfTheLatestFlow(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		must[time.Time](t)(b.Put(t.Context(), jobs.Job{ID: "a", Runner: "shell", Schedule: jobs.Schedule{Start: soon()}}))
		must[time.Time](t)(b.Put(t.Context(), jobs.Job{ID: "b", Runner: "shell", After: []string{"a"}}))
		if next := must[time.Time](t)(b.Put(t.Context(), jobs.Job{ID: "c", Runner: "shell", After: []string{"b"}})); !next.IsZero() {
			t.Errorf("next: got %v, want none", next)
		}
		account, err := b.Why(t.Context(), "c", time.Time{}, 0)
		if err != nil || account.Outcome != board.Unknown || account.Reason != "it has no nominal times: it runs after other jobs" {
			t.Errorf("before any flow: got %+v, %v", account, err)
		}
		run := must[jobs.RunID](t)(b.Run(t.Context(), "a", false))
		done, err := b.Leases().Exchange(t.Context(), jobs.Acks{}, &jobs.Take{Lane: "w", Op: 1, Want: 1, Lease: time.Minute, Runners: []string{"shell"}})
		if err != nil || len(done.Taken) != 1 {
			t.Fatalf("got %+v, %v, want the run", done, err)
		}
		end := jobs.End{Run: run, Token: done.Taken[0].Token, State: jobs.Failed, Finished: time.Now()}
		if _, err := b.Leases().Exchange(t.Context(), jobs.Acks{Lane: "w", Op: 1, Ends: []jobs.End{end}}, nil); err != nil {
			t.Fatal(err)
		}
		account, err = b.Why(t.Context(), "c", time.Time{}, 0)
		if err != nil || account.Outcome != board.Skipped || account.Reason != "upstream b: skipped" || account.By != string(run) {
			t.Errorf("after a failure: got %+v, %v, want it skipped by %s", account, err, run)
		}
	})
}
