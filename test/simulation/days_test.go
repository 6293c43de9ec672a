package simulation

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

// seedsVariable makes the simulation live through the days of the seeds 1 to n.
const seedsVariable = "JOBS_SIMULATION_SEEDS"

func TestADayOfThreeAgentsKeepsThePromises(t *testing.T) {
	takesLong(t)
	const span = 24 * time.Hour
	seeds := 1
	if n, err := strconv.Atoi(os.Getenv(seedsVariable)); err == nil {
		seeds = n
	}
	for i := range seeds {
		s := seed(i + 1)
		t.Run(fmt.Sprint("seed ", i+1), func(t *testing.T) {
			began := time.Now()
			r := play(t, s, span, nil)
			t.Logf("%v in %v: %v, faults %v, history %s", span, time.Since(began).Round(time.Millisecond), r.counts, r.faults, r.digest)
			for _, complaint := range r.complaints {
				t.Error(complaint)
			}
			if r.counts["succeeded"] < 500 || r.counts["lost"] < 3 || r.counts["strays"] == 0 || len(r.faults) < 12 {
				t.Error("this tests nothing")
			}
		})
	}
}

// A seed says all: every command reaches the store at the same nanosecond of the
// virtual clock, with the same arguments, and is answered the same.
func TestTheSameSeedGivesTheSameHistory(t *testing.T) {
	takesLong(t)
	const span = 2 * time.Hour
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
