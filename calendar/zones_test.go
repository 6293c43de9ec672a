package calendar_test

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // so that the tests need no database on the host

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// zoneNames are all that the IANA database has.
//
//go:embed testdata/zones.txt
var zoneNames string

// truth is what clocks of a zone showed in each minute of a year, or of its first
// days, found by looking at them minute by minute. Wall minutes count from the
// beginning of the year.
type truth struct {
	loc         *time.Location
	year, days  int
	first, last []int64 // wall minute -> when it was shown; in a gap the end of the gap
	shown       []bool
	byInstant   []wallMinute // all of the year and a day around, in order
	changed     bool         // some minute was not shown, or twice
}

type wallMinute struct {
	at   int64
	wall int
}

func look(loc *time.Location, year, days int) *truth {
	begin := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	n := days * 24 * 60
	tr := &truth{loc: loc, year: year, days: days, first: make([]int64, n), last: make([]int64, n), shown: make([]bool, n)}
	before := -1 << 30
	for at := begin.Unix() - 86400; at < begin.Unix()+int64(n)*60+86400; at += 60 {
		_, ahead := time.Unix(at, 0).In(loc).Zone() // which is what Date and Clock add
		wall := int((at + int64(ahead) - begin.Unix()) / 60)
		for gap := max(0, before+1); before != -1<<30 && gap < wall && gap < n; gap++ {
			if tr.first[gap] == 0 {
				tr.first[gap], tr.last[gap], tr.changed = at, at, true
			}
		}
		if wall >= 0 && wall < n {
			tr.changed = tr.changed || tr.shown[wall]
			if !tr.shown[wall] {
				tr.first[wall], tr.shown[wall] = at, true
			}
			tr.last[wall] = at
		}
		tr.byInstant = append(tr.byInstant, wallMinute{at, wall})
		before = wall
	}
	return tr
}

// signature tells zones apart that had other clocks at any hour of a year.
func signature(loc *time.Location, year int) string {
	var b strings.Builder
	offset := -1
	for at := time.Date(year-1, 12, 30, 0, 0, 0, 0, time.UTC); at.Year() <= year || at.YearDay() < 4; at = at.Add(time.Hour) {
		if _, ahead := at.In(loc).Zone(); ahead != offset {
			offset = ahead
			fmt.Fprintf(&b, "%d:%d ", at.Unix(), ahead)
		}
	}
	return b.String()
}

// kinds are the zones by what their clocks show in a year.
func kinds(t *testing.T, year int) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, name := range strings.Fields(zoneNames) {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		kind := signature(loc, year)
		found[kind] = append(found[kind], name)
	}
	return found
}

// within are the times of a rule in the days of the truth, as clocks there show them.
func (tr *truth) within(t *testing.T, s jobs.Schedule) (got []int64) {
	t.Helper()
	r := compile(t, s)
	begin := time.Date(tr.year, 1, 1, 0, 0, 0, 0, time.UTC)
	got = make([]int64, 0, 1000)
	// Clocks are no more than a day away from UTC.
	at, early, late := begin.Add(-24*time.Hour), begin.Add(24*time.Hour), begin.AddDate(0, 0, tr.days-1)
	for {
		next, ok := r.Next(at)
		if !ok || !next.After(at) {
			t.Fatalf("%s in %s: after %v comes %v, %v", calendar.Words(s), s.Timezone, at, next, ok)
		}
		at = next
		if next.After(late) && (next.Year() > tr.year || next.Year() == tr.year && next.YearDay() > tr.days) {
			return got
		}
		if next.After(early) || next.Year() == tr.year {
			got = append(got, next.Unix())
		}
	}
}

// years are those whose clocks are looked at: the present one, and one behind the
// tables of the database, where its rules alone count, with a day more.
var years = []int{2026, 2040}

func TestTimesAreThoseThatClocksShowInAllZones(t *testing.T) {
	t.Parallel()
	for _, year := range years {
		zones := 0
		for kind, names := range kinds(t, year) {
			zones += len(names)
			if (testing.Short() || underRace) && !strings.HasPrefix(names[0], "Au") && !strings.HasPrefix(names[0], "Eu") {
				continue
			}
			days := time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC).YearDay()
			if strings.Count(kind, " ") == 1 {
				days = 31 // clocks were not changed: they go on like this
			}
			t.Run(fmt.Sprint(names[0], " ", year), func(t *testing.T) {
				t.Parallel()
				loc, _ := time.LoadLocation(names[0])
				tr := look(loc, year, days)
				for h := 0; h < 24; h += 1 + year/2040 {
					for _, m := range []int{0, 30}[year/2040:] {
						tr.eachDayOnce(t, names, h, m)
					}
				}
				tr.noHourLeftOut(t, names[0])
			})
		}
		if zones < 590 {
			t.Errorf("%d zones were looked at in %d", zones, year)
		}
	}
}

