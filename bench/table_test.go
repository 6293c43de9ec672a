package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func sample() (*result, experiment) {
	e := experiment{
		name: "x",
		rows: []candidate{{name: "ours"}, {name: "theirs"}, {name: "absent"}},
		columns: []column{
			{key: "rate", title: "rate", form: count, rates: higher},
			{key: "late", title: "late", form: decimal, rates: lower},
			{key: "extra", title: "extra", form: count},
		},
	}
	return &result{Records: []record{
		{Experiment: "x", Row: "ours", Round: 1, Values: values{"rate": 1000, "late": 1, "extra": 7}},
		{Experiment: "x", Row: "theirs", Round: 1, Values: values{"rate": 100, "late": 4}},
		{Experiment: "x", Row: "ours", Round: 2, Values: values{"rate": 3000, "late": 1}},
		{Experiment: "x", Row: "theirs", Round: 2, Values: values{"rate": 100, "late": 2}},
		{Experiment: "x", Row: "ours", Round: 3, Failed: "the store broke"},
		{Experiment: "x", Row: "theirs", Round: 3, Values: values{"rate": 1, "late": 100}},
		{Experiment: "y", Row: "ours", Round: 1, Values: values{"rate": 1}},
	}}, e
}

func TestTheTableHasMediansAndRatiosOfTheSameRounds(t *testing.T) {
	t.Parallel()
	res, e := sample()
	want := [][]string{
		{"", "rate", "", "late", "", "extra"},
		{"ours", "2,000", "1.0x", "1.0", "1.0x", "7"},
		{"theirs", "100", "20.0x", "4.0", "3.0x", "-"},
	}
	got := res.table(e)
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhatFailedStandsUnderTheTable(t *testing.T) {
	t.Parallel()
	res, e := sample()
	var out strings.Builder
	if err := res.print(&out, []experiment{e}); err != nil {
		t.Fatal(err)
	}
	if want := "\nours, round 3: the store broke\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("got %q, want it to end with %q", out.String(), want)
	}
}

func TestCountGroupsDigits(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "0", 999.6: "1,000", 1234567: "1,234,567", -1000: "-1,000", -0.2: "0"} {
		if got := count(v); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
	}
}

func TestAPlanKnowsWhichNominalTimeATimeIs(t *testing.T) {
	t.Parallel()
	p := plan{Due: time.Unix(1000, 0), Interval: 10 * time.Second, Apart: time.Second}
	for _, tt := range []struct {
		job  int
		due  int64
		want int
	}{{0, 1000, 0}, {0, 1010, 1}, {3, 1003, 0}, {3, 1033, 3}} {
		if got := p.slot(tt.job, time.Unix(tt.due, 0)); got != tt.want {
			t.Errorf("job %d at %d: got %d, want %d", tt.job, tt.due, got, tt.want)
		}
	}
}

func TestRiversGridLiesOnThePlan(t *testing.T) {
	t.Parallel()
	g := grid{Due: time.Unix(1000, 0), Interval: 10 * time.Second}
	for after, want := range map[int64]int64{900: 1000, 999: 1000, 1000: 1010, 1009: 1010, 1010: 1020} {
		if got := g.Next(time.Unix(after, 0)); got != time.Unix(want, 0) {
			t.Errorf("after %d: got %d, want %d", after, got.Unix(), want)
		}
	}
}

func TestOnlyChoosesByBeginnings(t *testing.T) {
	t.Parallel()
	chosen, err := choose(experiments(true), []string{"one", "periodic"})
	var got []string
	for _, e := range chosen {
		got = append(got, e.name)
	}
	if want := []string{"one-off", "periodic-10k", "periodic-100k", "periodic-1m"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err := choose(experiments(true), []string{"nothing"}); err == nil {
		t.Error("a name that no experiment has was taken")
	}
}
