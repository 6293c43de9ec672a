package measure_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/internal/measure"
	"github.com/jobs-agent/jobs/internal/redistest"
)

func keys(t *testing.T, s *redistest.Server) (list []string) {
	t.Helper()
	all, err := s.Client().Keys(context.Background(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range all {
		if key != "commands" { // of the command set, for clients of 2014
			list = append(list, key)
		}
	}
	return list
}

func TestRunMeasuresAllAndLeavesNothing(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	told := map[string]bool{}
	r, err := measure.Run(t.Context(), s.URL(), measure.Plan{
		Runs: 3000, Jobs: 1000, For: 200 * time.Millisecond, Progress: func(what string, _, _ int) { told[what] = true },
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, n := range map[string]float64{
		"round trip": r.Floor.RoundTrip.P50, "LPUSH": r.Floor.Lpush, "enqueue": r.OneOff.Enqueue, "run": r.OneOff.Run,
		"end to end": r.OneOff.EndToEnd, "to LPUSH": r.OneOff.Floor, "bytes a run": r.OneOff.Bytes,
		"start": r.Latency.Start.P50, "BLPOP": r.Latency.Blpop.P50, "load": r.Load.Rate, "raw": r.Load.Raw, "bytes a job": r.Load.Bytes,
		"queued": r.Periodic.Queued.Max, "started": r.Periodic.Started.P99,
	} {
		if n <= 0 {
			t.Errorf("%s: got %v", what, n)
		}
	}
	if r.Latency.Start.N != 20 || r.OneOff.N != 3000 || r.Load.N != 1000 {
		t.Errorf("got %d, %d and %d, want 20 runs, 3000 one-offs and 1000 jobs", r.Latency.Start.N, r.OneOff.N, r.Load.N)
	}
	if p := r.Periodic; p.Missing != 0 || p.Started.N+int(p.Collapsed) != 2000 {
		t.Errorf("1000 jobs were due twice: got %+v", p)
	}
	if left := keys(t, s); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	for _, what := range []string{"floor", "one-off", "latency", "BLPOP", "load", "periodic"} {
		if !told[what] {
			t.Errorf("no progress of %s was told", what)
		}
	}
}

// Ctrl-C in the middle of anything leaves nothing behind either.
func TestAnEndedRunLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"floor", "one-off", "latency", "BLPOP", "load", "periodic"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err := measure.Run(ctx, s.URL(), measure.Plan{Runs: 3000, Jobs: 1000, For: 200 * time.Millisecond, Progress: func(what string, _, _ int) {
				if what == where {
					cancel()
				}
			}})
			if err == nil || !strings.Contains(err.Error(), "cancel") {
				t.Errorf("got %v, want that it was cancelled", err)
			}
			if left := keys(t, s); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}
