package board_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

func TestAHundredIdenticalEnqueuesAtOnceMakeOneRun(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		if err := b.Install(t.Context()); err != nil { // else each of them would load the commands
			t.Fatal(err)
		}
		var fresh, twice sync.Map
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				done, err := b.Submit(context.Background(), []board.OneOff{{Runner: "sync", Payload: "x", Unique: "customer 42"}})
				switch {
				case err != nil:
					t.Error(err)
				case done[0].Duplicate:
					twice.Store(done[0].Run, true)
				default:
					fresh.Store(done[0].Run, true)
				}
			})
		}
		all.Wait()
		var runs []string
		for _, m := range []*sync.Map{&fresh, &twice} {
			m.Range(func(run, _ any) bool { runs = append(runs, fmt.Sprint(run)); return true })
		}
		if count := must[board.Count](t)(b.Count(t.Context())); len(runs) != 2 || runs[0] != runs[1] || count.Queued["sync"] != 1 {
			t.Errorf("got the runs %v and queues %v, want one run, told to all", runs, count.Queued)
		}
	})
}

func TestSubmitAnswersWhatCameOfEach(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		list := []board.OneOff{
			{Runner: "a", Payload: "0", ID: "one"},
			{Runner: "b", Payload: "1"},
			{Runner: "a", Payload: "2", ID: "one"},
			{Runner: "a", Payload: "3", Priority: jobs.High},
			{Runner: "b", Payload: "4", ID: "one"},
			{Runner: "a", Payload: "5", Priority: jobs.Normal},
		}
		first := must[[]board.Enqueued](t)(b.Submit(t.Context(), list))
		if first[2].Run != first[0].Run || !first[2].Duplicate || first[0].Duplicate || first[4].Run == first[0].Run {
			t.Errorf("got %v, want the third to be the first, and ids to be those of a type", first)
		}
		for i, one := range first {
			if one.Run.Job() != list[i].Runner {
				t.Errorf("run %d: got %s, want one of %s", i, one.Run, list[i].Runner)
			}
		}
		again := must[[]board.Enqueued](t)(b.Submit(t.Context(), list))
		for _, i := range []int{0, 2, 4} {
			if again[i].Run != first[i].Run || !again[i].Duplicate {
				t.Errorf("the list again: run %d is %v, want %s and nothing queued", i, again[i], first[i].Run)
			}
		}
		want := map[string]int64{"a": 5, "b": 3}
		if diff := cmp.Diff(want, must[board.Count](t)(b.Count(t.Context())).Queued); diff != "" {
			t.Errorf("queued (-want +got):\n%s", diff)
		}
		var served []string
		for range 5 {
			text, _, err := b.Pop(t.Context(), "a")
			job, bad := jobs.ParseJob([]byte(text))
			served = append(served, job.Payload)
			if err != nil || bad != nil {
				t.Fatal(err, bad)
			}
		}
		if got := strings.Join(served, " "); got != "3 3 5 0 5" && got != "3 3 0 5 5" {
			t.Errorf("served are %s, want the high ones first", got)
		}
	})
}

func TestADelayedRunIsSeenAsScheduled(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		id := must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "mail", Payload: "x", In: time.Hour}))
		now := must[time.Time](t)(b.Now(ctx))
		run := must[jobs.Run](t)(b.FindRun(ctx, id))
		if wait := run.Due.Sub(now); run.State != jobs.Scheduled || wait > time.Hour || wait < time.Hour-10*time.Second {
			t.Errorf("got %s, in %v, want scheduled in an hour", run.State, run.Due.Sub(now))
		}
		runs := must[[]jobs.Run](t)(b.Runs(ctx, board.RunFilter{States: []jobs.State{jobs.Scheduled}}))
		if len(runs) != 1 || runs[0].ID != string(id) || runs[0].Due != run.Due {
			t.Errorf("listed are %v", runs)
		}
		if count := must[board.Count](t)(b.Count(ctx)); count.Delayed != 1 || count.Queued["mail"] != 0 {
			t.Errorf("got %+v, want one delayed", count)
		}
		if f := conservation(t, b); f.Level != board.OK || f.Values["delayed"] != 1 || f.Values["unseen"] != 0 {
			t.Errorf("got %+v, want it accounted for", f)
		}
		must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "mail", Payload: "x", In: time.Hour}))
		if !must[bool](t)(b.Cancel(ctx, "mail")) {
			t.Error("two delayed runs were cancelled with their type, and it says that none ended")
		}
		if run := must[jobs.Run](t)(b.FindRun(ctx, id)); run.State != jobs.Cancelled {
			t.Errorf("got %s, want cancelled", run.State)
		}
		if f := conservation(t, b); f.Level != board.OK || f.Values["unseen"] != 0 {
			t.Errorf("got %+v, want it accounted for", f)
		}
	})
}

