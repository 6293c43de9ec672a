package calendar_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// plainCron is a cron expression as lists of numbers, which a minute can be compared
// with without any parser.
type plainCron struct{ minute, hour, dom, month, dow []int }

func (c plainCron) String() string {
	write := func(list []int) string {
		if list == nil {
			return "*"
		}
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
	}
	return strings.Join([]string{write(c.minute), write(c.hour), write(c.dom), write(c.month), write(c.dow)}, " ")
}

func has(list []int, n int) bool { return list == nil || slices.Contains(list, n) }

// fits tells whether a wall time, written as one in UTC, is one of the expression.
func (c plainCron) fits(wall time.Time) bool {
	dom, dow := has(c.dom, wall.Day()), has(c.dow, int(wall.Weekday()))
	days := dom && dow
	if c.dom != nil && c.dow != nil {
		days = dom || dow
	}
	return days && has(c.minute, wall.Minute()) && has(c.hour, wall.Hour()) && has(c.month, int(wall.Month()))
}

func drawCron(t *rapid.T) plainCron {
	list := func(name string, first, last, most int) []int {
		if rapid.IntRange(0, 2).Draw(t, name+" any") == 0 {
			return nil
		}
		return rapid.SliceOfNDistinct(rapid.IntRange(first, last), 1, most, rapid.ID[int]).Draw(t, name)
	}
	return plainCron{
		list("minute", 0, 59, 4), list("hour", 0, 23, 6), list("dom", 1, 31, 8), list("month", 1, 12, 8), list("dow", 0, 6, 4),
	}
}

// expected are all times of an expression in a stretch of a few days, found by going
// through its minutes: what clocks show, and what they left out.
func expected(c plainCron, s jobs.Schedule, loc *time.Location, from time.Time, hours int) (want []int64) {
	shown := map[time.Time]int{}
	last := map[time.Time]int64{}
	wallOf := func(at time.Time) time.Time {
		_, ahead := at.In(loc).Zone()
		return at.UTC().Add(time.Duration(ahead) * time.Second)
	}
	begin, end := from.Add(-48*time.Hour), from.Add(time.Duration(hours+48)*time.Hour)
	for at := begin; at.Before(end); at = at.Add(time.Minute) {
		last[wallOf(at)] = at.Unix()
	}
	for at := begin.Add(time.Minute); at.Before(end); at = at.Add(time.Minute) {
		wall := wallOf(at)
		shown[wall]++
		take := c.fits(wall) && (c.hour == nil || s.Fold == jobs.Both ||
			s.Fold == jobs.Second && last[wall] == at.Unix() || s.Fold != jobs.Second && shown[wall] == 1)
		if c.hour != nil && s.Gap != jobs.SkipTime { // one of those that have just been left out
			for gap := wallOf(at.Add(-time.Minute)).Add(time.Minute); gap.Before(wall) && !take; gap = gap.Add(time.Minute) {
				take = c.fits(gap)
			}
		}
		if take && at.After(from) {
			want = append(want, at.Unix())
		}
	}
	return want
}

func TestNextIsWhatGoingThroughTheMinutesFinds(t *testing.T) {
	t.Parallel()
	zones := []string{
		"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "America/Santiago",
		"Africa/Cairo", "Antarctica/Troll", "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Apia", "America/Scoresbysund",
	}
	rapid.Check(t, func(t *rapid.T) {
		c := drawCron(t)
		s := jobs.Schedule{
			Cron: c.String(), Timezone: rapid.SampledFrom(zones).Draw(t, "zone"),
			Gap:  rapid.SampledFrom([]jobs.Gap{"", jobs.Shift, jobs.SkipTime}).Draw(t, "gap"),
			Fold: rapid.SampledFrom([]jobs.Fold{"", jobs.First, jobs.Second, jobs.Both}).Draw(t, "fold"),
		}
		r, err := calendar.Compile("a", s)
		if err != nil {
			t.Skip(err) // never fires
		}
		// Somewhere, or where clocks are changed.
		from := time.Unix(rapid.Int64Range(1.2e9, 2.6e9).Draw(t, "from"), 0)
		if _, to := from.In(r.Zone()).ZoneBounds(); !to.IsZero() && rapid.Bool().Draw(t, "at a change") {
			from = to.Add(time.Duration(rapid.IntRange(-26*60, 26*60).Draw(t, "around")) * time.Minute)
		}
		from = from.Truncate(time.Minute)
		const hours = 40
		want := expected(c, s, r.Zone(), from, hours)
		limit := from.Add(hours * time.Hour)
		at := from
		for i := 0; ; i++ {
			next, ok := r.Next(at)
			if ok && !next.After(at) {
				t.Fatalf("%v, then %v", at, next)
			}
			past := !ok || next.After(limit)
			if wanted := i < len(want) && want[i] <= limit.Unix(); past && !wanted {
				return
			} else if past || !wanted || next.Unix() != want[i] {
				t.Fatalf("%s in %s, gap %s, fold %s, from %v: time %d is %v, %v, want %v",
					s.Cron, s.Timezone, s.Gap, s.Fold, from, i, next, ok, time.Unix(append(want, 0)[i], 0).In(r.Zone()))
			}
			at = next
		}
	})
}

