package jobs_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
)

func TestRunIDsAreSplitAtTheirLastSign(t *testing.T) {
	t.Parallel()
	due := time.UnixMilli(1414139992500).UTC()
	tests := []struct {
		id        jobs.RunID
		job       string
		due       time.Time
		scheduled bool
	}{
		{"a@1414139992500.7", "a", due, true},
		{"me@host.example@1414139992500.7", "me@host.example", due, true},
		{"issue#5@1414139992500.12", "issue#5", due, true},
		{"v1.2.3@1414139992500.1", "v1.2.3", due, true},
		{"a@-1000.1", "a", time.UnixMilli(-1000).UTC(), true},
		{"a@0.1", "a", time.UnixMilli(0).UTC(), true},
		{"a#00ff", "a", time.Time{}, false},
		{"me@host.example#00ff", "me@host.example", time.Time{}, false},
		{"a@1.1#00ff", "a@1.1", time.Time{}, false},
		{"a#b#00ff", "a#b", time.Time{}, false},
		{"a@soon.1", "a", time.Time{}, false},
		{"neither", "", time.Time{}, false},
		{"", "", time.Time{}, false},
	}
	for _, tt := range tests {
		due, scheduled := tt.id.Due()
		if got := tt.id.Job(); got != tt.job || !due.Equal(tt.due) || scheduled != tt.scheduled {
			t.Errorf("%q: got job %q, due %v, %v, want %q, %v, %v", tt.id, got, due, scheduled, tt.job, tt.due, tt.scheduled)
		}
	}
}

func TestMintedRunIDsAreOrderedByTimeAndUnique(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^a@b#[0-9a-f]{22}$`)
	seen := map[jobs.RunID]bool{}
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	before := ""
	for range 50 {
		last := before
		for range 100 {
			id := jobs.MintRunID("a@b", now)
			if !form.MatchString(string(id)) || id.Job() != "a@b" {
				t.Fatalf("got %q of job %q, want the form %v of a@b", id, id.Job(), form)
			}
			if seen[id] {
				t.Fatalf("%q was minted twice", id)
			}
			seen[id] = true
			if string(id) <= last {
				t.Fatalf("%q sorts before %q of a millisecond earlier", id, last)
			}
			before = max(before, string(id))
		}
		now = now.Add(time.Millisecond)
	}
}

func TestRunsOfAStemAreNumberedAndLikeOthers(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^a@b#[0-9a-f]{22}$`)
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	stems := map[jobs.RunStem]bool{}
	for range 10 {
		stems[jobs.MintRunStem("a@b", now)] = true
	}
	if len(stems) != 10 { // in six million runs of this test it may be nine once
		t.Errorf("got %d stems, want 10", len(stems))
	}
	stem := jobs.MintRunStem("a@b", now)
	before := ""
	for i := range jobs.MaxNumbered {
		id := stem.Run(i)
		if !form.MatchString(string(id)) || id.Job() != "a@b" {
			t.Fatalf("got %q of job %q, want the form %v of a@b", id, id.Job(), form)
		}
		if want := fmt.Sprintf("%s%03x", stem, i); string(id) != want || want <= before {
			t.Fatalf("got %q at %d, want %q, which is behind %q", id, i, want, before)
		}
		before = string(id)
	}
	if one, later := jobs.MintRunID("a@b", now), jobs.MintRunStem("a@b", now.Add(time.Millisecond)).Run(0); one >= later || one[:16] != stem.Run(0)[:16] {
		t.Errorf("got %q, then %q and %q, want ids ordered by the time when they were minted", one, stem.Run(0), later)
	}
}

func TestMintedRunIDsSortUntilTheYear10000(t *testing.T) {
	t.Parallel()
	late := jobs.MintRunID("a", time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
	if early := jobs.MintRunID("a", time.UnixMilli(1)); strings.Compare(string(early), string(late)) >= 0 || len(early) != len(late) {
		t.Errorf("got %q and %q, want the same length and that order", early, late)
	}
}

func TestEnded(t *testing.T) {
	t.Parallel()
	for state, want := range map[jobs.State]bool{
		jobs.Scheduled: false, jobs.Blocked: false, jobs.Queued: false, jobs.Running: false, jobs.Retrying: false,
		jobs.Succeeded: true, jobs.Failed: true, jobs.Dead: true, jobs.Cancelled: true,
		jobs.TimedOut: false, jobs.Lost: false, "": false,
	} {
		if got := state.Ended(); got != want {
			t.Errorf("%q: got %v, want %v", state, got, want)
		}
	}
}
