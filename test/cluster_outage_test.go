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
	const outage, long = 10 * time.Second, 15 * time.Second // longer than two leases
	for name, fault := range map[string]struct{ begin, end func(*redistest.Server) }{
		"redis hangs":                {(*redistest.Server).Freeze, (*redistest.Server).Thaw},
		"redis is killed and starts": {(*redistest.Server).Kill, (*redistest.Server).Restart},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, []string{"one", "two"}, redistest.AOF("always"))
			ran := c.write("ran", "")
			c.ok("put", "each", "shell", "echo $JOBS_RUN_ID >>"+ran, "--every", "1s", "--overlap", "allow")
			running := c.longRuns(6, long)
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
			c.wantUndisturbed(running, long)
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
			totals, err := openBoard(t, c.server.URL()).Totals(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if totals["lost"]+totals["stale"]+totals["returned"] > 0 {
				t.Errorf("the board counts lost leases, refused acks or runs given back, want none: %v", totals)
			}
		})
	}
}

// longRuns starts long runs one after the other, so that both agents and
// several of their leases hold some: whichever agent reaches Redis first again
// finds leases of others that are over. It answers run -> the file of its program.
func (c *cluster) longRuns(n int, long time.Duration) map[string]string {
	c.t.Helper()
	files := map[string]string{}
	for i := range n {
		file := c.file(fmt.Sprint("long-", i))
		var doc struct{ Run string }
		c.read(&doc, "enqueue", "shell", fmt.Sprintf("echo begin >>%s; sleep %v; echo end >>%[1]s", file, long.Seconds()))
		eventually(c.t, "a long run has begun", func() bool { return strings.HasPrefix(readText(file), "begin\n") })
		files[doc.Run] = file
	}
	return files
}

// wantUndisturbed waits for the end of long runs, each of which must have had one
// attempt from its begin to its end.
func (c *cluster) wantUndisturbed(files map[string]string, long time.Duration) {
	c.t.Helper()
	for id, file := range files {
		var run runDoc
		eventually(c.t, "the long run "+id+" has ended", func() bool {
			run = c.runOf("shell", id)
			return run.State == "succeeded"
		})
		if run.Attempt != 1 || run.Lost != 0 || run.Finished.Sub(run.Started) < long {
			c.t.Errorf("long run: got %+v, want one attempt of %v and none lost", run, long)
		}
		if got := readText(file); got != "begin\nend\n" {
			c.t.Errorf("long run %s was executed as %q", id, got)
		}
	}
}
