package calendar_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "90": 90 * time.Second, " 90 ": 90 * time.Second, "0": 0, "0.5": 500 * time.Millisecond,
		"1h30m": 90 * time.Minute, "1.5d": 36 * time.Hour, "2w": 14 * calendar.Day, "250ms": 250 * time.Millisecond,
		"3us": 3 * time.Microsecond, "3µs": 3 * time.Microsecond, "7ns": 7, ".5m": 30 * time.Second, "5.s": 5 * time.Second,
		"1w1d1h1m1s1ms":    calendar.Week + 25*time.Hour + time.Minute + time.Second + time.Millisecond,
		"1m1h":             61 * time.Minute, // any order
		"104d0.000000001s": 104*calendar.Day + 1, "40000d0.000000001s": 40000*calendar.Day + 1,
	} {
		if got, err := calendar.ParseDuration(text); err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestParseDurationRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "it is empty", "  ": "it is empty", "-5s": "it is negative", "+5s": "a number is missing", "s": "a number is missing",
		"1.2.3s": "a number is missing", ".": "a number is missing", "1h30": "the unit of the last number is missing",
		"5x": `there is no unit "x"`, "5M": `there is no unit "M"`, "5 m": `there is no unit " m"`, "1e3": `there is no unit "e"`,
		"1h 30m": `there is no unit "h "`, "inf": "a number is missing", "99999w": "longer than 146 years",
		"100000000000000000000000000s": "longer than 146 years", "76y": `there is no unit "y"`,
	} {
		got, err := calendar.ParseDuration(text)
		if !errors.Is(err, jobs.ErrInvalid) || !strings.Contains(err.Error(), want) || got != 0 {
			t.Errorf("%q: got %v, %v, want 0 and ErrInvalid with %q", text, got, err, want)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"0s": 0, "1s": time.Second, "1m30s": 90 * time.Second, "1h": time.Hour, "1d12h": 36 * time.Hour, "2w": 14 * calendar.Day,
		"10d": 10 * calendar.Day, "8d": 8 * calendar.Day, "0.25s": 250 * time.Millisecond, "0.000000001s": 1,
		"1d1h1m1.5s": 25*time.Hour + 61*time.Second + 500*time.Millisecond,
	} {
		if got := calendar.FormatDuration(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func FuzzDurationsReadBack(f *testing.F) {
	for _, d := range []int64{
		0, 1, 999, 1e6, 1e9, 1e9 + 1, 59999999999, 60e9, 86400e9, 7 * 86400e9, 8 * 86400e9, 2629800e9,
		1<<53 + 1, 1<<62 - 1, 12345678901234567,
	} {
		f.Add(d)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		want := time.Duration(n)
		if want < 0 || want >= 1<<62 {
			return // what nobody can write
		}
		text := calendar.FormatDuration(want)
		if got, err := calendar.ParseDuration(text); err != nil || got != want {
			t.Errorf("%d is written %q, which is read as %d, %v", want, text, got, err)
		}
	})
}

func FuzzParseDurationNeverAnswersNonsense(f *testing.F) {
	for _, text := range []string{"90s", "1h30m", "1.5d", "-1", "1e9", "99999w", "0.0000000001s", "1µs", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := calendar.ParseDuration(text)
		if d < 0 || err != nil && (d != 0 || !errors.Is(err, jobs.ErrInvalid)) {
			t.Errorf("%q: got %v, %v", text, d, err)
		}
	})
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"now": now, "+90s": now.Add(90 * time.Second), "+1h30m": now.Add(90 * time.Minute), "+60": now.Add(time.Minute),
		"2026-01-31T12:00:00Z": now, "2026-01-31T12:00Z": now, "2026-01-31T13:00:00+01:00": now, "2026-01-31T13:00:00+0100": now,
		"2026-01-31T12:00:00.123456789Z": now.Add(123456789), "0": time.Unix(0, 0), "1769860800": now, "1769860800.5": now.Add(500 * time.Millisecond),
	} {
		if got, err := calendar.ParseTime(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestParseTimeRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "tomorrow", "-5", "+", "+x", "+inf", "inf", "NaN", "1e12", "2026-01-31", "12:00", "2026-02-30T00:00:00Z", "2026-01-31T12:00:00",
	} {
		if got, err := calendar.ParseTime(text, time.Unix(1000, 0)); !errors.Is(err, jobs.ErrInvalid) {
			t.Errorf("%q: got %v, %v, want ErrInvalid", text, got, err)
		}
	}
}

func TestFormatTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 31, 13, 0, 0, 123456789, time.FixedZone("", 3600))
	if got, want := calendar.FormatTime(at), "2026-01-31T12:00:00.123Z"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := calendar.FormatTime(time.Time{}); got != "" {
		t.Errorf("the zero time: got %q, want nothing", got)
	}
}
