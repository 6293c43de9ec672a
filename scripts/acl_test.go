package scripts

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/jobs-agent/jobs/internal/redistest"
)

func TestTheCommandsThatAreNeededAreKnown(t *testing.T) {
	t.Parallel()
	sources, err := Sources()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, s := range sources {
		for _, call := range regexp.MustCompile(`redis\.p?call\('([A-Z]+)'|regardless\('([A-Z]+)'`).FindAllStringSubmatch(s.Text, -1) {
			used[call[1]+call[2]] = true
		}
	}
	if len(used) < 30 {
		t.Fatalf("got %v, want all that scripts call", slices.Sorted(maps.Keys(used)))
	}
	for name := range used {
		if _, ok := needs()[name]; !ok {
			t.Errorf("the command set calls %s, which needs() does not name", name)
		}
	}
	// Redis refuses to judge a command with too few arguments, as if it were denied.
	s := newStand(t, redistest.Start(t).Client())
	a, err := s.c.Access(t.Context())
	if err != nil || !a.Known || a.User != "default" || len(a.Denied) > 0 {
		t.Errorf("a user who may do all: got %+v, %v", a, err)
	}
}