// drawSchedule is any schedule that a planned job may have; few never fire.
func drawSchedule(t *rapid.T) jobs.Schedule {
	s := jobs.Schedule{
		Timezone: rapid.SampledFrom(append(strings.Fields(zoneNames), "")).Draw(t, "zone"),
		Gap:      rapid.SampledFrom([]jobs.Gap{"", jobs.Shift, jobs.SkipTime}).Draw(t, "gap"),
		Fold:     rapid.SampledFrom([]jobs.Fold{"", jobs.First, jobs.Second, jobs.Both}).Draw(t, "fold"),
		Jitter:   time.Duration(rapid.SampledFrom([]int{0, 0, 1, 90, 3600, 86400}).Draw(t, "jitter")) * time.Second,
		Except:   rapid.SliceOfN(rapid.SampledFrom([]string{"sat", "sun..mon", "12-24..01-06", "2026-01-01..2027-06-30", "02-29", "10-25"}), 0, 3).Draw(t, "except"),
		Interval: time.Duration(rapid.SampledFrom([]int{0, 0, 1, 61, 86400}).Draw(t, "interval")) * time.Second,
	}
	if rapid.Bool().Draw(t, "started") {
		s.Start = time.UnixMilli(rapid.Int64Range(0, 2e12).Draw(t, "start"))
	}
	words := []string{"@hourly", "@every 7m", "H H * * *", "*/7 * * * * *", "0 0 L * 5L", "0 12 15W * FRI#2", "~ 2 * * *", "@reboot"}
	for range rapid.IntRange(0, 3).Draw(t, "also") {
		if rapid.Bool().Draw(t, "word") {
			s.Also = append(s.Also, rapid.SampledFrom(words).Draw(t, "expression"))
		} else {
			s.Also = append(s.Also, drawCron(t).String())
		}
	}
	return s
}

func TestWhatHoldsForEverySchedule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t)
		id := rapid.SampledFrom([]string{"a", "b", "backup"}).Draw(t, "id")
		r, err := calendar.Compile(id, s)
		if err != nil {
			t.Skip(err)
		}
		at := time.UnixMilli(rapid.Int64Range(0, 2.5e12).Draw(t, "at"))
		for range 50 {
			next, ok := r.Next(at)
			if !ok {
				return
			}
			switch {
			case !next.After(at):
				t.Fatalf("%+v: %v, then %v", s, at, next)
			case next.Nanosecond() != 0 || next.Before(s.Start):
				t.Fatalf("%+v: %v is no whole second, or before the start", s, next)
			}
			if again, _ := r.Next(next.Add(-1)); !again.Equal(next) {
				t.Fatalf("%+v: just before %v the next one is %v", s, next, again)
			}
			if between := at.Add(next.Sub(at) / 2); between.After(at) {
				if again, _ := r.Next(between); !again.Equal(next) {
					t.Fatalf("%+v: from %v on the next one is %v, from %v on %v", s, at, next, between, again)
				}
			}
			at = next
		}
	})
}

// A schedule of several parts has the times of all of them, and of none else.
func TestAScheduleIsTheSumOfItsParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t)
		s.Except, s.Jitter = nil, 0
		whole, err := calendar.Compile("a", s)
		if err != nil {
			t.Skip(err)
		}
		var parts []*calendar.Rule
		for i := range s.Also {
			part := s
			part.Interval, part.Also = 0, s.Also[i:i+1]
			parts = append(parts, compile(t, part))
		}
		if s.Interval > 0 {
			part := s
			part.Also = nil
			parts = append(parts, compile(t, part))
		}
		at := time.Unix(rapid.Int64Range(0, 2.5e9).Draw(t, "at"), 0)
		for range 20 {
			var want time.Time
			for _, part := range parts {
				if next, ok := part.Next(at); ok && (want.IsZero() || next.Before(want)) {
					want = next
				}
			}
			got, ok := whole.Next(at)
			if ok == want.IsZero() && len(parts) > 0 || !got.Equal(want) && len(parts) > 0 {
				t.Fatalf("%+v: after %v comes %v, %v, want %v", s, at, got, ok, want)
			}
			if !ok {
				return
			}
			at = got
		}
	})
}

// Jitter moves each time by the same, and exceptions take out what is on their days
// before that.
func TestJitterAndExceptionsByThemselves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t)
		s.Start = time.Time{}
		r, err := calendar.Compile("a", s)
		if err != nil || s.Interval == 0 && len(s.Also) == 0 {
			t.Skip(err)
		}
		plain := s
		plain.Jitter, plain.Except = 0, nil
		bare := compile(t, plain)
		daily := compile(t, jobs.Schedule{Cron: "@daily", Jitter: s.Jitter})
		first, _ := daily.Next(at(-1))
		offset := time.Duration(first.Unix()) * time.Second // of this id and jitter
		at := time.Unix(rapid.Int64Range(1.7e9, 1.9e9).Draw(t, "at"), 0)
		for range 20 {
			want, found := bare.Next(at.Add(-offset))
			for n := 0; found && excepted(s.Except, want); n++ {
				if n == 5000 {
					t.Skip("exceptions take out too many to go through them")
				}
				want, found = bare.Next(want)
			}
			got, ok := r.Next(at)
			if ok != found || ok && !got.Equal(want.Add(offset)) {
				t.Fatalf("%+v: after %v comes %v, %v, want %v + %v, %v", s, at, got, ok, want, offset, found)
			}
			if !ok {
				return
			}
			at = got
		}
	})
}

// excepted knows the exceptions that are drawn.
func excepted(list []string, at time.Time) bool {
	day := at.Format("01-02")
	for _, text := range list {
		switch {
		case text == "sat" && at.Weekday() == time.Saturday,
			text == "sun..mon" && at.Weekday() <= time.Monday,
			text == "12-24..01-06" && (day >= "12-24" || day <= "01-06"),
			text == "2026-01-01..2027-06-30" && at.Format(time.DateOnly) >= "2026-01-01" && at.Format(time.DateOnly) <= "2027-06-30",
			text == day:
			return true
		}
	}
	return false
}
