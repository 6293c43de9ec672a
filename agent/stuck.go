package agent

import (
	"fmt"
	"sync/atomic"
	"time"
)

// stuckAfter is far beyond what a call to a Redis that hangs may take: an agent is
// not stuck because Redis is.
const stuckAfter = 30 * time.Second

// turning remembers when a loop came around last.
type turning struct{ last atomic.Pointer[time.Time] }

func (t *turning) turn() {
	now := time.Now()
	t.last.Store(&now)
}

// still tells for how long the loop has not come around; nothing before its start.
func (t *turning) still() time.Duration {
	last := t.last.Load()
	if last == nil {
		return 0
	}
	return time.Since(*last)
}

// Stuck says why only a restart helps; it is empty as long as the heartbeat turns,
// whether Redis answers or not, and while the agent starts and stops. A service
// manager's watchdog and /livez go by it.
func (a *Agent) Stuck() string {
	if a.stopping.Load() {
		return "" // which has a deadline of its own
	}
	if still := a.turns.still(); still > stuckAfter {
		return fmt.Sprintf("the heartbeat has stood still for %v", still.Round(time.Second))
	}
	return ""
}
