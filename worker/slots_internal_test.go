package worker

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
)

// What has waited for its slot while the process was asleep may be somebody else's.
func TestASlotBeginsNothingWhoseLeaseMayBeOver(t *testing.T) {
	for name, want := range map[string]jobs.State{"in time": jobs.Succeeded, "too late": jobs.Queued, "too late for its runner": jobs.Queued} {
		t.Run(name, func(t *testing.T) {
			s := newSlots(1, zap.NewNop())
			defer s.close()
			began := false
			a := &jobs.Attempt{BeginBy: time.Now().Add(time.Hour)}
			h := &held{attempt: a, output: &output{attempt: a}, runner: jobs.RunnerFunc(func(ctx context.Context, _ *jobs.Attempt) error {
				if name == "too late for its runner" {
					<-ctx.Done() // its timeout counts for less
					return fmt.Errorf("not started: %w", jobs.ErrLate)
				}
				began = true
				return nil
			})}
			if name == "too late for its runner" {
				a.Timeout = time.Millisecond
			}
			if name == "too late" {
				a.BeginBy = time.Now()
			}
			h.ctx, h.cancel = context.WithCancelCause(t.Context())
			s.start(h, 1)
			<-s.ended.ready
			if h.end.State != want || began != (want == jobs.Succeeded) {
				t.Errorf("got %s, begun: %v, want %s", h.end.State, began, want)
			}
		})
	}
}
