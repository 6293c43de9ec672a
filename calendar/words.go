package calendar

import (
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// Words says when a schedule is due: "at 02:30 every day, Europe/Brussels". What it
// cannot say in few words it leaves as the expression, "cron 7 1-3/2 * * *".
func Words(s jobs.Schedule) string {
	var parts []string
	if s.Interval > 0 {
		parts = append(parts, "every "+FormatDuration(s.Interval)+decay(s))
	}
	also := s.Also
	if s.Cron != "" {
		also = append([]string{s.Cron}, s.Also...)
	}
	for _, expr := range also {
		parts = append(parts, expression(expr))
	}
	if len(parts) == 0 {
		parts = []string{"once"}
	}
	text := strings.Join(parts, "; ")
	if s.Timezone != "" && (len(also) > 0 || len(s.Except) > 0) {
		text += ", " + s.Timezone
	}
	if len(s.Except) > 0 {
		text += ", except " + strings.Join(s.Except, ", ")
	}
	if s.Jitter > 0 {
		text += ", up to " + FormatDuration(s.Jitter) + " later"
	}
	if !s.Stop.IsZero() {
		text += ", until " + strings.Replace(s.Stop.UTC().Format("2006-01-02 15:04:05.000Z"), ".000Z", "Z", 1)
	}
	return text
}

func decay(s jobs.Schedule) string {
	if s.Lambda <= 0 || s.Lambda == 1 {
		return ""
	}
	step := s.Step
	if step <= 0 {
		step = Day
	}
	text := fmt.Sprintf(", times %v each %s", s.Lambda, FormatDuration(step))
	if s.Min > 0 {
		text += ", at least " + FormatDuration(s.Min)
	}
	if s.Max > 0 {
		text += ", at most " + FormatDuration(s.Max)
	}
	return text
}

// expression says what a cron expression or a word means.
func expression(text string) string {
	expr := strings.TrimSpace(text)
	asItIs := "cron " + expr
	word := strings.ToLower(expr)
	if meant, ok := words()[word]; ok {
		expr = meant
	}
	if every, ok := strings.CutPrefix(word, "@every "); ok {
		if d, err := ParseDuration(every); err == nil {
			return "every " + FormatDuration(d)
		}
		return asItIs
	}
	if word == "@reboot" {
		return "when a host starts"
	}
	c, err := parseCron("", expr)
	if err != nil || chosenByHash(expr) {
		return asItIs
	}
	when, each := c.clockWords()
	days, ok := c.dayWords()
	switch {
	case when == "" || !ok:
		return asItIs
	case days == "" && each:
		return when
	case days == "":
		return when + " every day"
	}
	return when + " " + days
}

// chosenByHash tells whether an expression means something else for each job.
func chosenByHash(expr string) bool {
	for _, field := range cut(expr, 0, " \t\n\r\v\f,") {
		if field.text[0] == 'H' || strings.Contains(field.text, "~") {
			return true
		}
	}
	return false
}

// clockWords says at which times of a day, empty if that takes many words. Those
// that come at least each hour of the day need no "every day" behind them.
func (c *cron) clockWords() (text string, each bool) {
	hours, minutes, seconds := set(c.hour, 24), set(uint64(c.minute), 60), set(c.second, 60)
	if len(hours)*len(minutes)*len(seconds) <= 4 {
		return "at " + and(c.clockTimes(hours, minutes, seconds)), false
	}
	step, unit := stepOf(minutes, 60), "minute"
	if len(seconds) > 1 {
		if len(minutes) != 60 {
			return "", false
		}
		step, unit = stepOf(seconds, 60), "second"
	} else if seconds[0] != 0 {
		return "", false
	}
	every := every(step, unit)
	switch from, to := hours[0], hours[len(hours)-1]; {
	case len(hours) == 24 && step > 0 && step < 60:
		return every, true
	case len(hours) == 24 && len(minutes) == 1 && minutes[0] == 0:
		return "every hour", true
	case len(hours) == 24 && len(minutes) == 1:
		return fmt.Sprintf("every hour at minute %d", minutes[0]), true
	case len(hours) == 24 && len(minutes) <= 4:
		return "every hour at minutes " + and(strings.Fields(strings.Trim(fmt.Sprint(minutes), "[]"))), true
	case len(minutes) == 1 && stepOf(hours, 24) > 1:
		return fmt.Sprintf("every %d hours from 00:%02d", stepOf(hours, 24), minutes[0]), true
	case to-from+1 != len(hours):
		return "", false
	case len(minutes) == 1:
		return fmt.Sprintf("every hour from %02d:%02d to %02d:%02d", from, minutes[0], to, minutes[0]), false
	case step > 0 && step < 60 && unit == "minute":
		return fmt.Sprintf("%s from %02d:00 to %02d:%02d", every, from, to, minutes[len(minutes)-1]), false
	}
	return "", false
}

func (c *cron) clockTimes(hours, minutes, seconds []int) (times []string) {
	for _, h := range hours {
		for _, m := range minutes {
			for _, s := range seconds {
				text := fmt.Sprintf("%02d:%02d", h, m)
				if s > 0 || len(seconds) > 1 {
					text += fmt.Sprintf(":%02d", s)
				}
				times = append(times, text)
			}
		}
	}
	return times
}

// dayWords says on which days, nothing for all. It is false if that takes many words.
func (c *cron) dayWords() (text string, ok bool) {
	months := set(c.month>>1, 12)
	in := ""
	if len(months) < 12 {
		if len(months) > 4 {
			return "", false
		}
		var names []string
		for _, m := range months {
			names = append(names, time.Month(m+1).String())
		}
		in = and(names)
	}
	dates, dated := c.dateWords()
	weekdays, weekly := c.weekdayWords()
	if !c.anyDay && !c.anyWeekday && (dates == "" || weekdays == "") {
		dates, weekdays = "", "" // one of the two is enough, and one is each day
	}
	switch {
	case !dated || !weekly || dates != "" && weekdays != "":
		return "", false
	case dates == "" && weekdays == "" && in == "":
		return "", true
	case dates == "" && weekdays == "":
		return "every day in " + in, true
	case strings.Contains(dates+weekdays, " of"):
		if in == "" {
			in = "the month"
		}
		return dates + weekdays + " " + in, true
	case in != "":
		return weekdays + " in " + in, true
	}
	return weekdays, true
}

// dateWords ends with "of", for the month.
func (c *cron) dateWords() (text string, ok bool) {
	if c.day == everyDay && c.fromEnd == 0 && !c.lastWorkday && c.workday == 0 {
		return "", true
	}
	var names []string
	for _, d := range set(c.day>>1, 31) {
		names = append(names, "the "+ordinal(d+1))
	}
	for _, d := range set(c.workday>>1, 31) {
		names = append(names, "the workday nearest to the "+ordinal(d+1))
	}
	for _, k := range set(c.fromEnd, 31) {
		switch k {
		case 0:
			names = append(names, "the last day")
		case 1:
			names = append(names, "the last day but one")
		default:
			names = append(names, fmt.Sprintf("the last day but %d", k))
		}
	}
	if c.lastWorkday {
		names = append(names, "the last workday")
	}
	return "on " + and(names) + " of", len(names) <= 4
}

func (c *cron) weekdayWords() (text string, ok bool) {
	monthly := c.lastOf != 0 || c.nth != [6]uint8{}
	switch {
	case c.weekday == everyWeekday && !monthly:
		return "", true
	case c.weekday == 0b0111110 && !monthly:
		return "on weekdays", true
	case c.weekday == 0b1000001 && !monthly:
		return "on weekends", true
	case c.weekday != 0 && monthly:
		return "", false
	}
	var names []string
	for _, d := range set(c.weekday, 7) {
		names = append(names, time.Weekday(d).String()+"s")
	}
	if !monthly {
		return "on " + and(names), true
	}
	for which, days := range append(c.nth[1:], c.lastOf) {
		for _, d := range set(days, 7) {
			names = append(names, "the "+[...]string{"first", "second", "third", "fourth", "fifth", "last"}[which]+" "+time.Weekday(d).String())
		}
	}
	return "on " + and(names) + " of", len(names) <= 4
}

// set lists the bits that are set.
func set[T uint8 | uint16 | uint32 | uint64](b T, n int) (list []int) {
	for rest := uint64(b) & (1<<n - 1); rest != 0; rest &= rest - 1 {
		list = append(list, bits.TrailingZeros64(rest))
	}
	return list
}

// stepOf is n when a list is each n-th number of a field from 0 on, evenly also from
// the last to the first; 0 for other lists.
func stepOf(list []int, size int) int {
	step := size / len(list)
	for i, n := range list {
		if n != i*step || size%len(list) != 0 {
			return 0
		}
	}
	return step
}

func every(n int, unit string) string {
	if n == 1 {
		return "every " + unit
	}
	return fmt.Sprintf("every %d %ss", n, unit)
}

func ordinal(n int) string {
	suffix := "th"
	if n < 11 || n > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, suffix)
}

func and(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
