package board_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// soon is a start that nothing reaches while the tests run.
func soon() time.Time { return time.Now().Add(24 * time.Hour).Truncate(time.Second).UTC() }

func everyField() jobs.Job {
	return jobs.Job{
		ID: `a"b\é@#`, Runner: "shell", Payload: "[]\n\"\\</é\u2028> 12345678901234567890",
		Schedule: jobs.Schedule{Interval: 90 * time.Second, Start: soon(), Stop: soon().Add(time.Hour), Lambda: 2, Step: 10 * time.Minute},
		Timeout:  1500 * time.Millisecond, Grace: time.Second, Retries: 3,
		Backoff: jobs.Backoff{Growth: jobs.Linear, Delay: 2 * time.Second, Factor: 1.5, Cap: time.Minute, Jitter: 0.25},
		RetryOn: []int{1, 75}, NoRetryOn: []int{2},
		Overlap: jobs.Allow, Misfire: jobs.RunAll, MisfireGrace: time.Minute, OnLost: jobs.FailOnLost, CutOff: jobs.StopRunning,
		Keep:   jobs.Keep{Runs: 7, Age: time.Hour, Outputs: 3},
		Fields: map[string]json.RawMessage{"team": json.RawMessage(`{"name":"ops"}`)},
	}
}

func TestWhatIsPutIsShown(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		want := everyField()
		next, err := b.Put(t.Context(), want)
		if err != nil || !next.Equal(want.Start) {
			t.Fatalf("next: got %v, %v, want %v", next, err, want.Start)
		}
		entry, err := b.Show(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, entry.Job); diff != "" {
			t.Errorf("job (-want +got):\n%s", diff)
		}
		if !entry.Next.Equal(want.Start) || entry.Quarantine != "" {
			t.Errorf("next %v and quarantine %q, want %v and none", entry.Next, entry.Quarantine, want.Start)
		}
	})
}

func TestTheTextOfAJobHasTheFieldsOfMetadataInItsOrder(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		job := everyField()
		job.Fields, job.Lambda, job.Step = nil, 0, 0 // those two go with an interval alone
		job.Cron, job.Also, job.Timezone, job.Gap, job.Fold = "0 3 * * *", []string{"@daily"}, "Europe/Berlin", jobs.SkipTime, jobs.Both
		job.Except, job.Jitter, job.After, job.On, job.Within = []string{"sat"}, time.Minute, []string{"b"}, jobs.Always, time.Hour
		job.Priority, job.Hosts, job.OnFailure, job.BoardFile = jobs.High, "gpu=true", "mail", "nightly"
		must[time.Time](t)(b.Put(t.Context(), jobs.Job{ID: "b", Runner: "shell"}))
		must[time.Time](t)(b.Put(t.Context(), job))
		entry := must[board.Entry](t)(b.Show(t.Context(), job.ID))
		var want, got []string
		for metadata, i := reflect.TypeFor[jobs.Metadata](), 0; i < metadata.NumField(); i++ {
			name, _, _ := strings.Cut(metadata.Field(i).Tag.Get("json"), ",")
			if name != "lambda" && name != "step" && name != "min" && name != "max" {
				want = append(want, name)
			}
		}
		decoder := json.NewDecoder(strings.NewReader(entry.Text))
		must[json.Token](t)(decoder.Token())
		for decoder.More() {
			name, _ := must[json.Token](t)(decoder.Token()).(string)
			got = append(got, name)
			var value json.RawMessage
			if err := decoder.Decode(&value); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("fields of %s:\ngot  %v\nwant %v", entry.Text, got, want)
		}
	})
}

func TestCreateRefusesATakenID(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		job := jobs.Job{ID: "a", Runner: "r", Payload: "first", Schedule: jobs.Schedule{Start: soon()}}
		if next, err := b.Create(t.Context(), job); err != nil || !next.Equal(job.Start) {
			t.Fatalf("got %v, %v, want %v", next, err, job.Start)
		}
		job.Payload = "second"
		if _, err := b.Create(t.Context(), job); !errors.Is(err, jobs.ErrExists) {
			t.Errorf("got %v, want ErrExists", err)
		}
		if got := must[board.Entry](t)(b.Show(t.Context(), "a")).Job.Payload; got != "first" {
			t.Errorf("payload: got %q, want the first", got)
		}
	})
}

func TestBadJobsWriteNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		for _, job := range []jobs.Job{
			{},
			{ID: "a"},
			{ID: "a", Runner: "r", Payload: "\x00"},
			{ID: "a", Runner: "r", Overlap: "x"},
			{ID: "a", Runner: "r", Fields: map[string]json.RawMessage{"x": json.RawMessage(`{bad`)}},
		} {
			if _, err := b.Put(t.Context(), job); !errors.Is(err, jobs.ErrInvalid) {
				t.Errorf("put %+v: got %v, want ErrInvalid", job, err)
			}
			if _, err := b.Create(t.Context(), job); !errors.Is(err, jobs.ErrInvalid) {
				t.Errorf("create %+v: got %v, want ErrInvalid", job, err)
			}
		}
		if count := must[board.Count](t)(b.Count(t.Context())); count.Jobs != 0 || count.Runners != 0 {
			t.Errorf("got %+v, want an empty board", count)
		}
	})
}

func TestUnknownJobs(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		if _, err := b.Show(ctx, "a"); !errors.Is(err, jobs.ErrNoJob) {
			t.Errorf("show: got %v, want ErrNoJob", err)
		}
		if was, err := b.Remove(ctx, "a"); was || err != nil {
			t.Errorf("remove: got %v, %v, want false", was, err)
		}
		if _, _, err := b.Skip(ctx, "a"); !errors.Is(err, jobs.ErrNoJob) {
			t.Errorf("next: got %v, want ErrNoJob", err)
		}
		if _, err := b.Run(ctx, "a", false); !errors.Is(err, jobs.ErrNoJob) {
			t.Errorf("run: got %v, want ErrNoJob", err)
		}
		if _, err := b.FindRun(ctx, "a#01"); !errors.Is(err, jobs.ErrNoRun) {
			t.Errorf("find a run: got %v, want ErrNoRun", err)
		}
		if ended, err := b.Cancel(ctx, "a"); ended || err != nil {
			t.Errorf("cancel: got %v, %v, want false", ended, err)
		}
		if text, ok, err := b.Output(ctx, "a#01"); text != "" || ok || err != nil {
			t.Errorf("output: got %q, %v, %v, want none", text, ok, err)
		}
	})
}

func TestRemovedJobsAreGone(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		must[time.Time](t)(b.Put(t.Context(), jobs.Job{ID: "a", Runner: "r"}))
		if was, err := b.Remove(t.Context(), "a"); !was || err != nil {
			t.Errorf("got %v, %v, want true", was, err)
		}
		if count := must[board.Count](t)(b.Count(t.Context())); count.Jobs != 0 || count.Scheduled != 0 || count.Runners != 1 {
			t.Errorf("got %+v, want no job and one runner", count)
		}
	})
}

func TestNextMovesADueJobOn(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		start := time.Now().Add(-time.Hour).Truncate(time.Second).UTC()
		must[time.Time](t)(b.Put(t.Context(), jobs.Job{ID: "a", Runner: "r", Schedule: jobs.Schedule{Start: start, Interval: 24 * time.Hour}}))
		next, ended, err := b.Skip(t.Context(), "a")
		if want := start.Add(24 * time.Hour); err != nil || ended || !next.Equal(want) {
			t.Errorf("got %v, %v, %v, want %v", next, ended, err, want)
		}
	})
}
