package cloudformation_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs/deploy/internal/units"
)

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// planted is the template with one mistake.
type planted struct{ name, old, now, want string }

func (p planted) plant(t *testing.T, text string) string {
	t.Helper()
	changed := strings.Replace(text, p.old, p.now, 1)
	if changed == text {
		t.Fatalf("%s: the template does not say %q any more", p.name, p.old)
	}
	return changed
}

// validate answers what the validator of AWS finds in templates, in their order.
func validate(t *testing.T, files ...string) [][]string {
	t.Helper()
	if _, err := os.Stat("node_modules/@aws/cloudformation-validate"); err != nil {
		t.Skipf("the validator is not installed: .ci/need templates does it where node and npm are: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"validate.mjs"}, files...)...)
	var talk bytes.Buffer
	cmd.Stderr = &talk
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node validate.mjs: %v\n%s", err, talk.String())
	}
	var found [][]string
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var line struct{ Found []string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		found = append(found, line.Found)
	}
	if len(found) != len(files) {
		t.Fatalf("got answers for %d templates, want %d", len(found), len(files))
	}
	return found
}

func TestTheValidatorFindsNothing(t *testing.T) {
	t.Parallel()
	for _, fault := range validate(t, "jobs-agent.yaml")[0] {
		t.Error(fault)
	}
}

func TestTheValidatorFindsPlantedMistakes(t *testing.T) {
	t.Parallel()
	tests := []planted{
		{"a property that does not exist", "MultiAZEnabled: true", "MultiAzEnabled: true", "MultiAzEnabled"},
		{"an engine that does not exist", "AllowedValues: [valkey, redis]}\n  NodeType", "AllowedValues: [valkeyy]}\n  NodeType", "valkey"},
		{"a reference to nothing", "VpcId: !Ref Vpc\n", "VpcId: !Ref Vcp\n", "Vcp"},
		{"an attribute that does not exist", "!GetAtt AgentProfile.Arn", "!GetAtt AgentProfile.Name", "'Name' is not one of"},
		{"a policy for deletion that does not exist", "DeletionPolicy: Retain", "DeletionPolicy: Keep", "Keep"},
		{"a snapshot of what has none", "DeletionPolicy: Retain", "DeletionPolicy: Snapshot", "Snapshot"},
		{"a retention that CloudWatch does not have", "RetentionInDays: !Ref LogRetentionDays", "RetentionInDays: 31", "31"},
		{"no greatest size", "      MaxSize: \"101\"\n", "", "MaxSize"},
		{"an effect that does not exist", "Effect: Allow\n                Action: \"s3:GetObject\"", "Effect: Permit\n                Action: \"s3:GetObject\"", "Permit"},
		{"a type of resource that does not exist", "AWS::ElastiCache::SubnetGroup", "AWS::ElastiCache::Subnets", "AWS::ElastiCache::Subnets"},
		{"a condition that does not exist", "!If [HasTopic,", "!If [HasTopics,", "HasTopics"},
		{"a circle", "      GroupDescription: Agents of jobs-agent\n", "      GroupDescription: !Ref Redis\n", "ircular"},
	}
	text, dir := read(t, "jobs-agent.yaml"), t.TempDir()
	var files []string
	for i, tt := range tests {
		file := filepath.Join(dir, fmt.Sprintf("%02d.yaml", i))
		if err := os.WriteFile(file, []byte(tt.plant(t, text)), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for i, found := range validate(t, files...) {
		if got := strings.Join(found, "\n"); !strings.Contains(got, tests[i].want) {
			t.Errorf("%s: got %q, want %q in it", tests[i].name, got, tests[i].want)
		}
	}
}

func TestSystemdHasNothingToSayOfWhatRunsBesideTheAgent(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skipf("systemd-analyze is not installed here: %v", err)
	}
	texts := map[string]string{"jobs-agent.service": read(t, "../systemd/jobs-agent.service")}
	for _, name := range []string{"jobs-agent-drain.service", "jobs-agent-metrics.service", "jobs-agent-metrics.timer"} {
		texts[name] = read(t, filepath.Join("host", name))
	}
	got, err := units.Verify(t.Context(), t.TempDir(), texts)
	if err != nil || got != "" {
		t.Errorf("got %q, %v, want nothing", got, err)
	}
}
