package test

import (
	"testing"
	"time"
)

const (
	// patience is how long a test waits for what must come. It is no promise: a
	// loaded machine is slow, and what never comes fails.
	patience = 40 * time.Second
	// slack is what a loaded machine may add to a promised bound.
	slack = 1500 * time.Millisecond
)

// eventually waits until something has come, and answers how long that took.
func eventually(t *testing.T, what string, come func() bool) time.Duration {
	t.Helper()
	begin := time.Now()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for !come() {
		if time.Since(begin) > patience {
			t.Fatalf("did not come within %v: %s", patience, what)
		}
		<-look.C
	}
	return time.Since(begin)
}

// within fails when a measured time is over what is promised and the slack. The
// figure is logged in any case.
func within(t *testing.T, what string, got, promised time.Duration) {
	t.Helper()
	t.Logf("measured: %s %v, promised %v", what, got.Round(time.Millisecond), promised)
	if got > promised+slack {
		t.Errorf("%s: got %v, want at most %v and %v for a loaded machine", what, got, promised, slack)
	}
}
