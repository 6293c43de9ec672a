package main

import (
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/scripts"
)

// told says on standard error when Redis fails a verb that stays, and when that is
// over: once for each reason, and of troubles that come and go once a minute.
type told struct {
	cmd *cobra.Command

	mu      sync.Mutex
	failing map[string]bool // what fails now
	reasons map[string]time.Time
}

// of takes note of what came of a call: nil when Redis answered.
func (t *told) of(what string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		if t.failing[what] {
			if delete(t.failing, what); len(t.failing) == 0 {
				say(t.cmd, "redis works again")
			}
		}
		return
	}
	if t.failing == nil {
		t.failing, t.reasons = map[string]bool{}, map[string]time.Time{}
	}
	reason := err.Error()
	if trouble, ok := scripts.TroubleOf(err); ok {
		reason = trouble.Kind
	}
	if time.Since(t.reasons[reason]) < time.Minute {
		return
	}
	t.failing[what], t.reasons[reason] = true, time.Now()
	say(t.cmd, "%v; trying on", err)
}
