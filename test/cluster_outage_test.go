package test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/internal/redistest"
)

func TestClusterAnOutageOfRedisCostsNoRun(t *testing.T) {
	t.Parallel()
	const outage = 6 * time.Second // longer than a lease
	for name, fault := range map[string]struct{ begin, end func(*redistest.Server) }{
		"redis hangs":                {(*redistest.Server).Freeze, (*redistest.Server).Thaw},
		"redis is killed and starts": {(*redistest.Server).Kill, (*redistest.Server).Restart},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, []string{"one", "two"}, redistest.AOF("always"))
			ran := c.write("ran", "")
			c.ok("put", "each", "shell", "echo $JOBS_RUN_ID >>"+ran, "--every", "1s", "--overlap", "allow")
			long := c.longRuns(6)
			c.afterFire("each")

			fault.begin(c.server)
			<-time.After(outage)
			fault.end(c.server)
			back := time.Now()

			c.goesOn("each", 3, back)
			for _, run := range c.inOrder("each") {
				if run.Queued.After(back) {
					within(t, "from the end of the outage to the next fire", run.Queued.Sub(back), 3*time.Second)
					break
				}
			}
			c.wantUndisturbed(long)
			c.ok("remove", "each")
			eventually(t, "the last run has ended", func() bool { return len(c.runs("each")) == len(c.endedRuns("each")) })
			text, err := os.ReadFile(ran)
			if err != nil {
				t.Fatal(err)
			}
			runs := c.inOrder("each")
			wantEachOnce(t, runs, time.Second, string(text))
			for _, run := range runs {
				if run.Lost > 0 || run.Attempt != 1 {
					t.Errorf("run %s: attempt %d, %d lost, want one and none", run.Run, run.Attempt, run.Lost)
				}
			}
			c.settled(2)
		})
	}
}

// longRuns starts runs of 10 s one after the other, so that both agents and
// several of their leases hold some: whichever agent reaches Redis first again
// finds leases of others that are over. It answers run -> the file of its program.
func (c *cluster) longRuns(n int) map[string]string {
	c.t.Helper()
	files := map[string]string{}
	for i := range n {
		file := c.file(fmt.Sprint("long-", i))
		var doc struct{ Run string }
		c.read(&doc, "enqueue", "shell", "echo begin >>"+file+"; sleep 10; echo end >>"+file)
		eventually(c.t, "a long run has begun", func() bool { return strings.HasPrefix(readText(file), "begin\n") })
		files[doc.Run] = file
	}
	return files
}

// wantUndisturbed waits for the end of long runs, each of which must have had one
// attempt from its begin to its end.
func (c *cluster) wantUndisturbed(files map[string]string) {
	c.t.Helper()
	for id, file := range files {
		var run runDoc
		eventually(c.t, "the long run "+id+" has ended", func() bool {
			run = c.runOf("shell", id)
			return run.State == "succeeded"
		})
		if run.Attempt != 1 || run.Lost != 0 || run.Finished.Sub(run.Started) < 10*time.Second {
			c.t.Errorf("long run: got %+v, want one attempt of 10 s and none lost", run)
		}
		if got := readText(file); got != "begin\nend\n" {
			c.t.Errorf("long run %s was executed as %q", id, got)
		}
	}
}
