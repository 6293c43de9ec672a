package calendar_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

func TestSpecsAreRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		spec, id string
		want     jobs.Schedule
	}{
		{"0 5 * * *|||||||||", "", jobs.Schedule{Cron: "0 5 * * *"}},
		{
			"0 5 * * *|Europe/Berlin|skip|both|sat,12-24..01-06|@every 90s;H 1 * * *|60|3600|1700000000.5|a|b", "a|b",
			jobs.Schedule{
				Cron: "0 5 * * *", Timezone: "Europe/Berlin", Gap: jobs.SkipTime, Fold: jobs.Both,
				Except: []string{"sat", "12-24..01-06"}, Also: []string{"@every 90s", "H 1 * * *"},
				Jitter: time.Minute, Interval: time.Hour, Start: time.UnixMilli(1700000000500),
			},
		},
		{"||||||60|3600|0|a", "a", jobs.Schedule{Jitter: time.Minute, Interval: time.Hour, Start: time.Unix(0, 0)}},
		{"|||||||3600|1700000000.1234567|", "", jobs.Schedule{Interval: time.Hour, Start: time.UnixMicro(1700000000123457)}},
	}
	for _, tt := range tests {
		id, got, err := calendar.ParseSpec(tt.spec)
		if diff := cmp.Diff(tt.want, got, cmp.Comparer(time.Time.Equal)); err != nil || id != tt.id || diff != "" {
			t.Errorf("%q: id %q, %v (-want +got):\n%s", tt.spec, id, err, diff)
		}
	}
}

func TestSpecsThatMakeNoPlan(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"":                               "1 of the 10 fields",
		"0 5 * * *||||||||":              "9 of the 10 fields",
		"0 5 * * *||||||x|||":            `"x" is no number of seconds`,
		"0 5 * * *|||||||-1||":           `"-1" is no number of seconds`,
		"0 5 * * *||||||||nan|":          `"nan" is no number of seconds`,
		"0 5 * * *||||||||1e300|":        `"1e300" is no number of seconds`,
		"0 0 31 2 *|||||||||":            "it never fires",
		"0 25 * * *|||||||||":            "hour 25",
		"0 5 * * *|Mars/Olympus||||||||": "Mars/Olympus",
		"||||||60|||":                    "make no times",
	} {
		line, err := calendar.Plan(spec, time.Unix(1e9, 0), time.Unix(1e9, 0))
		if !errors.Is(err, jobs.ErrInvalid) || !strings.Contains(err.Error(), want) || line != "" {
			t.Errorf("%q: got %q, %v, want ErrInvalid with %q", spec, line, err, want)
		}
	}
}

// minutes are the items of a line for minutes first to last, counted from 1970.
func minutes(first, last int) string {
	var b strings.Builder
	for m := first; m <= last; m++ {
		fmt.Fprintf(&b, "%d ", m*60)
	}
	return b.String()
}

func TestPlan(t *testing.T) {
	t.Parallel()
	const each = "* * * * *|||||||||"
	tests := []struct {
		name, spec string
		from, now  float64
		want       string
	}{
		{"nothing passed", each, 600.25, 600.25, "600.250 " + minutes(11, 74)},
		{"from is now, and is such a time", each, 600, 600, "600.000 " + minutes(11, 74)},
		{"a fraction before such a time", each, 659.25, 659.25, "659.250 " + minutes(11, 74)},
		{"two at least, however far away", "0 0 * 2 MON#5|||||||||", 0, 0, "0.000 573091200 1456704000 "},
		{"from is later than now", each, 6000.9999, 600, "6000.999 " + minutes(101, 164)},
		{"some passed", each, 600, 1260, "600.000 " + minutes(11, 21+64)},
		{"300 passed", each, 0, 18000, "0.000 " + minutes(1, 364)},
		{"301 passed", each, 0, 18060, "0.000 " + minutes(1, 100) + "+101 " + minutes(202, 301+64)},
		{"401 passed", each, 0, 401 * 60, "0.000 " + minutes(1, 100) + "+201 " + minutes(302, 401+64)},
		{"199,999 passed", each, 0, 199_999 * 60, "0.000 " + minutes(1, 100) + "+199799 " + minutes(199_900, 199_999+64)},
		{"200,000 passed", each, 0, 200_000 * 60, "0.000 " + minutes(1, 100) + "+199800 " + minutes(199_901, 200_000+64)},
		{"200,001 passed, of which some are not counted", each, 0, 200_001 * 60, "0.000 " + minutes(1, 100) + "+199800 " + minutes(199_902, 200_001+64)},
		{"ten million passed", each, 0, 10e6 * 60, "0.000 " + minutes(1, 100) + "+199800 " + minutes(10e6-99, 10e6+64)},
		{"rare ones, as far as ten years", "0 0 29 2 *|||||||||", 0, 0, "0.000 68169600 194400000 "},
		{"none is planned, but at starts of hosts", "@reboot|||||||||", 5, 5, "5.000 . "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := calendar.Plan(tt.spec, at(tt.from), at(tt.now))
			if err != nil {
				t.Fatal(err)
			}
			if want := calendar.Database() + " " + tt.want; string(got) != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func BenchmarkNext(b *testing.B) {
	for _, s := range []jobs.Schedule{
		{Cron: "*/5 * * * *"},
		{Cron: "*/5 * * * *", Timezone: "Europe/Berlin"},
		{Cron: "30 2 * * *", Timezone: "Europe/Berlin"},
		{Cron: "30 2 L * MON#1", Timezone: "Europe/Berlin", Except: []string{"12-24..01-06", "sat"}},
		{Interval: time.Hour, Jitter: time.Minute},
	} {
		b.Run(s.Cron+" "+s.Timezone, func(b *testing.B) {
			r, at := compile(b, s), time.Unix(1.76e9, 0)
			for b.Loop() {
				var ok bool
				if at, ok = r.Next(at); !ok || at.Year() > 2036 {
					at = time.Unix(1.76e9, 0)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	b.Run("many of one zone", func(b *testing.B) {
		var c calendar.Compiler
		for b.Loop() {
			if _, err := c.Compile("a", jobs.Schedule{Cron: "30 2 * * *", Timezone: "Europe/Berlin"}); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, s := range []jobs.Schedule{{Cron: "*/5 * * * *"}, {Cron: "30 2 * * *", Timezone: "Europe/Berlin"}} {
		b.Run(s.Cron+" "+s.Timezone, func(b *testing.B) {
			for b.Loop() {
				compile(b, s)
			}
		})
	}
}
