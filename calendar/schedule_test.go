package calendar_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// refused looks that schedules are, with words.
func refused(t *testing.T, tests map[string]jobs.Schedule) {
	t.Helper()
	for want, s := range tests {
		if _, err := calendar.Compile("a", s); !errors.Is(err, jobs.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want ErrInvalid with %q", s, err, want)
		}
	}
}

func TestSchedulesThatAreRefused(t *testing.T) {
	t.Parallel()
	refused(t, map[string]jobs.Schedule{
		"except takes out every day":               {Cron: "0 5 * * *", Except: []string{"mon..fri", "sat", "sun"}},
		"it never fires: except":                   {Cron: "0 5 * * MON", Except: []string{"mon"}},
		"it never fires":                           {Cron: "@daily", Except: []string{"01-01..12-31"}},
		"planned times are whole seconds":          {Interval: 1500 * time.Millisecond, Jitter: time.Second},
		"write 1s or more":                         {Also: []string{"@every 0.5s"}},
		"there is no unit":                         {Also: []string{"@every 5 minutes"}},
		"it is empty; write it like 90s":           {Also: []string{"@every"}},
		"whole seconds up to a day are allowed":    {Cron: "@daily", Jitter: 1500 * time.Millisecond},
		"whole seconds up to a day":                {Cron: "@daily", Jitter: 25 * time.Hour},
		"allowed are shift, skip":                  {Cron: "@daily", Gap: "x"},
		"allowed are first, second, both":          {Cron: "@daily", Fold: "x"},
		"lambda and step":                          {Cron: "@daily", Interval: time.Hour, Lambda: 2},
		"make no times":                            {Jitter: time.Second, Start: time.Unix(5, 0)},
		`except "christmas": invalid argument: wr`: {Cron: "@daily", Except: []string{"christmas"}},
		"there is no such day":                     {Cron: "@daily", Except: []string{"02-30"}},
		"no such day":                              {Cron: "@daily", Except: []string{"2026-02-29"}},
		"the range is backwards":                   {Cron: "@daily", Except: []string{"2026-12-31..2026-12-24"}},
		"both ends of a range need a year":         {Cron: "@daily", Except: []string{"2026-12-24..12-31"}},
		"ends with one, as in mon..fri":            {Cron: "@daily", Except: []string{"mon..12-24"}},
		"write a date 2026-12-25":                  {Cron: "@daily", Except: []string{"26-12-24"}},
		`except ""`:                                {Cron: "@daily", Except: []string{""}},
		"a range of such":                          {Cron: "@daily", Except: []string{"12-24.."}},
	})
}

