package simulation

import (
	"testing"
	"time"
)

// A seed says all: every command reaches the store at the same nanosecond of the
// virtual clock, with the same arguments, and is answered the same.
func TestTheSameSeedGivesTheSameHistory(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	span := 2 * time.Hour
	if underRace {
		span = time.Hour
	}
	keep := func(s *simulation) { s.judge.keep = true }
	first, second, other := play(t, 1, span, keep), play(t, 1, span, keep), play(t, 2, span, nil)
	if first.digest != second.digest {
		for i, line := range first.transcript {
			if i >= len(second.transcript) || line != second.transcript[i] {
				t.Fatalf("the histories part at command %d\n  %.500s\n  %.500s", i, line, second.transcript[min(i, len(second.transcript)-1)])
			}
		}
		t.Fatalf("the second history is longer, by %d commands", len(second.transcript)-len(first.transcript))
	}
	if first.counts["commands"] < 500 || len(first.faults) < 5 {
		t.Errorf("got %v and %v, too little to tell", first.counts, first.faults)
	}
	if other.digest == first.digest {
		t.Error("another seed gives the same history")
	}
}
