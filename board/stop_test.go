package board_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

func TestDurationAndRepeatBecomeAStop(t *testing.T) {
	t.Parallel()
	start := soon()
	tests := []struct {
		name string
		s    jobs.Schedule
		want time.Time
	}{
		{"a duration", jobs.Schedule{Interval: time.Minute, Start: start, Duration: time.Hour}, start.Add(time.Hour)},
		{"a repeat", jobs.Schedule{Interval: time.Minute, Start: start, Repeat: 5}, start.Add(4 * time.Minute)},
		{"a repeat with decay", jobs.Schedule{Interval: 5 * time.Second, Start: start, Lambda: 2, Step: 10 * time.Second, Repeat: 5}, start.Add(40 * time.Second)},
		{"the earliest of both", jobs.Schedule{Interval: time.Minute, Start: start, Repeat: 5, Duration: time.Minute}, start.Add(time.Minute)},
		{"a stop that is earlier", jobs.Schedule{Interval: time.Minute, Start: start, Repeat: 5, Stop: start.Add(time.Second)}, start.Add(time.Second)},
		{"a stop that is later", jobs.Schedule{Interval: time.Minute, Start: start, Repeat: 2, Stop: start.Add(time.Hour)}, start.Add(time.Minute)},
		{"neither", jobs.Schedule{Interval: time.Minute, Start: start}, time.Time{}},
		{"a repeat beyond all times", jobs.Schedule{Interval: 366 * 24 * time.Hour, Start: start, Repeat: 1 << 20}, time.Time{}},
	}
	both(t, func(t *testing.T, b *board.Board) {
		for _, tt := range tests {
			must[time.Time](t)(b.Put(t.Context(), jobs.Job{ID: tt.name, Runner: "r", Schedule: tt.s}))
			if got := must[board.Entry](t)(b.Show(t.Context(), tt.name)).Job.Stop; !got.Equal(tt.want) {
				t.Errorf("%s: got stop %v, want %v", tt.name, got, tt.want)
			}
		}
	})
}

func TestRepeatFiresExactlyThatOften(t *testing.T) {
	t.Parallel()
	start := time.Now().Add(24 * time.Hour) // with a fraction
	tests := []struct {
		name     string
		s        jobs.Schedule
		from     time.Time
		interval time.Duration
	}{
		{"once, now", jobs.Schedule{Interval: time.Minute, Repeat: 1}, time.Now(), time.Minute},
		{"once, now, without an interval", jobs.Schedule{Repeat: 1}, time.Now(), time.Minute},
		{"once, later", jobs.Schedule{Interval: time.Minute, Repeat: 1, Start: start}, start, time.Minute},
		{"twice, now", jobs.Schedule{Interval: time.Minute, Repeat: 2}, time.Now(), time.Minute},
		{"fifty times by tenths", jobs.Schedule{Interval: 100 * time.Millisecond, Repeat: 50, Start: start}, start, 100 * time.Millisecond},
		{"fifty times by fifths", jobs.Schedule{Interval: 200 * time.Millisecond, Repeat: 50, Start: start}, start, 200 * time.Millisecond},
		{"fifty times by sevens of a millisecond", jobs.Schedule{Interval: 7 * time.Millisecond, Repeat: 50, Start: start}, start, 7 * time.Millisecond},
		{"thirty times by thirds", jobs.Schedule{Interval: time.Second / 3, Repeat: 30, Start: start}, start, time.Second / 3},
	}
	both(t, func(t *testing.T, b *board.Board) {
		for _, tt := range tests {
			must[time.Time](t)(b.Put(t.Context(), jobs.Job{ID: tt.name, Runner: "r", Schedule: tt.s, Overlap: jobs.Allow}))
			queued := int64(0)
			for k := range tt.s.Repeat + 5 {
				now := tt.from.Add(time.Duration(k)*tt.interval + tt.interval/2)
				fired, err := b.Leases().Jfire(t.Context(), fmt.Sprintf("%.6f", float64(now.UnixMicro())/1e6), 100, "", []string{"r"})
				if err != nil {
					t.Fatal(err)
				}
				queued += fired.Queued
			}
			if want := int64(tt.s.Repeat); queued != want {
				t.Errorf("%s: got %d runs, want %d", tt.name, queued, want)
			}
		}
	})
}
