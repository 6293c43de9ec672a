package agent

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnAgentIsStuckWhenItsHeartbeatStandsStill(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := new(Agent)
		if why := a.Stuck(); why != "" {
			t.Errorf("before the start: got %q, want nothing", why)
		}
		a.turns.turn()
		time.Sleep(stuckAfter)
		if why := a.Stuck(); why != "" {
			t.Errorf("after %v: got %q, want nothing", stuckAfter, why)
		}
		time.Sleep(time.Second)
		if why := a.Stuck(); !strings.Contains(why, "stood still for 31s") {
			t.Errorf("after 31 s: got %q, want that it stood still for 31s", why)
		}
		a.turns.turn()
		if why := a.Stuck(); why != "" {
			t.Errorf("when it turns again: got %q, want nothing", why)
		}
		time.Sleep(2 * stuckAfter)
		a.stopping.Store(true)
		if why := a.Stuck(); why != "" {
			t.Errorf("while it stops: got %q, want nothing", why)
		}
	})
}
