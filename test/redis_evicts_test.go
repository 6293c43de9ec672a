package test

import (
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/internal/redistest"
)

func TestRedisThatEvictsIsNotTickedOnUnlessTold(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP(), redistest.Args("--maxmemory-policy", "allkeys-lru"))
	h, admin := newHost(t, server.URL()), server.Client()
	// due counts the runs of the job that were queued by a tick.
	due := func() int { return len(h.endedRuns("each")) }
	says := func(d *daemon, level, words string) {
		t.Helper()
		eventually(t, "an agent says "+words, func() bool {
			for _, line := range d.log() {
				if line.Level == level && strings.Contains(line.Msg+" "+line.Found, words) {
					return true
				}
			}
			return false
		})
	}
	careful := h.start("agent", "--name", "careful", "--log-format", "json")
	says(careful, "error", "not ticking maxmemory-policy allkeys-lru")
	h.ok("put", "each", "console", "x", "--every", "200ms")
	h.ok("enqueue", "console", "one") // runs are served all the same
	eventually(t, "a run has ended", func() bool { return len(h.endedRuns("console")) == 1 })
	if n := due(); n != 0 || h.leader() != "" {
		t.Errorf("%d runs were queued, and %q leads: want no ticks on a Redis that evicts", n, h.leader())
	}
	if h.run("doctor").code != 1 {
		t.Error("doctor finds nothing wrong")
	}

	bold := h.start("agent", "--name", "bold", "--tick-on-eviction", "--log-format", "json")
	eventually(t, "the bold one ticks", func() bool { return due() > 2 && h.leader() == "bold" })
	bold.terminate()

	must(t, admin.ConfigSet(t.Context(), "maxmemory-policy", "noeviction"))
	cured := time.Now()
	eventually(t, "the careful one ticks", func() bool { return h.leader() == "careful" })
	within(t, "from the cure until an agent ticks", time.Since(cured), 6*time.Second)
	says(careful, "info", "ticking")
	ticked := due()
	eventually(t, "runs are queued", func() bool { return due() > ticked })

	must(t, admin.ConfigSet(t.Context(), "maxmemory-policy", "volatile-lru"))
	eventually(t, "the careful one stops ticking", func() bool { return h.leader() == "" })
	says(careful, "error", "not ticking maxmemory-policy volatile-lru")
	careful.terminate()
}
