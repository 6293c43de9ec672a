package test

import (
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/test/lossy"
)

// lossySeed decides which replies are lost and what callers ask for. Goroutines
// take turns as they like, so that a seed makes runs alike, not the same.
const lossySeed = 20

func TestLossyRepliesCostNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 20 s")
	}
	t.Parallel()
	enough := least{commands: 3000, lost: 300, each: 3}
	s := newLossyScene(t, lossySeed)
	e := s.play([]phase{
		{"each 19th reply is swallowed", lossy.Each(19, lossy.Fate{Kind: lossy.Swallow}), 3 * time.Second},
		{"each 7th reply is a reset", lossy.Each(7, lossy.Fate{Kind: lossy.Reset}), 3 * time.Second},
		{"each 7th reply is delayed", lossy.Each(7, lossy.Fate{Kind: lossy.Delay, Wait: 150 * time.Millisecond}), 2 * time.Second},
		{"each 9th command comes late again", late(9, 3*time.Second), 3 * time.Second},
		{"5 in 100 are lost", lossy.Share(lossySeed, 0.05, lossy.Fate{Kind: lossy.Swallow}, lossy.Fate{Kind: lossy.Reset},
			lossy.Fate{Kind: lossy.Delay, Wait: 1500 * time.Millisecond}), 6 * time.Second},
	}, enough, 20*time.Second)
	s.wire.report(t, enough)
	tell(t, e)
	if v := judge(e); len(v) > 0 {
		t.Errorf("seed %d, the machine stood still for %v:\n%v", e.seed, e.stall, v)
	}
}

// tell logs what was done, and fails when one of the ways was not gone.
func tell(t *testing.T, e evidence) {
	t.Helper()
	states := map[jobs.State]int{}
	for _, r := range e.records {
		states[r.State]++
	}
	outcomes := map[string]int{}
	for _, line := range e.lines {
		outcomes[line.outcome]++
	}
	sure := 0
	for _, r := range e.requests {
		if r.sure {
			sure++
		}
	}
	t.Logf("%d requests, %d of them answered; %d executions; records %v; ledger %v; totals %v; the machine stood still for %v at most",
		len(e.requests), sure, len(e.executions), states, outcomes, e.totals, e.stall)
	for _, state := range []jobs.State{jobs.Succeeded, jobs.Failed, jobs.Dead, jobs.Cancelled, jobs.Retrying} {
		if states[state] < 3 {
			t.Errorf("%d attempts ended %s, want at least 3 for the test to mean anything", states[state], state)
		}
	}
	for _, outcome := range []string{"skipped", "collapsed"} {
		if outcomes[outcome] < 3 {
			t.Errorf("%d times %s, want at least 3 for the test to mean anything", outcomes[outcome], outcome)
		}
	}
}

// late swallows each n-th reply of our commands and has a copy of the command arrive
// within a time, as from a connection that came back.
func late(n uint64, within time.Duration) lossy.Plan {
	plan := lossy.Share(lossySeed, 1/float64(n), lossy.Fate{Kind: lossy.Late, Wait: within})
	return func(n uint64, command []string) lossy.Fate {
		if command[0] != "evalsha" {
			return lossy.Fate{}
		}
		return plan(n, command)
	}
}
