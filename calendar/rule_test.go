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

// failer is what tests, benchmarks and properties have.
type failer interface {
	Helper()
	Fatal(args ...any)
}

// compile makes a rule for the id "a", which has to be right.
func compile(t failer, s jobs.Schedule) *calendar.Rule {
	t.Helper()
	r, err := calendar.Compile("a", s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const clock = "2006-01-02 15:04:05"

// times are the first n times after from, as clocks in the zone of the schedule show
// them; from is such a time as well.
func times(t failer, s jobs.Schedule, from string, n int) (got []string) {
	t.Helper()
	r := compile(t, s)
	at, err := time.ParseInLocation(clock, from, r.Zone())
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		next, ok := r.Next(at)
		if !ok {
			return append(got, "no more")
		}
		got = append(got, next.Format(clock))
		at = next
	}
	return got
}

func TestCronExpressions(t *testing.T) {
	t.Parallel()
	const from = "2026-01-01 00:00:00" // a Thursday
	tests := []struct{ expr, want string }{
		{"* * * * *", "01-01 00:01:00, 01-01 00:02:00, 01-01 00:03:00"},
		{"* * * * * *", "01-01 00:00:01, 01-01 00:00:02, 01-01 00:00:03"},
		{"*/20 * * * * *", "01-01 00:00:20, 01-01 00:00:40, 01-01 00:01:00"},
		{"30 5 12 * * *", "01-01 12:05:30, 01-02 12:05:30, 01-03 12:05:30"},
		{"30 2 * * *", "01-01 02:30:00, 01-02 02:30:00, 01-03 02:30:00"},
		{"\t 30  2 * *   * ", "01-01 02:30:00, 01-02 02:30:00, 01-03 02:30:00"},
		{"*/25 * * * *", "01-01 00:25:00, 01-01 00:50:00, 01-01 01:00:00"},
		{"5/25 0 * * *", "01-01 00:05:00, 01-01 00:30:00, 01-01 00:55:00"},
		{"10-20/5,50 0 * * *", "01-01 00:10:00, 01-01 00:15:00, 01-01 00:20:00, 01-01 00:50:00, 01-02 00:10:00"},
		{"0 22-2 * * *", "01-01 01:00:00, 01-01 02:00:00, 01-01 22:00:00, 01-01 23:00:00, 01-02 00:00:00"},
		{"0 9 * * mon-fri", "01-01 09:00:00, 01-02 09:00:00, 01-05 09:00:00"},
		{"0 9 * * FRI-Mon", "01-02 09:00:00, 01-03 09:00:00, 01-04 09:00:00, 01-05 09:00:00, 01-09 09:00:00"},
		{"0 9 * * 5-7", "01-02 09:00:00, 01-03 09:00:00, 01-04 09:00:00, 01-09 09:00:00"},
		{"0 9 * * 6-1", "01-03 09:00:00, 01-04 09:00:00, 01-05 09:00:00, 01-10 09:00:00"},
		{"0 9 * * 0", "01-04 09:00:00, 01-11 09:00:00"},
		{"0 9 * * 7", "01-04 09:00:00, 01-11 09:00:00"},
		{"0 9 * * 0-7", "01-01 09:00:00, 01-02 09:00:00"},
		{"0 0 1 jan,JUL ?", "07-01 00:00:00, 2027-01-01 00:00:00"},
		{"0 0 1 11-2 *", "02-01 00:00:00, 11-01 00:00:00, 12-01 00:00:00, 2027-01-01 00:00:00"},
		{"0 0 31 * *", "01-31 00:00:00, 03-31 00:00:00, 05-31 00:00:00"},
		{"0 0 29 2 *", "2028-02-29 00:00:00, 2032-02-29 00:00:00"},

		// Day of month or day of week, as Vixie cron has it.
		{"0 0 13 * FRI", "01-02 00:00:00, 01-09 00:00:00, 01-13 00:00:00, 01-16 00:00:00"},
		{"0 0 */2 * FRI", "01-09 00:00:00, 01-23 00:00:00, 02-13 00:00:00"},
		{"0 0 13 * */5", "02-13 00:00:00, 03-13 00:00:00, 09-13 00:00:00"},
		{"0 0 13 * ?", "01-13 00:00:00, 02-13 00:00:00"},

		{"0 0 L * *", "01-31 00:00:00, 02-28 00:00:00, 03-31 00:00:00, 04-30 00:00:00"},
		{"0 0 L-3 * *", "01-28 00:00:00, 02-25 00:00:00, 03-28 00:00:00"},
		{"0 0 L-30 * *", "03-01 00:00:00, 05-01 00:00:00"},
		{"0 0 1,15,l * *", "01-15 00:00:00, 01-31 00:00:00, 02-01 00:00:00"},
		{"0 0 LW * *", "01-30 00:00:00, 02-27 00:00:00, 03-31 00:00:00, 04-30 00:00:00, 05-29 00:00:00"},
		{"0 0 15W * *", "01-15 00:00:00, 02-16 00:00:00, 03-16 00:00:00, 04-15 00:00:00, 05-15 00:00:00, 06-15 00:00:00, 07-15 00:00:00, 08-14 00:00:00"},
		{"0 0 1w 2,8,11 *", "02-02 00:00:00, 08-03 00:00:00, 11-02 00:00:00"},
		{"0 0 31W * *", "01-30 00:00:00, 03-31 00:00:00, 05-29 00:00:00"},
		{"0 0 * * 5L", "01-30 00:00:00, 02-27 00:00:00, 03-27 00:00:00"},
		{"0 0 * 7 5L", "07-31 00:00:00, 2027-07-30 00:00:00"},
		{"0 0 * * friL,7L", "01-25 00:00:00, 01-30 00:00:00, 02-22 00:00:00, 02-27 00:00:00"},
		{"0 0 * * FRI#2", "01-09 00:00:00, 02-13 00:00:00, 03-13 00:00:00"},
		{"0 0 * * 0#1,4#5", "01-04 00:00:00, 01-29 00:00:00, 02-01 00:00:00, 03-01 00:00:00"},
		{"0 0 * 2 MON#5", "2044-02-29 00:00:00, 2072-02-29 00:00:00, 2112-02-29 00:00:00"},

		{"@yearly", "2027-01-01 00:00:00, 2028-01-01 00:00:00"},
		{"@annually", "2027-01-01 00:00:00"},
		{"@monthly", "02-01 00:00:00, 03-01 00:00:00"},
		{"@weekly", "01-04 00:00:00, 01-11 00:00:00"},
		{"@Daily", "01-02 00:00:00, 01-03 00:00:00"},
		{"@midnight", "01-02 00:00:00"},
		{" @hourly ", "01-01 01:00:00, 01-01 02:00:00"},
		{"@every 90s", "01-01 00:01:30, 01-01 00:03:00"},
		{"@every 11h", "01-01 01:00:00, 01-01 12:00:00"}, // since 1970, without a start,
	}
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			t.Parallel()
			want := strings.Split(tt.want, ", ")
			for i, at := range want {
				if len(at) == len("01-01 00:00:00") {
					want[i] = "2026-" + at
				}
			}
			got := times(t, jobs.Schedule{Cron: tt.expr}, from, len(want))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestABadCronIsRefusedWithThePlaceAndTheWayOut(t *testing.T) {
	t.Parallel()
	tests := []struct{ expr, marked, why string }{
		{"0 25 * * *", "25", "hour 25 is not one of 0-23"},
		{"60 * * * *", "60", "minute 60 is not one of 0-59"},
		{"0 0 0 * *", "0", "day-of-month 0 is not one of 1-31"},
		{"0 0 * 13 *", "13", "month 13 is not one of 1-12"},
		{"0 0 * * 8", "8", "day-of-week 8 is not one of 0-7"},
		{"0 0 1-32 * *", "32", "day-of-month 32"},
		{"0 0 * * monday", "monday", "write MON"},
		{"0 0 * JANUARY *", "JANUARY", "write JAN"},
		{"0 0 * * XYZ", "XYZ", `"XYZ" is not understood; allowed are numbers from 0 to 6, SUN to SAT`},
		{"0 0 * * L", "L", "as in 5L for the last Friday"},
		{"0 0 * * FRI#6", "FRI#6", "as in FRI#2"},
		{"0 0 32W * *", "32W", "LW for the last workday"},
		{"0 0 L-31 * *", "L", "L-3 for three days before"},
		{"*/0 * * * *", "0", "no number from 1 up"},
		{"*/x * * * *", "x", "no number from 1 up"},
		{"*/ * * * *", "*/", "no number from 1 up"},
		{"*/90 * * * *", "90", "a step of 90 is more than the field has numbers (60); for such intervals write @every"},
		{"1,,2 * * * *", "1,,2", "a member of the list is empty"},
		{"1- * * * *", "-", "minute: a number is missing"},
		{"-5 * * * *", "-", "minute: a number is missing"},
		{"+5 * * * *", "+5", "is not understood"},
		{"h * * * *", "h", "capital H"},
		{"H(5 * * * *", "H(5", "as in H(0-59)"},
		{"H(5) * * * *", "H(5)", "as in H(0-59)"},
		{"H(9-5) * * * *", "H(9-5)", "smaller number first"},
		{"40~10 * * * *", "40~10", "smaller number first"},
		{"0 0 31 2 *", "0 0 31 2 *", "it never fires"},
		{"0 0 31 2,4,6,9,11 *", "0 0 31 2,4,6,9,11 *", "it never fires"},
		{"", "", "it is empty; write five fields"},
		{"* * * *", "* * * *", "it has 4 fields; write five"},
		{"* * * * * * * *", "* * * * * * * *", "it has 8 fields"},
		{"0 0 0 1 1 * 2026", "2026", "no field for years"},
		{"CRON_TZ=UTC 0 0 * * *", "CRON_TZ=UTC 0 0 * * *", "timezone, --tz"},
		{"@fortnightly", "@fortnightly", "allowed are @yearly"},
		{"@daily 5", "@daily 5", "stands alone"},
	}
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			t.Parallel()
			// As one of several, since an empty cron is none.
			_, err := calendar.Compile("a", jobs.Schedule{Also: []string{tt.expr}})
			var m *calendar.Mistake
			if !errors.As(err, &m) || !errors.Is(err, jobs.ErrInvalid) || !strings.Contains(err.Error(), tt.why) {
				t.Fatalf("got %v, want a mistake with %q", err, tt.why)
			}
			if got := m.Expr[m.From:m.To]; got != tt.marked {
				t.Errorf("marked is %q, want %q:\n%s", got, tt.marked, m.Caret())
			}
		})
	}
}
