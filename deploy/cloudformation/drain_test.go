package cloudformation_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// commands makes a folder of shell scripts that stand for programs.
func commands(t *testing.T, scripts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAMachineGoesWhenItsAgentHasEnded(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	dir := commands(t, map[string]string{
		// The metadata service: in service twice, then out of order once, then to go.
		"curl": `case "$*" in
*api/token) echo secret ;;
*"X-aws-ec2-metadata-token: secret"*instance-id) echo i-1 ;;
*"X-aws-ec2-metadata-token: secret"*target-lifecycle-state)
  echo asked >>"$LOG"
  case $(grep -c asked "$LOG") in 1|2) echo InService ;; 3) exit 22 ;; *) echo Terminated ;; esac ;;
*) exit 1 ;;
esac`,
		"sleep":     `echo "sleep $*" >>"$LOG"`,
		"systemctl": `echo "systemctl $*" >>"$LOG"; exit 1`,
		"aws":       `echo "aws $*" >>"$LOG"`,
	})
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "host/drain.sh")
	cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "LOG=" + log, "GROUP=fleet", "HOOK=drain"}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := strings.ReplaceAll(read(t, log), "asked\n", "")
	want := strings.Repeat("sleep 5\n", 3) + "systemctl stop jobs-agent.service\n" +
		"aws autoscaling complete-lifecycle-action --auto-scaling-group-name fleet --lifecycle-hook-name drain " +
		"--instance-id i-1 --lifecycle-action-result CONTINUE\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
