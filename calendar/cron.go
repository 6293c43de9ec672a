package calendar

import (
	"math/bits"
	"time"
)

// cron is a cron expression: sets of numbers, as bits, and the days that need the
// month to be known.
type cron struct {
	second, minute uint64
	hour           uint32
	day            uint32 // bits 1 to 31
	month          uint16 // bits 1 to 12
	weekday        uint8  // bits 0 to 6

	// A day has to match both fields, unless both of them are restricted: then one.
	// A field that begins with * or ? counts as unrestricted, whatever follows.
	anyDay, anyWeekday bool

	fromEnd     uint32   // bit k: L-k, k days before the last
	lastWorkday bool     // LW
	workday     uint32   // bit k: kW, the workday nearest to day k
	lastOf      uint8    // bit k: kL, the last such weekday
	nth         [6]uint8 // nth[2] bit 5: FRI#2
}

const (
	everyHour    = 1<<24 - 1
	everyDay     = 1<<32 - 2
	everyWeekday = 1<<7 - 1
	lastYear     = 9999
	cycle        = 400 // years after which dates fall on the same weekdays again
)

// hourly tells whether no hour is left out. Such a schedule runs by elapsed time:
// at each instant at which clocks show what matches.
func (c *cron) hourly() bool { return c.hour == everyHour }

// next is the first wall time after one that matches, false when there is none.
func (c *cron) next(wall int64) (int64, bool) {
	wall++
	y, m, d := date(wall)
	first := y
	fits := c.days(y, m)
	if fits>>d&1 == 1 {
		midnight := unix(y, m, d)
		if s, ok := c.clock(int(wall - midnight)); ok {
			return midnight + s, true
		}
	}
	for d++; ; d = 1 {
		if rest := fits >> d; d < 32 && rest != 0 {
			s, _ := c.clock(0)
			return unix(y, m, d+bits.TrailingZeros32(rest)) + s, true
		}
		if m++; m > 12 {
			y, m = y+1, 1
		}
		if y > lastYear || y > first+cycle {
			return 0, false
		}
		fits = c.days(y, m)
	}
}

// clock is the first matching second of a day that is not before the one given.
func (c *cron) clock(from int) (int64, bool) {
	h, m, s := from/3600, from/60%60, from%60
	if c.hour>>h&1 == 1 {
		if c.minute>>m&1 == 1 && c.second>>s != 0 {
			return seconds(h, m, s+bits.TrailingZeros64(c.second>>s)), true
		}
		if m++; c.minute>>m != 0 {
			return seconds(h, m+bits.TrailingZeros64(c.minute>>m), bits.TrailingZeros64(c.second)), true
		}
	}
	if h++; c.hour>>h == 0 {
		return 0, false
	}
	return seconds(h+bits.TrailingZeros32(c.hour>>h), bits.TrailingZeros64(c.minute), bits.TrailingZeros64(c.second)), true
}

func seconds(h, m, s int) int64 { return int64(h*3600 + m*60 + s) }

// days are the days of a month that match, as bits.
func (c *cron) days(year, month int) uint32 {
	if c.month>>month&1 == 0 {
		return 0
	}
	n := daysIn(year, month)
	all := uint32(1)<<(n+1) - 2
	if c.anyDay && c.anyWeekday && c.day == everyDay && c.weekday == everyWeekday {
		return all
	}
	first := int((unix(year, month, 1)/day%7 + 11) % 7) // the weekday of the 1st; 1970 began on a Thursday
	weekday := func(d int) int { return (first + d - 1) % 7 }
	dates := c.day
	for k := range n {
		if c.fromEnd>>k&1 == 1 {
			dates |= 1 << (n - k)
		}
		if c.workday>>(k+1)&1 == 1 {
			dates |= 1 << workdayNear(k+1, weekday(k+1), n)
		}
	}
	if c.lastWorkday {
		dates |= 1 << workdayNear(n, weekday(n), n)
	}
	var weekdays uint32
	for d := 1; d <= n; d++ {
		bit := uint8(1) << weekday(d)
		if (c.weekday|c.nth[(d+6)/7])&bit != 0 || c.lastOf&bit != 0 && d+7 > n {
			weekdays |= 1 << d
		}
	}
	if c.anyDay || c.anyWeekday {
		return dates & weekdays & all
	}
	return (dates | weekdays) & all
}

// workdayNear is the day from Monday to Friday that is nearest to a day of a month
// of n days, in the same month.
func workdayNear(d, weekday, n int) int {
	switch {
	case weekday == 6 && d == 1:
		return 3
	case weekday == 6:
		return d - 1
	case weekday == 0 && d == n:
		return n - 2
	case weekday == 0:
		return d + 1
	}
	return d
}

func date(wall int64) (y, m, d int) {
	year, month, dom := time.Unix(wall, 0).UTC().Date()
	return year, int(month), dom
}

func unix(y, m, d int) int64 { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Unix() }

func daysIn(y, m int) int {
	if m == 2 && y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		return 29
	}
	return [...]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m]
}
