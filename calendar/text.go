package calendar

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// Units of intervals, as they have been since 2014: a month is 30.4375 days, a
// quarter 13 weeks, a year 12 months.
const (
	Day     = 24 * time.Hour
	Week    = 7 * Day
	Month   = 2629800 * time.Second
	Quarter = 13 * Week
	Year    = 12 * Month
)

func units() map[string]time.Duration {
	return map[string]time.Duration{
		"ns": time.Nanosecond, "us": time.Microsecond, "µs": time.Microsecond, "ms": time.Millisecond,
		"s": time.Second, "m": time.Minute, "h": time.Hour, "d": Day, "w": Week,
	}
}

// ParseDuration reads a duration as people write it: 90s, 1h30m, 1.5d, 2w; a bare
// number is seconds. Negative durations are refused.
func ParseDuration(text string) (time.Duration, error) {
	rest, about := strings.TrimSpace(text), 0.0
	var total time.Duration // each part rounded by itself: a sum of floats would lose nanoseconds
	fail := func(why string) (time.Duration, error) {
		return 0, fmt.Errorf("duration %q: %w: %s; write it like 90s, 1h30m, 1.5d or 2w", text, jobs.ErrInvalid, why)
	}
	if rest == "" {
		return fail("it is empty")
	}
	if strings.HasPrefix(rest, "-") {
		return fail("it is negative")
	}
	for rest != "" {
		cut := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		digits := rest
		if cut >= 0 {
			digits = rest[:cut]
		}
		n, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			return fail("a number is missing at " + strconv.Quote(rest))
		}
		unit := time.Second
		if cut < 0 {
			if digits != strings.TrimSpace(text) {
				return fail("the unit of the last number is missing")
			}
			rest = ""
		} else {
			rest = rest[cut:]
			end := strings.IndexAny(rest, "0123456789.")
			if end < 0 {
				end = len(rest)
			}
			known := false
			if unit, known = units()[rest[:end]]; !known {
				return fail("there is no unit " + strconv.Quote(rest[:end]))
			}
			rest = rest[end:]
		}
		if about += n * float64(unit); about > math.MaxInt64/2 {
			return fail("it is longer than 146 years")
		}
		total += time.Duration(math.Round(n * float64(unit)))
	}
	return total, nil
}

// FormatDuration writes a duration so that ParseDuration reads it back.
func FormatDuration(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"w", Week}, {"d", Day}, {"h", time.Hour}, {"m", time.Minute}} {
		// Weeks only when nothing is left: 10d reads better than 1w3d.
		if n := d / unit.size; n > 0 && (unit.size != Week || d%Week == 0) {
			fmt.Fprintf(&b, "%d%s", n, unit.name)
			d -= n * unit.size
		}
	}
	if d > 0 {
		b.WriteString(strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s")
	}
	return b.String()
}

// ParseTime reads a time as people write it: RFC 3339, Unix seconds, now, or
// +DURATION from now.
func ParseTime(text string, now time.Time) (time.Time, error) {
	if text == "now" {
		return now, nil
	}
	if after, ok := strings.CutPrefix(text, "+"); ok {
		d, err := ParseDuration(after)
		return now.Add(d), err
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	if s, err := strconv.ParseFloat(text, 64); err == nil && s >= 0 && s < 2.5e11 {
		return time.UnixMicro(int64(math.Round(s * 1e6))).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("time %q: %w: write it as 2026-01-31T12:00:00Z, as Unix seconds, as +90s or as now", text, jobs.ErrInvalid)
}

// FormatTime writes a time for machines: RFC 3339 in UTC with milliseconds; the
// zero time is empty.
func FormatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}