func TestWhatAScheduleIsMadeOf(t *testing.T) {
	t.Parallel()
	day := func(text string) time.Time {
		at, err := time.Parse(clock, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	tests := []struct {
		name, from string
		s          jobs.Schedule
		want       []string
	}{
		{"an interval from its start", "2026-01-01 00:00:00", jobs.Schedule{Interval: time.Hour, Start: day("2026-01-01 10:20:00"), Except: []string{"sat"}}, []string{
			"2026-01-01 10:20:00", "2026-01-01 11:20:00",
		}},
		{"a start with a fraction counts as the next second", "2026-01-01 00:00:00", jobs.Schedule{Interval: time.Hour, Start: day("2026-01-01 10:20:00").Add(1), Except: []string{"sat"}}, []string{
			"2026-01-01 10:20:01", "2026-01-01 11:20:01",
		}},
		{"all of them together, those at the same time once", "2026-01-01 00:00:00", jobs.Schedule{
			Cron: "0 12 * * *", Also: []string{"0 6,12 * * *", "@every 8h"}, Interval: 24 * time.Hour, Start: day("2026-01-01 04:00:00"),
		}, []string{
			"2026-01-01 04:00:00", "2026-01-01 06:00:00", "2026-01-01 12:00:00", "2026-01-01 20:00:00", "2026-01-02 04:00:00",
		}},
		{"none before the start, and none after the stop", "2026-01-01 00:00:00", jobs.Schedule{
			Cron: "0 * * * *", Start: day("2026-01-01 09:00:00"), Stop: day("2026-01-01 11:00:00").Add(500 * time.Millisecond),
		}, []string{"2026-01-01 09:00:00", "2026-01-01 10:00:00", "2026-01-01 11:00:00", "no more"}},
		{"the start is none by itself", "2026-01-01 00:00:00", jobs.Schedule{Start: day("2026-01-01 09:00:00"), Cron: "@weekly"}, []string{"2026-01-04 00:00:00"}},
		{"jitter moves no time before the start or behind the stop", "2026-01-01 00:00:00", jobs.Schedule{
			Cron: "0 * * * *", Jitter: 24 * time.Hour, Start: day("2026-01-02 00:57:08"), Stop: day("2026-01-02 02:57:07"),
		}, []string{"2026-01-02 00:57:08", "2026-01-02 01:57:08", "no more"}},
		{"@reboot alone has no times", "2026-01-01 00:00:00", jobs.Schedule{Cron: "@reboot"}, []string{"no more"}},
		{"@reboot beside others", "2026-01-01 00:00:00", jobs.Schedule{Cron: "@reboot", Also: []string{"@daily"}}, []string{"2026-01-02 00:00:00"}},
		{"without some weekdays", "2026-01-01 00:00:00", jobs.Schedule{Cron: "0 9 * * *", Except: []string{"SAT", "sunday"}}, []string{
			"2026-01-01 09:00:00", "2026-01-02 09:00:00", "2026-01-05 09:00:00",
		}},
		{"without a range of them, over the end of the week", "2026-01-01 00:00:00", jobs.Schedule{Cron: "0 9 * * *", Except: []string{"fri..mon"}}, []string{
			"2026-01-01 09:00:00", "2026-01-06 09:00:00",
		}},
		{"without a date and dates of each year", "2026-12-22 12:00:00", jobs.Schedule{Cron: "0 9 * * *", Except: []string{"2026-12-24", "12-26..01-02", "2-29"}}, []string{
			"2026-12-23 09:00:00", "2026-12-25 09:00:00", "2027-01-03 09:00:00",
		}},
		{"each year means each", "2027-12-24 12:00:00", jobs.Schedule{Cron: "0 9 * * *", Except: []string{"2026-12-25", "12-26..01-02"}}, []string{
			"2027-12-25 09:00:00", "2028-01-03 09:00:00",
		}},
		{"without a long range of dates", "2026-01-01 00:00:00", jobs.Schedule{Cron: "*/10 * * * * *", Except: []string{"2026-01-01..2031-12-31"}}, []string{
			"2032-01-01 00:00:00", "2032-01-01 00:00:10",
		}},
		{"days are those of the zone", "2026-01-02 12:00:00", jobs.Schedule{Cron: "0 */6 * * *", Timezone: "Asia/Tokyo", Except: []string{"sat"}}, []string{
			"2026-01-02 18:00:00", "2026-01-04 00:00:00",
		}},
		{"an interval knows them as well", "2026-01-02 12:00:00", jobs.Schedule{Interval: 12 * time.Hour, Start: day("2026-01-01 01:00:00"), Timezone: "Asia/Tokyo", Except: []string{"sat"}}, []string{
			"2026-01-02 22:00:00", "2026-01-04 10:00:00",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := times(t, tt.s, tt.from, len(tt.want))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReboot(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]bool{"@reboot": true, " @REBOOT ": true, "@daily": false} {
		if got := compile(t, jobs.Schedule{Also: []string{expr}}).Reboot(); got != want {
			t.Errorf("%q: got %v, want %v", expr, got, want)
		}
	}
}

func TestNthOfARule(t *testing.T) {
	t.Parallel()
	r := compile(t, jobs.Schedule{Cron: "@daily", Stop: at(10 * 86400)})
	if got, ok := r.Nth(at(0), 3); !ok || !got.Equal(at(2*86400)) {
		t.Errorf("the third from the first on: got %v, %v", got, ok)
	}
	if got, ok := r.Nth(at(1), 10); !ok || !got.Equal(at(10*86400)) {
		t.Errorf("the tenth: got %v, %v", got, ok)
	}
	if got, ok := r.Nth(at(1), 11); ok {
		t.Errorf("the eleventh of ten: got %v", got)
	}
}

// What stands here is what boards rely on: each number is when jobs run that exist.
func TestWhatIDsChooseNeverChanges(t *testing.T) {
	t.Parallel()
	tests := []struct {
		id   string
		s    jobs.Schedule
		want string
	}{
		{"a", jobs.Schedule{Cron: "H H H H *"}, "1970-06-19 13:27:00"},
		{"b", jobs.Schedule{Cron: "H H H H *"}, "1970-01-18 10:45:00"},
		{"a", jobs.Schedule{Cron: "H H H * * H"}, "1970-01-06 13:27:41"},
		{"a", jobs.Schedule{Cron: "H/15 * * * *"}, "1970-01-01 00:12:00"},
		{"b", jobs.Schedule{Cron: "H/15 * * * *"}, "1970-01-01 00:15:00"},
		{"a", jobs.Schedule{Cron: "H(0-29)/10 3 * * *"}, "1970-01-01 03:07:00"},
		{"a", jobs.Schedule{Cron: "~ 10~14 * * *"}, "1970-01-01 12:27:00"},
		{"a", jobs.Schedule{Cron: "@daily", Jitter: 24 * time.Hour}, "1970-01-01 01:57:08"},
		{"backup", jobs.Schedule{Cron: "@daily", Jitter: 24 * time.Hour}, "1970-01-01 17:52:09"},
		{"shares:2014/10/16/x y", jobs.Schedule{Cron: "@daily", Jitter: 24 * time.Hour}, "1970-01-01 18:13:40"},
		{"é", jobs.Schedule{Cron: "@daily", Jitter: 24 * time.Hour}, "1970-01-01 16:57:03"},
		{"", jobs.Schedule{Cron: "@daily", Jitter: 24 * time.Hour}, "1970-01-01 14:46:57"},
		{"a", jobs.Schedule{Cron: "@daily", Jitter: time.Second}, "1970-01-02 00:00:00"},
	}
	for _, tt := range tests {
		r, err := calendar.Compile(tt.id, tt.s)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := r.Next(at(0))
		if got.Format(clock) != tt.want {
			t.Errorf("%q %+v: got %s, want %s", tt.id, tt.s, got.Format(clock), tt.want)
		}
	}
}
