package measure

import (
	"math"
	"testing"
	"time"
)

func TestAHistogramTellsPercentilesToAHundredth(t *testing.T) {
	t.Parallel()
	var h Histogram
	for ms := 1; ms <= 10_000; ms++ {
		h.Add(time.Duration(ms) * time.Millisecond)
	}
	got := h.Spread()
	for _, tt := range []struct {
		what      string
		got, want float64
	}{{"p50", got.P50, 5000}, {"p99", got.P99, 9900}, {"max", got.Max, 10_000}} {
		if math.Abs(tt.got-tt.want) > tt.want*fineness {
			t.Errorf("%s: got %v ms, want %v", tt.what, tt.got, tt.want)
		}
	}
	if got.N != 10_000 {
		t.Errorf("got %d times, want 10000", got.N)
	}
}

func TestAHistogramTakesWhatIsEarlyOrNever(t *testing.T) {
	t.Parallel()
	var h Histogram
	if got := h.Spread(); got != (Spread{}) {
		t.Errorf("an empty one: got %v", got)
	}
	h.Add(-time.Second)
	h.Add(1000 * time.Hour)
	if got := h.Spread(); got.N != 2 || got.P50 > 0.002 || got.Max != 3.6e9 {
		t.Errorf("got %+v", got)
	}
}

func TestFiringIsANumberWhateverWasQueued(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		queued Spread
		want   float64
	}{
		{"none", Spread{}, 0},
		{"all in the millisecond in which they were due", Spread{N: 300}, 300_000},
		{"in three", Spread{N: 300, Max: 2}, 100_000},
	} {
		if got := firing(300, tt.queued); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
