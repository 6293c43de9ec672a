package logsink

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// TestTheProgramDeliversWhatRunsPrintAndFlushesAtSIGTERM runs jobs-agent as users do, on
// a CloudWatch that throttles everything until the agent is told to end.
func TestTheProgramDeliversWhatRunsPrintAndFlushesAtSIGTERM(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "jobs-agent")
	if talk, err := exec.Command("go", "build", "-o", program, "../cmd/jobs-agent").CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, talk)
	}
	f := newFakeLogs(t)
	var open atomic.Bool
	f.fault = func(int, string) *fault {
		if open.Load() {
			return nil
		}
		return &fault{status: 400, code: "ThrottlingException"}
	}
	redis := redistest.Start(t, redistest.TCP())
	command := func(args ...string) *exec.Cmd {
		cmd := exec.Command(program, args...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "JOBS_REDIS=" + redis.URL()}
		for name, value := range f.environment() {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		return cmd
	}
	ok := func(args ...string) string {
		t.Helper()
		text, err := command(args...).Output()
		if err != nil {
			t.Fatalf("jobs-agent %s: %v", strings.Join(args, " "), err)
		}
		return string(text)
	}
	path := filepath.Join(t.TempDir(), "output.log")
	agent := command("agent", "--name", "one", "--runner", "shell",
		"--log-sink", "cloudwatch:/jobs/test?stream=job", "--log-sink", "stdout", "--log-sink", "file:"+path)
	var stdout, stderr diary
	agent.Stdout, agent.Stderr = &stdout, &stderr
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = agent.Process.Kill()
		_, _ = agent.Process.Wait()
		if t.Failed() {
			t.Logf("standard error of the agent:\n%s", &stderr)
		}
	})
	ok("put", "flood", "shell", `seq -f "line %07.0f" 0 19999; printf 'no end'`)
	eventually(t, "the end of the run", func() bool { return strings.Contains(ok("runs", "flood", "-o", "json"), `"succeeded"`) })
	metrics := scrape(t, &stdout)
	for _, want := range []string{
		fmt.Sprintf(`jobs_logsink_dropped_total{reason="full",sink="file:%s"} 0`, path),
		`jobs_logsink_delivered_total{sink="cloudwatch:/jobs/test?stream=job"} 0`,
		`jobs_logsink_buffered_bytes{sink="cloudwatch:/jobs/test?stream=job"} `,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("%q is missing in /metrics:\n%s", want, metrics)
		}
	}
	open.Store(true)
	if err := agent.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := agent.Wait(); err != nil {
		t.Errorf("got %v at the end of the agent, want exit code 0", err)
	}

	want := numbered(0, 20_000, "") + "no end\n"
	if got := strings.Join(f.texts(t, "/jobs/test", "flood"), "\n") + "\n"; got != want {
		t.Errorf("got %d bytes in CloudWatch, want the %d that were printed", len(got), len(want))
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	own := strings.Join(f.texts(t, "/jobs/test", "jobs-agent/"+host), "\n")
	for _, want := range []string{"agent is ready", "agent is stopping", "stopped leading"} {
		if !strings.Contains(own, want) {
			t.Errorf("the agent's log in CloudWatch lacks %q:\n%s", want, own)
		}
	}
	file, err := os.ReadFile(path)
	if err != nil || bytes.Count(file, []byte(" | line ")) != 20_000 || !bytes.Contains(file, []byte("agent is stopping")) {
		t.Errorf("got %d bytes in the file, %v, want all lines and the log", len(file), err)
	}
	if n := strings.Count(stdout.String(), `"text":"line `); n != 20_000 {
		t.Errorf("got %d lines on standard output, want 20000", n)
	}
	for _, text := range []string{stdout.String(), stderr.String(), own} {
		if strings.Contains(text, fakeSecret) {
			t.Error("the secret key stands in a log")
		}
	}
}

// scrape answers /metrics of the agent that logs there.
func scrape(t *testing.T, stdout *diary) string {
	t.Helper()
	var address string
	eventually(t, "the agent to be ready", func() bool {
		for l := range strings.Lines(stdout.String()) {
			var doc struct{ Log struct{ Msg, HTTP string } }
			if json.Unmarshal([]byte(l), &doc) == nil && doc.Log.Msg == "agent is ready" {
				address = doc.Log.HTTP
			}
		}
		return address != ""
	})
	answer, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
