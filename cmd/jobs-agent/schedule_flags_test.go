package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

func TestScheduleFlagsBecomeASchedule(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		flags string
		want  jobs.Schedule
	}{
		{"", jobs.Schedule{}},
		{"--every 90", jobs.Schedule{Interval: 90 * time.Second}},
		{"--every 1h30m", jobs.Schedule{Interval: 90 * time.Minute}},
		{"--every 1.5d", jobs.Schedule{Interval: 36 * time.Hour}},
		{"--every 2w", jobs.Schedule{Interval: 2 * calendar.Week}},
		{"-s 0.25", jobs.Schedule{Interval: 250 * time.Millisecond}},
		{"-s 1 -m 2 -h 3", jobs.Schedule{Interval: 3*time.Hour + 2*time.Minute + time.Second}},
		{"--days 1 --weeks 1", jobs.Schedule{Interval: 8 * calendar.Day}},
		{"-M 1", jobs.Schedule{Interval: calendar.Month}},
		{"-q 1", jobs.Schedule{Interval: calendar.Quarter}},
		{"-y 1", jobs.Schedule{Interval: calendar.Year}},
		{"--start 1400000000.5", jobs.Schedule{Start: time.UnixMilli(1400000000500).UTC()}},
		{"--from 5 --until 6", jobs.Schedule{Start: time.Unix(5, 0).UTC(), Stop: time.Unix(6, 0).UTC()}},
		{"-f 2026-02-01T00:00:00+01:00", jobs.Schedule{Start: time.Date(2026, 1, 31, 23, 0, 0, 0, time.UTC)}},
		{"--start now --stop +90s", jobs.Schedule{Start: now, Stop: now.Add(90 * time.Second)}},
		{"--start -1 --stop +inf", jobs.Schedule{}},
		{"--stop inf", jobs.Schedule{}},
		{"-s 5 -l 2 -x 10", jobs.Schedule{Interval: 5 * time.Second, Lambda: 2, Step: 10 * time.Second}},
		{"-s 5 -D 60 -r 3", jobs.Schedule{Interval: 5 * time.Second, Duration: time.Minute, Repeat: 3}},
	}
	for _, tt := range tests {
		t.Run(tt.flags, func(t *testing.T) {
			t.Parallel()
			var s scheduleFlags
			cmd := &cobra.Command{Use: "put"}
			cmd.Flags().Bool("help", false, "")
			s.declare(cmd)
			if err := cmd.ParseFlags(strings.Fields(tt.flags)); err != nil {
				t.Fatal(err)
			}
			got, err := s.schedule(cmd, now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.Comparer(time.Time.Equal)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			wantRelative := strings.Contains(tt.flags, "now") || strings.Contains(tt.flags, "+90s")
			if s.relative() != wantRelative {
				t.Errorf("relative: got %v, want %v", s.relative(), wantRelative)
			}
		})
	}
}

func TestSchedulesInWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		schedule jobs.Schedule
		want     string
	}{
		{jobs.Schedule{}, "once"},
		{jobs.Schedule{Interval: 90 * time.Minute, Lambda: 1}, "every 1h30m"},
		{jobs.Schedule{Interval: 5 * time.Minute, Lambda: 2}, "every 5m, times 2 each 1d"},
		{jobs.Schedule{Interval: time.Second, Lambda: 0.5, Step: time.Hour, Stop: time.Unix(0, 0)}, "every 1s, times 0.5 each 1h, until 1970-01-01 00:00:00Z"},
	}
	for _, tt := range tests {
		if got := inWords(tt.schedule); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
