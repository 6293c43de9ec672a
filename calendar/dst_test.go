package calendar_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs"
)

const withZone = "2006-01-02 15:04:05 -0700"

func TestClocksThatAreChanged(t *testing.T) {
	t.Parallel()
	tests := []struct {
		zone, cron string
		gap        jobs.Gap
		fold       jobs.Fold
		from       string
		want       []string
	}{
		{"Europe/Berlin", "30 2 * * *", "", "", "2026-03-28T12:00:00Z", []string{
			"2026-03-29 03:00:00 +0200", "2026-03-30 02:30:00 +0200",
		}},
		{"Europe/Berlin", "30 2 * * *", jobs.SkipTime, "", "2026-03-28T12:00:00Z", []string{"2026-03-30 02:30:00 +0200"}},
		{"Europe/Berlin", "30 2 * * *", "", "", "2026-10-24T12:00:00Z", []string{
			"2026-10-25 02:30:00 +0200", "2026-10-26 02:30:00 +0100",
		}},
		{"Europe/Berlin", "30 2 * * *", "", jobs.Second, "2026-10-24T12:00:00Z", []string{
			"2026-10-25 02:30:00 +0100", "2026-10-26 02:30:00 +0100",
		}},
		{"Europe/Berlin", "30 2 * * *", "", jobs.Both, "2026-10-24T12:00:00Z", []string{
			"2026-10-25 02:30:00 +0200", "2026-10-25 02:30:00 +0100", "2026-10-26 02:30:00 +0100",
		}},
		// All that the gap leaves out falls together at its end.
		{"Europe/Berlin", "*/20 1-3 * * *", "", "", "2026-03-29T00:30:00Z", []string{
			"2026-03-29 01:40:00 +0100", "2026-03-29 03:00:00 +0200", "2026-03-29 03:20:00 +0200",
		}},
		{"Europe/Berlin", "0,40 2 * * *", "", jobs.Both, "2026-10-24T12:00:00Z", []string{
			"2026-10-25 02:00:00 +0200", "2026-10-25 02:40:00 +0200", "2026-10-25 02:00:00 +0100", "2026-10-25 02:40:00 +0100", "2026-10-26 02:00:00 +0100",
		}},
		// What lies right at the end of a gap or a fold is in neither.
		{"Europe/Berlin", "*/30 2-3 * * *", jobs.SkipTime, "", "2026-03-29T00:30:00Z", []string{
			"2026-03-29 03:00:00 +0200", "2026-03-29 03:30:00 +0200", "2026-03-30 02:00:00 +0200",
		}},
		{"Europe/Berlin", "*/30 2-3 * * *", "", "", "2026-10-25T01:10:00Z", []string{
			"2026-10-25 03:00:00 +0100", "2026-10-25 03:30:00 +0100", "2026-10-26 02:00:00 +0100",
		}},
		{"Europe/Berlin", "*/30 * * * *", "", "", "2026-10-25T00:00:00Z", []string{
			"2026-10-25 02:30:00 +0200", "2026-10-25 02:00:00 +0100", "2026-10-25 02:30:00 +0100", "2026-10-25 03:00:00 +0100",
		}},
		{"Europe/Berlin", "0 * * * *", "", "", "2026-03-29T00:00:00Z", []string{
			"2026-03-29 03:00:00 +0200", "2026-03-29 04:00:00 +0200",
		}},
		// Each second hour is 12 hours of the day by name: none is lost or doubled.
		{"Europe/Berlin", "0 */2 * * *", "", "", "2026-03-28T23:00:00Z", []string{
			"2026-03-29 03:00:00 +0200", "2026-03-29 04:00:00 +0200",
		}},
		{"Europe/Berlin", "0 */2 * * *", "", "", "2026-10-24T22:00:00Z", []string{
			"2026-10-25 02:00:00 +0200", "2026-10-25 04:00:00 +0100",
		}},
		{"America/New_York", "30 2 * * *", "", "", "2026-03-07T12:00:00Z", []string{
			"2026-03-08 03:00:00 -0400", "2026-03-09 02:30:00 -0400",
		}},
		{"America/New_York", "30 1 * * *", "", "", "2026-10-31T12:00:00Z", []string{
			"2026-11-01 01:30:00 -0400", "2026-11-02 01:30:00 -0500",
		}},
		// Half an hour.
		{"Australia/Lord_Howe", "15 2 * * *", "", "", "2026-10-03T00:00:00Z", []string{
			"2026-10-04 02:30:00 +1100", "2026-10-05 02:15:00 +1100",
		}},
		{"Australia/Lord_Howe", "45 1 * * *", "", jobs.Both, "2026-04-04T00:00:00Z", []string{
			"2026-04-05 01:45:00 +1100", "2026-04-05 01:45:00 +1030", "2026-04-06 01:45:00 +1030",
		}},
		{"Australia/Lord_Howe", "0 * * * *", "", "", "2026-10-03T14:30:00Z", []string{
			"2026-10-04 03:00:00 +1100", "2026-10-04 04:00:00 +1100",
		}},
		{"Australia/Lord_Howe", "0 * * * *", "", "", "2026-04-04T14:00:00Z", []string{
			"2026-04-05 02:00:00 +1030", "2026-04-05 03:00:00 +1030",
		}},
		// Midnight is left out, and comes twice.
		{"America/Havana", "@daily", "", "", "2026-03-07T12:00:00Z", []string{
			"2026-03-08 01:00:00 -0400", "2026-03-09 00:00:00 -0400",
		}},
		{"America/Havana", "@daily", "", "", "2026-10-31T12:00:00Z", []string{
			"2026-11-01 00:00:00 -0400", "2026-11-02 00:00:00 -0500",
		}},
		{"America/Havana", "@daily", "", jobs.Second, "2026-10-31T12:00:00Z", []string{
			"2026-11-01 00:00:00 -0500", "2026-11-02 00:00:00 -0500",
		}},
		{"America/Santiago", "30 0 * * *", "", "", "2026-09-05T12:00:00Z", []string{
			"2026-09-06 01:00:00 -0300", "2026-09-07 00:30:00 -0300",
		}},
		{"America/Santiago", "30 23 * * *", "", "", "2026-04-04T12:00:00Z", []string{
			"2026-04-04 23:30:00 -0300", "2026-04-05 23:30:00 -0400",
		}},
		{"America/Santiago", "30 23 * * *", "", jobs.Second, "2026-04-04T12:00:00Z", []string{
			"2026-04-04 23:30:00 -0400", "2026-04-05 23:30:00 -0400",
		}},
		{"Africa/Cairo", "@daily", "", "", "2026-04-23T12:00:00Z", []string{
			"2026-04-24 01:00:00 +0300", "2026-04-25 00:00:00 +0300",
		}},
		{"Africa/Cairo", "30 23 * * *", "", "", "2026-10-29T12:00:00Z", []string{
			"2026-10-29 23:30:00 +0300", "2026-10-30 23:30:00 +0200",
		}},
		// Tehran changes its clocks no more, but did.
		{"Asia/Tehran", "30 0 * * *", "", "", "2026-03-20T12:00:00Z", []string{
			"2026-03-21 00:30:00 +0330", "2026-03-22 00:30:00 +0330", "2026-03-23 00:30:00 +0330",
		}},
		{"Asia/Tehran", "30 0 * * *", "", "", "2022-03-21T12:00:00Z", []string{
			"2022-03-22 01:00:00 +0430", "2022-03-23 00:30:00 +0430",
		}},
		// Two hours.
		{"Antarctica/Troll", "30 1 * * *", "", "", "2026-03-28T12:00:00Z", []string{
			"2026-03-29 03:00:00 +0200", "2026-03-30 01:30:00 +0200",
		}},
		// Zones went to the other side of the date line: a day was left out, one came twice.
		{"Pacific/Apia", "30 2 * * *", "", "", "2011-12-29T13:00:00Z", []string{
			"2011-12-31 00:00:00 +1400", "2011-12-31 02:30:00 +1400",
		}},
		{"Pacific/Apia", "30 2 * * *", jobs.SkipTime, "", "2011-12-29T13:00:00Z", []string{"2011-12-31 02:30:00 +1400"}},
		{"Pacific/Kwajalein", "30 2 * * *", "", jobs.Both, "1969-09-29T12:00:00Z", []string{
			"1969-09-30 02:30:00 +1100", "1969-09-30 02:30:00 -1200", "1969-10-01 02:30:00 -1200",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.zone+" "+tt.cron+" "+string(tt.gap)+string(tt.fold), func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, tt.from)
			if err != nil {
				t.Fatal(err)
			}
			r := compile(t, jobs.Schedule{Cron: tt.cron, Timezone: tt.zone, Gap: tt.gap, Fold: tt.fold})
			var got []string
			for range tt.want {
				at, _ = r.Next(at)
				got = append(got, at.Format(withZone))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestZonesThatAreRefused(t *testing.T) {
	t.Parallel()
	refused(t, map[string]jobs.Schedule{
		"it would be another one on each host": {Cron: "@daily", Timezone: "Local"},
		"which Unix time does not":             {Cron: "@daily", Timezone: "right/Europe/Berlin"},
		"did you mean America/New_York?":       {Cron: "@daily", Timezone: "america/new york"},
		"write an IANA name":                   {Cron: "@daily", Timezone: "CEST"},
		"does not have it":                     {Cron: "@daily", Timezone: "../etc/passwd"},
	})
}
