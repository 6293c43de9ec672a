package main

import (
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
)

func TestLinesBearTheTimeAtWhichTheyWerePrinted(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	const none = "------------------------ "
	tests := []struct{ name, times, output, want string }{
		{"each its own", "0:10 4:1500", "one\ntwo\n", "2026-11-28T12:00:00.010Z one\n2026-11-28T12:00:01.510Z two\n"},
		{"a line has the time of its beginning", "0:10 2:1500 2:10", "one\ntwo", "2026-11-28T12:00:00.010Z one\n2026-11-28T12:00:01.520Z two\n"},
		{"of a record without times nothing is known", "", "one\n", none + "one\n"},
		{"where marks were forgotten it is not known", "0:10 4:? 4:2000", "one\ntwo\nend\n", "2026-11-28T12:00:00.010Z one\n" + none + "two\n2026-11-28T12:00:02.010Z end\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := timed(jobs.Run{Started: start, Times: tt.times, Output: int64(len(tt.output))}, tt.output)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("behind what was left out", func(t *testing.T) {
		t.Parallel()
		got := timed(jobs.Run{Started: start, Times: "0:10 1004:2000", Output: 1008}, "one\n\n... 1000 bytes left out ...\nend\n")
		want := "2026-11-28T12:00:00.010Z one\n" + none + "... 1000 bytes left out ...\n2026-11-28T12:00:02.010Z end\n"
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
