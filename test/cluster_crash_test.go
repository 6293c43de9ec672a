package test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestClusterRunsOfAKilledAgentRestartOnAnother(t *testing.T) {
	t.Parallel()
	const lease = 4 * time.Second // the default
	c := newCluster(t, []string{"one"})
	var ids []string
	var pids []int
	for i := range 3 {
		file := c.file(fmt.Sprint("pids-", i))
		var doc struct{ Run string }
		c.read(&doc, "enqueue", "shell", "sleep 30 & echo $$ $! >>"+file+"; wait")
		ids = append(ids, doc.Run)
		eventually(t, "the program tells its pids", func() bool { return strings.Count(readText(file), "\n") == 1 })
		for _, word := range strings.Fields(readText(file)) {
			pid, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	c.join("two")
	c.settled(2)
	for _, pid := range pids {
		if !alive(pid) {
			t.Fatalf("process %d does not run", pid)
		}
	}

	killed := time.Now()
	c.nodes["one"].kill()
	took := eventually(t, "the children of the killed agent are gone", func() bool {
		for _, pid := range pids {
			if alive(pid) {
				return false
			}
		}
		return true
	})
	within(t, "life of the children after kill -9 of their agent", took, time.Second)
	for _, id := range ids {
		var run runDoc
		eventually(t, "run "+id+" restarts", func() bool {
			run = c.runOf("shell", id)
			return run.State == "running" && run.Attempt > 1
		})
		if run.Attempt != 2 || run.Lost != 1 || run.Agent != "two" {
			t.Errorf("run %s: got attempt %d on %s, %d lost, want attempt 2 on two, 1 lost", id, run.Attempt, run.Agent, run.Lost)
		}
		within(t, "from the kill to the second attempt of "+id, run.Started.Sub(killed), lease+time.Second)
	}

	for _, id := range ids {
		c.ok("cancel", id)
	}
	for _, id := range ids {
		eventually(t, "run "+id+" is cancelled", func() bool { return c.runOf("shell", id).State == "cancelled" })
	}
	for i := range ids {
		for _, word := range strings.Fields(readText(c.file(fmt.Sprint("pids-", i)))) {
			pid, _ := strconv.Atoi(word)
			if alive(pid) {
				t.Errorf("process %d is left after the cancel", pid)
			}
		}
	}
}

// runOf answers one run; the zero value when it is not told of.
func (c *cluster) runOf(job, id string) runDoc {
	c.t.Helper()
	for _, run := range c.runs(job) {
		if run.Run == id {
			return run
		}
	}
	return runDoc{}
}