func TestQueuesAreMeasuredInAllPriorities(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		ids := map[jobs.RunID]bool{}
		for i, priority := range []jobs.Priority{jobs.Low, "", jobs.High, jobs.High} {
			ids[must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "mail", Payload: fmt.Sprint(i), Priority: priority}))] = true
		}
		q := must[[]board.Queue](t)(b.Queues(ctx))[0]
		if q.Length != 4 || q.High != 2 || q.Low != 1 || q.Oldest.IsZero() {
			t.Errorf("got %+v, want 4 of which 2 are high and 1 low", q)
		}
		for limit, want := range map[int]int{3: 3, 9: 4} {
			if runs := must[[]jobs.Run](t)(b.Waiting(ctx, "mail", limit)); len(runs) != want || !ids[jobs.RunID(runs[0].ID)] {
				t.Errorf("at most %d: got %v, want %d", limit, runs, want)
			}
		}
		for id := range ids {
			if run := must[jobs.Run](t)(b.FindRun(ctx, id)); run.State != jobs.Queued {
				t.Errorf("%s is %s, want queued", id, run.State)
			}
		}
		if runs := must[[]jobs.Run](t)(b.Runs(ctx, board.RunFilter{})); len(runs) != 4 {
			t.Errorf("listed are %v, want 4", runs)
		}
		if n := must[int64](t)(b.Trim(ctx, 1)); n != 1 {
			t.Errorf("trimmed %d, want the older high one", n)
		}
		if n := must[int64](t)(b.Trim(ctx, 0, "mail")); n != 3 {
			t.Errorf("trimmed %d, want the 3 that were left", n)
		}
	})
}

func TestWhatCannotBeQueuedQueuesNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		for _, bad := range []board.OneOff{
			{Runner: "a b"},
			{Runner: "r", Priority: "urgent"},
			{Runner: "r", TTL: -1},
			{Runner: "r", In: -time.Second},
			{Runner: "r", UniqueFor: time.Hour},
			{Runner: "r", Unique: "k", UniqueFor: 25 * time.Hour},
			{Runner: "r", ID: "a\nb"},
			{Runner: "r", Unique: "\xff"},
			{Runner: "r", ID: strings.Repeat("x", 513)},
			{Runner: "r", In: time.Hour, At: time.Now()},
			{Runner: "r", At: time.Unix(3e10, 0)},
		} {
			if _, err := b.Submit(t.Context(), []board.OneOff{{Runner: "r", Payload: "good"}, bad}); !errors.Is(err, jobs.ErrInvalid) {
				t.Errorf("%+v: got %v, want ErrInvalid", bad, err)
			}
		}
		if keys := must[[]string](t)(raw(b).Keys(t.Context(), "*").Result()); len(keys) > 0 {
			t.Errorf("got the keys %v, want none", keys)
		}
	})
}

func TestALineIsReadByItsFields(t *testing.T) {
	t.Parallel()
	lines := board.Lines{Like: board.OneOff{Runner: "mail", Priority: jobs.Low, RetryOn: []int{1, 2, 3}, In: time.Minute}}
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	good := map[string]board.OneOff{
		`{"payload":"a\"b"}`:                         {Payload: `a"b`, Runner: "mail", Priority: jobs.Low, RetryOn: []int{1, 2, 3}, In: time.Minute},
		`{"payload":{"to": [1]},"retry_on":[7]}`:     {Payload: `{"to": [1]}`, Runner: "mail", Priority: jobs.Low, RetryOn: []int{7}, In: time.Minute},
		`{"payload":"","at":"2030-01-02T03:04:05Z"}`: {Runner: "mail", Priority: jobs.Low, RetryOn: []int{1, 2, 3}, At: at},
		`{"payload":"","at":1893553445}`:             {Runner: "mail", Priority: jobs.Low, RetryOn: []int{1, 2, 3}, At: at},
		`{"runner":"r","payload":"p","id":"i","in":"1h30m","priority":"high","unique":"u","unique_for":60,"ttl":"1d","timeout":1.5,"grace":2,"retries":3,"backoff":"fixed","backoff_delay":1,"backoff_factor":3,"backoff_cap":"1m","backoff_jitter":0.5,"no_retry_on":[9],"on_lost":"fail"}`: {
			Runner: "r", Payload: "p", ID: "i", In: 90 * time.Minute, Priority: jobs.High, Unique: "u", UniqueFor: time.Minute, TTL: 24 * time.Hour, Timeout: 1500 * time.Millisecond, Grace: 2 * time.Second,
			Retries: 3, Backoff: jobs.Backoff{Growth: jobs.Fixed, Delay: time.Second, Factor: 3, Cap: time.Minute, Jitter: 0.5}, RetryOn: []int{1, 2, 3}, NoRetryOn: []int{9}, OnLost: jobs.FailOnLost,
		},
	}
	for text, want := range good {
		got, err := lines.Parse(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", text, err, diff)
		}
	}
	for text, want := range map[string]string{
		`{"payload":"x"`: "not JSON", `[]`: "not a JSON object", `{}`: `"payload" is missing`, `{"payload":"x","Runner":"y"}`: `"Runner" has no meaning`, `{"payload":"x","payload":"y"}`: "is there twice",
		`{"payload":"x","in":"soon"}`: `"in" cannot be "soon"`, `{"payload":"x","at":"+5m"}`: "a delay goes in the field in", `{"payload":"x","ttl":0}`: `"ttl" cannot be 0`, `{"payload":"x","id":null}`: `"id" cannot be null`,
		`{"payload":"x","id":""}`: `"id" cannot be ""`, `{"payload":"x","retries":"3"}`: `"retries" cannot be "3"`, `{"payload":"x","priority":"urgent"}`: "urgent", `{"payload":"a\u0000b"}`: "NUL",
	} {
		if _, err := lines.Parse(text); !errors.Is(err, jobs.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want ErrInvalid and %q", text, err, want)
		}
	}
}
