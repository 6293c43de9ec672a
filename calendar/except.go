package calendar

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// exceptions are the days without a nominal time. Days are counted from 1970 on.
type exceptions struct {
	weekday uint8
	yearly  [13]uint32 // of each month, bits 1 to 31
	spans   [][2]int64 // dates, both ends belong to them
	until   int64      // from then on all is as it was 400 years before
}

func (e *exceptions) has(d int64) bool {
	for _, s := range e.spans {
		if s[0] <= d && d <= s[1] {
			return true
		}
	}
	_, m, dom := date(d * day)
	return e.weekday>>((d%7+11)%7)&1 == 1 || e.yearly[m]>>dom&1 == 1
}

// free is the first day after one that is no exception, false when there is none
// within the time that calendars know.
func (e *exceptions) free(d int64) (int64, bool) {
	// A day is free of weekdays and yearly dates within 400 years, or none is; each
	// span is jumped over at most once.
	for range cycle*366 + len(e.spans) {
		d++
		for _, s := range e.spans {
			if s[0] <= d && d <= s[1] {
				d = s[1]
			}
		}
		if d > latest/day {
			return 0, false
		}
		if !e.has(d) {
			return d, true
		}
	}
	return 0, false
}

// parseExcept reads days as 2026-12-25, 12-25 (each year), sat, or a range of such:
// 2026-12-24..2026-12-31, 12-24..01-06, mon..fri.
func parseExcept(list []string) (*exceptions, error) {
	if len(list) == 0 {
		return nil, nil
	}
	e := &exceptions{}
	for _, text := range list {
		if why := e.add(strings.TrimSpace(text)); why != "" {
			return nil, fmt.Errorf("except %q: %w: %s", text, jobs.ErrInvalid, why)
		}
	}
	return e, nil
}

func (e *exceptions) add(text string) string {
	low, high, ranged := strings.Cut(text, "..")
	if !ranged {
		high = low
	}
	if a, ok := weekdayOf(low); ok {
		b, ok := weekdayOf(high)
		if !ok {
			return "a range that begins with a weekday ends with one, as in mon..fri"
		}
		for ; a != b; a = (a + 1) % 7 {
			e.weekday |= 1 << a
		}
		e.weekday |= 1 << b
		return ""
	}
	from, dated, why := dayOf(low)
	if why != "" {
		return why
	}
	to, datedToo, why := dayOf(high)
	switch {
	case why != "":
		return why
	case dated != datedToo:
		return "both ends of a range need a year, or none, as in 2026-12-24..2027-01-06 and 12-24..01-06"
	case dated && to.Before(from):
		return "the range is backwards; write the earlier date first"
	case dated:
		span := [2]int64{floor(from.Unix(), day), floor(to.Unix(), day)}
		e.spans, e.until = append(e.spans, span), max(e.until, span[1])
		return ""
	}
	for ; ; from = from.AddDate(0, 0, 1) {
		if from.Year() > leapYear { // the range goes over the end of the year
			from = from.AddDate(-1, 0, 0)
		}
		e.yearly[from.Month()] |= 1 << from.Day()
		if from.Equal(to) {
			return ""
		}
	}
}

// leapYear is one that has all days.
const leapYear = 2000

// dayOf reads a date, or a day of each year, which then is one of a leap year.
func dayOf(text string) (t time.Time, dated bool, why string) {
	parts := strings.Split(text, "-")
	year := leapYear
	if dated = len(parts) == 3; dated {
		if n, err := strconv.Atoi(parts[0]); err == nil && len(parts[0]) == 4 && n > 0 {
			year, parts = n, parts[1:]
		}
	}
	if len(parts) == 2 {
		m, ok := small(parts[0], 1, 12)
		d, ok2 := small(parts[1], 1, 31)
		if ok && ok2 {
			if d > daysIn(year, m) {
				return t, dated, "there is no such day"
			}
			return time.Date(year, time.Month(m), d, 0, 0, 0, 0, time.UTC), dated, ""
		}
	}
	return t, dated, "write a date 2026-12-25, a day of each year 12-25, a weekday sat, or a range of such: 2026-12-24..2026-12-31, 12-24..01-06, mon..fri"
}

// weekdayOf reads the name of a weekday, whole or its first three letters.
func weekdayOf(text string) (int, bool) {
	for d := range 7 {
		if name := time.Weekday(d).String(); strings.EqualFold(text, name) || strings.EqualFold(text, name[:3]) {
			return d, true
		}
	}
	return 0, false
}
