package test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// logLine is a line of an agent's log in JSON.
type logLine struct {
	Level, Logger, Msg         string
	Redis, Error, Fix          string
	HTTP, Gossip, Found, Agent string
	Runs                       int64
}

// log answers the lines that an agent has logged.
func (d *daemon) log() (lines []logLine) {
	d.t.Helper()
	for text := range strings.Lines(d.talk()) {
		var line logLine
		if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &line) == nil {
			lines = append(lines, line)
		}
	}
	return lines
}

// ofRedis answers the lines that tell of troubles of Redis, and of their end.
func (d *daemon) ofRedis() (lines []logLine) {
	d.t.Helper()
	for _, line := range d.log() {
		if line.Logger == "redis" {
			lines = append(lines, line)
		}
	}
	return lines
}

// says waits until an agent tells of a trouble in these words.
func (d *daemon) says(words string) {
	d.t.Helper()
	eventually(d.t, "an agent says "+words, func() bool {
		for _, line := range d.ofRedis() {
			if strings.Contains(line.Msg, words) {
				return true
			}
		}
		return false
	})
}

// wantTold looks at what an agent told of one trouble: that it began, in these words
// (there may be further reasons, each once), that it was over, and nothing more.
func (d *daemon) wantTold(words string) {
	d.t.Helper()
	eventually(d.t, "an agent says that "+words+" is over", func() bool {
		lines := d.ofRedis()
		return len(lines) > 1 && lines[len(lines)-1].Msg == "redis works again"
	})
	for _, line := range d.log() {
		told := line.Logger == "redis" || line.Logger == "gossip" && strings.HasPrefix(line.Error, "join:") || line.Msg == "stopped leading" || strings.HasPrefix(line.Msg, "doctor finds")
		if line.Level != "info" && !told {
			d.t.Errorf("told besides: %+v", line)
		}
	}
	lines := d.ofRedis()
	seen, found := map[string]bool{}, false
	for i, line := range lines {
		switch {
		case line.Msg == "redis works again" && line.Level == "info" && i == len(lines)-1:
		case line.Level != "warn" || line.Fix == "" || line.Error == "" || !strings.Contains(line.Redis, "://"):
			d.t.Errorf("line %d: got %+v, want a warning with where, why and what to do", i, line)
		case seen[line.Msg]:
			d.t.Errorf("told twice: %+v", line)
		}
		seen[line.Msg] = true
		found = found || strings.Contains(line.Msg, words)
	}
	if !found || len(lines) > 5 {
		d.t.Errorf("told: got %+v, want a few lines, one with %q", lines, words)
	}
}

// readyz answers what an agent says of its readiness.
func (d *daemon) readyz() (status int, text string) {
	d.t.Helper()
	address := ""
	eventually(d.t, "an agent says where its http is", func() bool {
		for _, line := range d.log() {
			if line.Msg == "agent is ready" {
				address = line.HTTP
			}
		}
		return address != ""
	})
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get("http://" + address + "/readyz")
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return answer.StatusCode, strings.TrimSpace(string(body))
}

// wantUnready waits until an agent says, for this reason, that it is not ready.
func (d *daemon) wantUnready(words string) {
	d.t.Helper()
	last := ""
	eventually(d.t, "an agent is not ready: "+words, func() bool {
		var status int
		status, last = d.readyz()
		return status == http.StatusServiceUnavailable && strings.Contains(last, words)
	})
	if !strings.Contains(last, "://") || !strings.Contains(last, "; ") {
		d.t.Errorf("readyz: got %q, want where and what to do as well", last)
	}
}

// wantReady waits until an agent is ready and answers how long that took.
func (d *daemon) wantReady() time.Duration {
	d.t.Helper()
	return eventually(d.t, "an agent is ready", func() bool {
		status, _ := d.readyz()
		return status == http.StatusOK
	})
}

// trouble is one way in which Redis fails its agents for a while.
type trouble struct {
	words string // in the log and on /readyz
	begin func()
	end   func()
	lasts time.Duration // at least: longer than a lease
	// during looks at what goes on meanwhile.
	during func()
}

// wantUnharmed lets a job run each second and six long runs go on while Redis is in
// trouble: each agent tells of it once and what it is, is not ready and says why,
// goes on within seconds of the cure, and no run is lost, doubled or disturbed.
func (c *cluster) wantUnharmed(tr trouble) {
	t := c.t
	t.Helper()
	ran := c.write("ran", "")
	c.ok("put", "each", "shell", "echo $JOBS_RUN_ID >>"+ran, "--every", "1s", "--overlap", "allow")
	long := c.longRuns(4, 10*time.Second)
	c.afterFire("each")

	began := time.Now()
	tr.begin()
	for _, node := range c.nodes {
		node.says(tr.words)
		node.wantUnready(tr.words)
	}
	if tr.during != nil {
		tr.during()
	}
	if rest := tr.lasts - time.Since(began); rest > 0 {
		<-time.After(rest)
	}
	tr.end()
	cured := time.Now()
	for name, node := range c.nodes {
		within(t, "from the cure until "+name+" is ready", node.wantReady(), 3*time.Second)
	}
	c.goesOn("each", 3, cured)
	for _, run := range c.inOrder("each") {
		if run.Queued.After(cured) {
			within(t, "from the cure to the next fire", run.Queued.Sub(cured), 3*time.Second)
			break
		}
	}
	for _, node := range c.nodes {
		node.wantTold(tr.words)
	}
	c.wantUndisturbed(long, 10*time.Second)
	c.wantAllEnded(ran)
}

// wantAllEnded ends the job each, whose runs wrote their ids to a file, and looks
// that every nominal time was executed once or collapsed, on one attempt each.
func (c *cluster) wantAllEnded(ran string) {
	c.t.Helper()
	c.ok("remove", "each")
	eventually(c.t, "the last run has ended", func() bool { return len(c.runs("each")) == len(c.endedRuns("each")) })
	runs := c.inOrder("each")
	wantEachOnce(c.t, runs, time.Second, readText(ran))
	for _, run := range runs {
		if run.Lost > 0 || run.Attempt != 1 || run.State != "succeeded" {
			c.t.Errorf("run %s: %s, attempt %d, %d lost, want it succeeded at once", run.Run, run.State, run.Attempt, run.Lost)
		}
	}
	if found := c.conservation(); found["unseen"] != 0 || found["waiting"] != 0 {
		c.t.Errorf("the sum of all runs: got %v, want none unseen and none waiting", found)
	}
}

// conservation answers the sum of all runs as doctor adds it up.
func (c *cluster) conservation() map[string]int64 {
	c.t.Helper()
	text := c.run("doctor", "-o", "json").stdout
	var findings []struct {
		Check  string
		Values map[string]int64
	}
	if err := json.Unmarshal([]byte(text), &findings); err != nil {
		c.t.Fatalf("doctor: %v\n%s", err, text)
	}
	for _, f := range findings {
		if f.Check == "conservation" {
			return f.Values
		}
	}
	c.t.Fatalf("doctor adds nothing up: %s", text)
	return nil
}