// eachDayOnce compares a daily job with the truth, under each rule for gaps and folds.
func (tr *truth) eachDayOnce(t *testing.T, names []string, h, m int) {
	t.Helper()
	gaps, folds := []jobs.Gap{jobs.Shift, jobs.SkipTime}, []jobs.Fold{jobs.First, jobs.Second, jobs.Both}
	if !tr.changed {
		gaps, folds = gaps[:1], folds[:1]
	}
	for _, gap := range gaps {
		for _, fold := range folds {
			var want []int64
			for wall := h*60 + m; wall < len(tr.first); wall += 24 * 60 {
				switch {
				case !tr.shown[wall] && gap == jobs.SkipTime:
				case tr.first[wall] == tr.last[wall] || fold == jobs.First:
					want = append(want, tr.first[wall])
				case fold == jobs.Both:
					want = append(want, tr.first[wall], tr.last[wall])
				default:
					want = append(want, tr.last[wall])
				}
			}
			s := jobs.Schedule{Cron: fmt.Sprintf("%d %d * * *", m, h), Gap: gap, Fold: fold}
			for i, name := range names {
				if i > 0 && (gap != jobs.Shift || fold != jobs.First || m != 30 || h%8 != 2) {
					break // the others of the kind, by one rule and at 02:30, 10:30 and 18:30
				}
				s.Timezone = name
				same(t, s, tr.within(t, s), want)
			}
			if gap == jobs.Shift && fold != jobs.Both && len(want) != len(tr.first)/24/60 {
				t.Errorf("%s %s: %d times in %d days", s.Cron, names[0], len(want), len(tr.first)/24/60)
			}
		}
	}
}

// same compares times, and tells the first that differs.
func same(t *testing.T, s jobs.Schedule, got, want []int64) {
	t.Helper()
	loc, _ := time.LoadLocation(s.Timezone)
	show := func(list []int64, i int) string {
		if i >= len(list) {
			return "none"
		}
		return time.Unix(list[i], 0).In(loc).Format("2006-01-02 15:04:05 -0700")
	}
	if slices.Equal(got, want) {
		return
	}
	for i := range max(len(got), len(want)) {
		if a, b := show(got, i), show(want, i); a != b {
			t.Errorf("%q in %s, gap %s, fold %s: time %d is %s, want %s", s.Cron, s.Timezone, s.Gap, s.Fold, i, a, b)
			return
		}
	}
}

// noHourLeftOut compares jobs that leave out no hour with the truth.
func (tr *truth) noHourLeftOut(t *testing.T, name string) {
	t.Helper()
	for _, hourly := range []struct {
		expr        string
		step, start int
	}{{"30 0-23 * * *", 60, 30}, {"@hourly", 60, 0}, {"*/5 */1 * * *", 5, 0}}[tr.year/2040:] {
		var want []int64
		for _, m := range tr.byInstant {
			if m.wall >= 0 && m.wall < len(tr.first) && m.wall%hourly.step == hourly.start {
				want = append(want, m.at)
			}
		}
		s := jobs.Schedule{Cron: hourly.expr, Timezone: name}
		got := tr.within(t, s)
		same(t, s, got, want)
		tr.noLargeGap(t, got, int64(hourly.step)*60)
	}
}

// noLargeGap looks that between two times is no more than the interval and by how
// much clocks were changed.
func (tr *truth) noLargeGap(t *testing.T, got []int64, interval int64) {
	t.Helper()
	for i := 1; i < len(got); i++ {
		if got[i]-got[i-1] <= interval {
			continue
		}
		_, a := time.Unix(got[i-1], 0).In(tr.loc).Zone()
		_, b := time.Unix(got[i], 0).In(tr.loc).Zone()
		if shift := max(a-b, b-a); got[i]-got[i-1] > interval+int64(shift) {
			t.Errorf("%s: %d s without a time, shift %d", tr.loc, got[i]-got[i-1], shift)
		}
	}
}
