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
		{"--at 5", jobs.Schedule{Start: time.Unix(5, 0).UTC()}},
		{"--in 90s", jobs.Schedule{Start: now.Add(90 * time.Second)}},
		{"--cron @daily --tz Europe/Berlin --dst-gap shift --dst-overlap first", jobs.Schedule{Cron: "@daily", Timezone: "Europe/Berlin"}},
		{"--schedule @daily --schedule 5,6\t1\t*\t*\t* --timezone Europe/Berlin --dst-gap skip --dst-overlap both", jobs.Schedule{
			Also: []string{"@daily", "5,6\t1\t*\t*\t*"}, Timezone: "Europe/Berlin", Gap: jobs.SkipTime, Fold: jobs.Both,
		}},
		{"--every 1h --except sat,12-25 --except sun --jitter 5m", jobs.Schedule{
			Interval: time.Hour, Except: []string{"sat", "12-25", "sun"}, Jitter: 5 * time.Minute,
		}},
		{"-s 5 -D 60 -r 3", jobs.Schedule{Interval: 5 * time.Second, Duration: time.Minute, Repeat: 3}},
	}
	for _, tt := range tests {
		t.Run(tt.flags, func(t *testing.T) {
			t.Parallel()
			var s scheduleFlags
			cmd := &cobra.Command{Use: "put"}
			cmd.Flags().Bool("help", false, "")
			s.declare(cmd)
			if err := cmd.ParseFlags(strings.FieldsFunc(tt.flags, func(r rune) bool { return r == ' ' })); err != nil {
				t.Fatal(err)
			}
			got, err := s.schedule(cmd, now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.Comparer(time.Time.Equal)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			wantRelative := strings.Contains(tt.flags, "now") || strings.Contains(tt.flags, "90s")
			if s.relative() != wantRelative {
				t.Errorf("relative: got %v, want %v", s.relative(), wantRelative)
			}
		})
	}
}

func TestDecayIsToldAsAPlan(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := jobs.Schedule{Interval: time.Minute, Start: start, Lambda: 2, Step: time.Hour}
	tests := []struct {
		name string
		s    jobs.Schedule
		from time.Time
		want string
	}{
		{"none without lambda", jobs.Schedule{Interval: time.Minute, Start: start, Lambda: 1}, start, ""},
		{"growing", s, start, "every 1m until 2026-01-01 01:00:00Z, then every 2m until 2026-01-01 02:00:00Z, then every 4m until 2026-01-01 03:00:00Z, " +
			"then every 8m until 2026-01-01 04:00:00Z, then every 16m until 2026-01-01 05:00:00Z, then every 32m until 2026-01-01 06:00:00Z, and so on"},
		{
			"before the start",
			jobs.Schedule{Interval: time.Minute, Start: start, Lambda: 2, Stop: start.Add(time.Minute)},
			start.Add(-48 * time.Hour),
			"every 1m until it ends at 2026-01-01 00:01:00Z",
		},
		{
			"later on, until the shortest",
			jobs.Schedule{Interval: 4 * time.Second, Start: start, Lambda: 0.5, Step: time.Hour},
			start.Add(90 * time.Minute),
			"every 2s until 2026-01-01 02:00:00Z, then every 1s from then on",
		},
	}
	for _, tt := range tests {
		if got := decayPlan(tt.s, tt.from); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
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
		if got := inWords(jobs.Job{Schedule: tt.schedule}); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
