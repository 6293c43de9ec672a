package calendar_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

func TestExpressionsInWords(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]string{
		"30 2 * * *":            "at 02:30 every day",
		"30 2,14 * * *":         "at 02:30 and 14:30 every day",
		"0,30 2,14 * * *":       "at 02:00, 02:30, 14:00 and 14:30 every day",
		"15 30 2 * * *":         "at 02:30:15 every day",
		"* * * * *":             "every minute",
		"*/5 * * * *":           "every 5 minutes",
		"*/5 * * * mon-fri":     "every 5 minutes on weekdays",
		"*/25 * * * *":          "every hour at minutes 0, 25 and 50",
		"*/7 * * * *":           "cron */7 * * * *",
		"0-48/8 * * * *":        "cron 0-48/8 * * * *",
		"* * * * * *":           "every second",
		"*/10 * * * * *":        "every 10 seconds",
		"*/10 */5 * * * *":      "cron */10 */5 * * * *",
		"0 * * * *":             "every hour",
		"17 * * * *":            "every hour at minute 17",
		"5,35 * * * *":          "every hour at minutes 5 and 35",
		"0 */2 * * *":           "every 2 hours from 00:00",
		"30 */2 * * *":          "every 2 hours from 00:30",
		"0 1-23/2 * * *":        "cron 0 1-23/2 * * *",
		"0 9-17 * * 1-5":        "every hour from 09:00 to 17:00 on weekdays",
		"*/15 9-17 * * 1-5":     "every 15 minutes from 09:00 to 17:45 on weekdays",
		"*/15 22-2 * * *":       "cron */15 22-2 * * *",
		"7 1-3/2,9,11,12 * * *": "cron 7 1-3/2,9,11,12 * * *",
		"0 9 * * 6,0":           "at 09:00 on weekends",
		"0 9 * * mon,fri":       "at 09:00 on Mondays and Fridays",
		"0 9 1 * *":             "at 09:00 on the 1st of the month",
		"0 9 1,15,22 1,7 *":     "at 09:00 on the 1st, the 15th and the 22nd of January and July",
		"0 9 * 1 *":             "at 09:00 every day in January",
		"0 9 * 1 mon":           "at 09:00 on Mondays in January",
		"0 9 L * *":             "at 09:00 on the last day of the month",
		"0 9 L-1,L-3 * *":       "at 09:00 on the last day but one and the last day but 3 of the month",
		"0 9 LW * *":            "at 09:00 on the last workday of the month",
		"0 9 15W 3 *":           "at 09:00 on the workday nearest to the 15th of March",
		"0 9 * * 5L":            "at 09:00 on the last Friday of the month",
		"0 9 * * FRI#2,MON#1":   "at 09:00 on the first Monday and the second Friday of the month",
		"0 9 13 * FRI":          "cron 0 9 13 * FRI",
		"0 9 */2 * *":           "cron 0 9 */2 * *",
		"0 9 1-31 * FRI":        "at 09:00 every day",
		"H 2 * * *":             "cron H 2 * * *",
		"0~30 2 * * *":          "cron 0~30 2 * * *",
		"0 9 * * THU":           "at 09:00 on Thursdays",
		"@yearly":               "at 00:00 on the 1st of January",
		"@monthly":              "at 00:00 on the 1st of the month",
		"@weekly":               "at 00:00 on Sundays",
		"@daily":                "at 00:00 every day",
		"@hourly":               "every hour",
		"@every 90s":            "every 1m30s",
		"@reboot":               "when a host starts",
		"61 * * * *":            "cron 61 * * * *",
	} {
		if got := calendar.Words(jobs.Schedule{Cron: expr}); got != want {
			t.Errorf("%s: got %q, want %q", expr, got, want)
		}
	}
}

func TestSchedulesInWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		s    jobs.Schedule
		want string
	}{
		{jobs.Schedule{}, "once"},
		{jobs.Schedule{Timezone: "Europe/Brussels"}, "once"},
		{jobs.Schedule{Interval: 90 * time.Second}, "every 1m30s"},
		{jobs.Schedule{Interval: time.Minute, Lambda: 2}, "every 1m, times 2 each 1d"},
		{jobs.Schedule{Interval: time.Minute, Timezone: "Europe/Brussels"}, "every 1m"},
		{jobs.Schedule{Interval: time.Minute, Timezone: "Europe/Brussels", Except: []string{"sat", "12-25"}}, "every 1m, Europe/Brussels, except sat, 12-25"},
		{jobs.Schedule{Cron: "30 2 * * *", Timezone: "Europe/Brussels"}, "at 02:30 every day, Europe/Brussels"},
		{
			jobs.Schedule{Cron: "@daily", Also: []string{"@every 90s"}, Interval: time.Hour, Jitter: time.Minute, Stop: time.Unix(0, 0)},
			"every 1h; at 00:00 every day; every 1m30s, up to 1m later, until 1970-01-01 00:00:00Z",
		},
	}
	for _, tt := range tests {
		if got := calendar.Words(tt.s); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// What is said in the same words is due at the same times: words that left something
// out or said it wrong would be those of another expression as well.
func TestWordsTellApartWhatIsNotTheSame(t *testing.T) {
	t.Parallel()
	said := map[string]string{} // words -> times
	first := map[string]string{}
	n := 0
	for _, minute := range []string{"*", "0", "30", "0,30", "*/2", "*/7", "5-10", "0,15,30,45,50", "10/15"} {
		for _, hour := range []string{"*", "0", "0,12", "9-17", "*/2", "*/12", "1/2", "22-1"} {
			for _, dom := range []string{"*", "1", "31", "1,15", "*/2", "2-31", "1-31", "L", "L-1", "LW", "1W", "L,1"} {
				for _, month := range []string{"*", "1", "1,12", "*/2", "2-12"} {
					for _, dow := range []string{"*", "0", "1-5", "0,6", "*/2", "0-6", "5L", "1#1", "1,5L", "1-6"} {
						expr := strings.Join([]string{minute, hour, dom, month, dow}, " ")
						words := calendar.Words(jobs.Schedule{Cron: expr})
						n++
						if strings.HasPrefix(words, "cron ") {
							continue
						}
						r := compile(t, jobs.Schedule{Cron: expr})
						var times strings.Builder
						for _, from := range []int64{1767225599, 1774915199 /* 30 March */, 1798675199 /* 30 December */} {
							at := time.Unix(from, 0)
							for range 12 {
								at, _ = r.Next(at)
								fmt.Fprintf(&times, "%d ", at.Unix())
							}
						}
						if before, ok := said[words]; ok && before != times.String() {
							t.Fatalf("%q and %q are both %q", first[words], expr, words)
						}
						said[words], first[words] = times.String(), expr
					}
				}
			}
		}
	}
	t.Logf("%d expressions, %d in words of their own", n, len(said))
	if len(said) < 1000 {
		t.Errorf("only %d are said in words", len(said))
	}
}
