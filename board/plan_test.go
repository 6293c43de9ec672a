package board_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/calendar"
)

// The put finds the plan under the text that the library composed for it, so both
// compose the same.
func TestAPutPlacesAPlannedJobAtItsFirstTime(t *testing.T) {
	t.Parallel()
	schedules := map[string]jobs.Schedule{
		"cron":            {Cron: "0 3 * * *"},
		"zone":            {Cron: "30 2 * * MON-FRI", Timezone: "Europe/Berlin", Gap: jobs.SkipTime, Fold: jobs.Both},
		"hash":            {Cron: "H H(2-5) * * *"},
		"random":          {Cron: "0~30 4 * * THU"},
		"names with an H": {Cron: "0 3 * MAR THU"},
		"jitter":          {Cron: "@daily", Jitter: 10 * time.Minute},
		"several":         {Cron: "0 3 * * *", Also: []string{"15 5 * * *", "@every 90m"}, Except: []string{"sat", "12-25"}},
		"an interval":     {Interval: 2 * time.Hour, Except: []string{"sun"}, Jitter: time.Minute},
		"an odd interval": {Interval: 100000 * time.Second, Start: soon(), Jitter: 7 * time.Second},
		"start and stop":  {Cron: "@hourly", Start: soon(), Stop: soon().Add(48 * time.Hour)},
		"reboot and more": {Cron: "@Reboot", Also: []string{"@hourly"}},
	}
	both(t, func(t *testing.T, b *board.Board) {
		for id, schedule := range schedules {
			before := must[time.Time](t)(b.Now(t.Context()))
			next, err := b.Put(t.Context(), jobs.Job{ID: id, Runner: "shell", Schedule: schedule})
			if err != nil {
				t.Fatalf("%s: %v", id, err)
			}
			entry := must[board.Entry](t)(b.Show(t.Context(), id))
			rule, err := calendar.Compile(id, entry.Job.Schedule)
			if err != nil {
				t.Fatalf("%s: %v", id, err)
			}
			// A time that passes while the put is under way may be the first or not.
			earliest, _ := rule.Next(before.Add(-time.Second))
			latest, _ := rule.Next(must[time.Time](t)(b.Now(t.Context())))
			if !next.Equal(earliest) && !next.Equal(latest) {
				t.Errorf("%s: next is %v, want %v or %v", id, next, earliest, latest)
			}
		}
	})
}

func TestAPutOfAScheduleThatNeverFiresWritesNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		for cron, want := range map[string]string{"0 0 31 2 *": "never fires", "61 * * * *": "minute", "* * * *": "4 fields"} {
			_, err := b.Put(t.Context(), jobs.Job{ID: "a", Runner: "shell", Schedule: jobs.Schedule{Cron: cron}})
			if !errors.Is(err, jobs.ErrInvalid) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want ErrInvalid with %q", cron, err, want)
			}
		}
		if n := must[board.Count](t)(b.Count(t.Context())).Jobs; n != 0 {
			t.Errorf("got %d jobs, want none", n)
		}
	})
}

func TestAGridIsNotMovedByAPutOfTheSameSchedule(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		job := jobs.Job{ID: "a", Runner: "shell", Schedule: jobs.Schedule{Interval: time.Hour, Jitter: 10 * time.Second}}
		must[time.Time](t)(b.Put(t.Context(), job))
		first := must[board.Entry](t)(b.Show(t.Context(), "a"))
		job.Payload = "other"
		must[time.Time](t)(b.Put(t.Context(), job))
		second := must[board.Entry](t)(b.Show(t.Context(), "a"))
		if !first.Job.Start.Equal(second.Job.Start) || !first.Next.Equal(second.Next) || second.Job.Payload != "other" {
			t.Errorf("got %+v, want the start and next time of %+v", second, first)
		}
		job.Interval = 2 * time.Hour
		must[time.Time](t)(b.Put(t.Context(), job))
		if third := must[board.Entry](t)(b.Show(t.Context(), "a")); !third.Job.Start.After(first.Job.Start) {
			t.Errorf("got start %v for another interval, want one after %v", third.Job.Start, first.Job.Start)
		}
	})
}

func TestRepeatIsTheStopAtTheNthTime(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		must[time.Time](t)(b.Put(t.Context(), jobs.Job{ID: "a", Runner: "shell", Schedule: jobs.Schedule{Cron: "@daily", Start: soon(), Repeat: 3}}))
		entry := must[board.Entry](t)(b.Show(t.Context(), "a"))
		if want := entry.Next.Add(48 * time.Hour); !entry.Job.Stop.Equal(want) {
			t.Errorf("stop: got %v, want %v", entry.Job.Stop, want)
		}
	})
}
