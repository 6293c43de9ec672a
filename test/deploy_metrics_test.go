package test

import (
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// metricsRun runs the script that tells CloudWatch how the board is, with a program
// in place of aws, and answers what that was told.
func (c *cluster) metricsRun(http string) string {
	c.t.Helper()
	told := c.write("told", "")
	bin := c.file("bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		c.t.Fatal(err)
	}
	for name, text := range map[string]string{"aws": `echo "$*" >>` + told, "jobs-agent": "exec " + program(c.t) + ` "$@"`} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
			c.t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(c.t.Context(), "/bin/sh", repositoryFile(c.t, "deploy/cloudformation/host/metrics.sh"))
	cmd.Env = append([]string{"PATH=" + bin + ":" + os.Getenv("PATH"), "STACK=s", "JOBS_HTTP=" + http}, c.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Fatalf("metrics.sh: %v\n%s", err, out)
	}
	return readText(told)
}

func TestDeployMetricsTellHowTheBoardIs(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"jq", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed here: %v", program, err)
		}
	}
	c := newCluster(t, []string{"one"})
	var agents []struct{ HTTP string }
	c.read(&agents, "agents")
	http := agents[0].HTTP
	match := func(what, pattern string) {
		t.Helper()
		told := ""
		defer func() { t.Logf("%s: %s", what, told) }()
		eventually(t, what+", as "+pattern, func() bool {
			told = c.metricsRun(http)
			return regexp.MustCompile(pattern).MatchString(told)
		})
	}
	const put = `cloudwatch put-metric-data --namespace jobs-agent --dimensions Stack=s --metric-name `
	match("an idle board", `^`+put+`Ticking --value 1 --unit None\n`+put+`QueueAge --value 0 --unit Seconds\n`+put+`Overdue --value 0 --unit Seconds\n$`)

	// A type that nobody serves waits; a job that nothing is queued for is overdue.
	c.ok("enqueue", "nobody", "x")
	match("a run that waits", `QueueAge --value ([2-9]|1\d)(\.\d+)? `)
	c.nodes["one"].kill()
	c.ok("put", "late", "console", "x", "--every", "1h", "--start", time.Now().Add(-time.Minute).UTC().Format(time.RFC3339), "--misfire", "run-all")
	eventually(t, "nobody ticks", func() bool { return c.leader() == "" })
	match("a board without a ticker", `^`+put+`Ticking --value 0 --unit None\n`+put+`QueueAge --value \d+(\.\d+)? --unit Seconds\n$`)

	// One that says it ticks, and does not.
	liar := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) { fmt.Fprintln(w, "jobs_agent_leader 1") }))
	defer liar.Close()
	http = liar.Listener.Addr().String()
	match("a ticker that does not tick", `Overdue --value [6-9]\d(\.\d+)? `)
}
