package calendar_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// at is a Unix time in seconds, which may have a fraction.
func at(seconds float64) time.Time { return time.UnixMicro(int64(math.Round(seconds * 1e6))).UTC() }

func seconds(s float64) time.Duration { return time.Duration(math.Round(s * 1e9)) }

// decaying is a schedule that starts at 0.
func decaying(interval, lambda, step float64) jobs.Schedule {
	return jobs.Schedule{Interval: seconds(interval), Start: at(0), Lambda: lambda, Step: seconds(step)}
}

// bounded is a schedule with a shortest and a longest interval.
func bounded(s jobs.Schedule, least, most float64) jobs.Schedule {
	s.Min, s.Max = seconds(least), seconds(most)
	return s
}

func TestSpan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		s    jobs.Schedule
		at   float64
		want time.Duration
	}{
		{"once", jobs.Schedule{}, 5, 0},
		{"a negative interval", jobs.Schedule{Interval: -5}, 5, 0},
		{"without decay", jobs.Schedule{Interval: time.Minute}, 1e9, time.Minute},
		{"lambda 1 is no decay", decaying(60, 1, 10), 1e9, time.Minute},
		{"a negative lambda is none", decaying(60, -2, 10), 1e9, time.Minute},
		{"before the first step", decaying(60, 2, 10), 9.9, time.Minute},
		{"after one step", decaying(60, 2, 10), 10, 2 * time.Minute},
		{"after three", decaying(60, 2, 10), 35, 8 * time.Minute},
		{"a step is a day if absent", decaying(60, 2, 0), 2 * 86400, 4 * time.Minute},
		{"before the start it is shorter", decaying(60, 2, 10), -10, 30 * time.Second},
		{"a second at least", decaying(60, 0.5, 10), 1e4, time.Second},
		{"or the interval, if it is shorter", decaying(0.25, 0.5, 10), 1e4, 250 * time.Millisecond},
		{"a hundred years at most", decaying(60, 2, 1), 1e6, 100 * 365 * 24 * time.Hour},
		{"not under its min", bounded(decaying(60, 0.5, 10), 5, 0), 1e4, 5 * time.Second},
		{"not over its max", bounded(decaying(60, 2, 10), 0, 300), 1e4, 5 * time.Minute},
		{"between them as it is", bounded(decaying(60, 2, 10), 5, 300), 10, 2 * time.Minute},
		{"without a start it does not age", jobs.Schedule{Interval: time.Minute, Lambda: 2, Step: 1}, 1e9, time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := calendar.Span(tt.s, at(tt.at)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAfter(t *testing.T) {
	t.Parallel()
	minutely := jobs.Schedule{Interval: time.Minute}
	until := func(stop float64) jobs.Schedule { return jobs.Schedule{Interval: time.Minute, Stop: at(stop)} }
	tests := []struct {
		name           string
		s              jobs.Schedule
		due, now, want float64
		ended          bool
	}{
		{"in time", minutely, 1000, 1000, 1060, false},
		{"late by less than an interval", minutely, 1000, 1059, 1060, false},
		{"late by exactly one", minutely, 1000, 1060, 1120, false},
		{"late by many", minutely, 1000, 1e9 + 0.5, 1000 + 60*(math.Floor((1e9-1000)/60)+1), false},
		{"not due yet: the one behind", minutely, 1000, 900, 1060, false},
		{"a fraction stays on the grid", jobs.Schedule{Interval: 500 * time.Millisecond}, 10, 10, 10.5, false},
		{"at stop", until(1060), 1000, 1000, 1060, false},
		{"behind stop", until(1059.9), 1000, 1000, 0, true},
		{"once", jobs.Schedule{}, 1000, 1000, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := calendar.After(tt.s, at(tt.due), at(tt.now))
			if ok == tt.ended || ok && !got.Equal(at(tt.want)) {
				t.Errorf("got %v, %v, want %v, ended %v", got, ok, at(tt.want), tt.ended)
			}
		})
	}
}

// follow answers what JNEXT would at each of the times, from start 0 on: a time
// that is not due stays.
func follow(s jobs.Schedule, nows ...float64) []float64 {
	answers := []float64{0} // the first answer schedules the job
	due := s.Start
	for _, now := range nows[1:] {
		if !due.After(at(now)) {
			due, _ = calendar.After(s, due, at(now))
		}
		answers = append(answers, float64(due.UnixMicro())/1e6)
	}
	return answers
}

func TestTheMeasuredSequencesOf2014(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		s          jobs.Schedule
		nows, want []float64
	}{
		{"growing", decaying(5, 2, 10), []float64{0, 0, 5, 10, 15, 20, 39, 40}, []float64{0, 5, 10, 20, 20, 40, 40, 120}},
		{"shrinking", decaying(40, 0.5, 40), []float64{0, 0, 40, 60, 80, 90, 100}, []float64{0, 40, 60, 80, 90, 100, 110}},
	}
	for _, tt := range tests {
		if got := follow(tt.s, tt.nows...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		s    jobs.Schedule
		due  float64
		want []float64 // of the first five
	}{
		{"each minute", jobs.Schedule{Interval: time.Minute}, 30, []float64{30, 90, 150, 210, 270}},
		{"until stop, which counts", jobs.Schedule{Interval: time.Minute, Stop: at(150)}, 30, []float64{30, 90, 150}},
		{"due behind stop", jobs.Schedule{Interval: time.Minute, Stop: at(29)}, 30, nil},
		{"once", jobs.Schedule{}, 30, []float64{30}},
		{"growing", decaying(5, 2, 10), 0, []float64{0, 5, 10, 20, 40}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []float64
			for next := range calendar.Times(tt.s, at(tt.due)) {
				if got = append(got, float64(next.UnixMicro())/1e6); len(got) == 5 {
					break
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestNth(t *testing.T) {
	t.Parallel()
	const year = 366 * calendar.Day
	tests := []struct {
		name  string
		s     jobs.Schedule
		n     int
		want  float64
		never bool
	}{
		{"the first is the start", jobs.Schedule{Interval: time.Minute}, 1, 1000, false},
		{"the fifth", jobs.Schedule{Interval: time.Minute}, 5, 1240, false},
		{"the first without an interval", jobs.Schedule{}, 1, 1000, false},
		{"at stop", jobs.Schedule{Interval: time.Minute, Stop: at(1240)}, 5, 1240, false},
		{"behind stop", jobs.Schedule{Interval: time.Minute, Stop: at(1239)}, 5, 0, true},
		{"further away than times reach", jobs.Schedule{Interval: year}, 1e6, 0, true},
		{"with decay", jobs.Schedule{Interval: 5 * time.Second, Start: at(1000), Lambda: 2, Step: 10 * time.Second}, 5, 1040, false},
		{"behind stop with decay", jobs.Schedule{Interval: 5 * time.Second, Start: at(1000), Lambda: 2, Step: 10 * time.Second, Stop: at(1039)}, 5, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := calendar.Nth(tt.s, at(1000), tt.n)
			if ok == tt.never || ok && !got.Equal(at(tt.want)) {
				t.Errorf("got %v, %v, want %v, never %v", got, ok, at(tt.want), tt.never)
			}
		})
	}
}
