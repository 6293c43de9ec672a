package cloudformation_test

import (
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/jobs-agent/jobs/deploy/internal/units"
)

// tree is a part of the template; functions such as !Ref are the text behind them.
type tree struct{ node *yaml.Node }

// at goes down by keys and numbers; what is not there is empty.
func (t tree) at(path ...string) tree {
	node := t.node
	for _, key := range path {
		var next *yaml.Node
		for i := 0; node != nil && i < len(node.Content); i++ {
			switch {
			case node.Kind == yaml.SequenceNode && strconv.Itoa(i) == key:
				next = node.Content[i]
			case node.Kind == yaml.MappingNode && i%2 == 0 && node.Content[i].Value == key:
				next = node.Content[i+1]
			}
		}
		node = next
	}
	return tree{node}
}

// text is a scalar with the function before it, "!Ref Agents".
func (t tree) text() string {
	if t.node == nil {
		return ""
	}
	if strings.HasPrefix(t.node.Tag, "!!") {
		return t.node.Value
	}
	return strings.TrimSpace(t.node.Tag + " " + t.node.Value)
}

// all are the texts of everything below.
func (t tree) all() (texts []string) {
	if t.node == nil {
		return nil
	}
	if t.node.Kind == yaml.ScalarNode {
		return []string{t.text()}
	}
	for _, child := range t.node.Content {
		texts = append(texts, tree{child}.all()...)
	}
	return texts
}

// of answers a property of a resource of the template.
func (t tree) of(resource string, path ...string) tree {
	return t.at(append([]string{"Resources", resource, "Properties"}, path...)...)
}

// judge finds what no validator can know: what this stack promises.
func judge(text, unit string) (faults []string) {
	add := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil || len(document.Content) != 1 {
		return []string{fmt.Sprintf("no YAML: %v", err)}
	}
	stack := tree{document.Content[0]}

	for _, key := range []string{"AutomaticFailoverEnabled", "MultiAZEnabled", "AtRestEncryptionEnabled", "TransitEncryptionEnabled"} {
		if got := stack.of("Redis", key).text(); got != "true" {
			add("Redis: %s: got %q, want true", key, got)
		}
	}
	if got := stack.of("Redis", "TransitEncryptionMode").text(); got != "required" {
		add("Redis: TransitEncryptionMode: got %q, want required", got)
	}
	if got := stack.of("Redis", "AuthToken").text(); !strings.Contains(got, "{{resolve:secretsmanager:${RedisSecret}") {
		add("Redis: AuthToken: got %q, want the secret", got)
	}
	if n, err := strconv.Atoi(stack.of("Redis", "NumCacheClusters").text()); err != nil || n < 2 {
		add("Redis: NumCacheClusters: want a replica at least")
	}
	if got := stack.of("Redis", "CacheParameterGroupName").text(); got != "!Ref RedisParameters" {
		add("Redis: CacheParameterGroupName: got %q, want !Ref RedisParameters", got)
	}
	if got := stack.of("RedisParameters", "Properties", "maxmemory-policy").text(); got != "noeviction" {
		add("RedisParameters: maxmemory-policy: got %q, want noeviction: no agent ticks on another", got)
	}
	for i, rule := range stack.of("RedisGroup", "SecurityGroupIngress").sequence() {
		if got := rule.at("SourceSecurityGroupId").text(); got != "!GetAtt AgentGroup.GroupId" || rule.at("CidrIp").text() != "" {
			add("RedisGroup: rule %d lets in others than agents", i)
		}
	}
	for resource, protocol := range map[string]string{"GossipTcp": "tcp", "GossipUdp": "udp"} {
		rule := stack.of(resource)
		if rule.at("IpProtocol").text() != protocol || rule.at("GroupId").text() != rule.at("SourceSecurityGroupId").text() || rule.at("FromPort").text() != "7946" {
			add("%s: want %s 7946 from AgentGroup to itself", resource, protocol)
		}
	}
	faults = append(faults, judgeRole(stack)...)
	faults = append(faults, judgeFleet(stack, unit)...)
	faults = append(faults, judgeAlarms(stack)...)
	return faults
}

func (t tree) sequence() (list []tree) {
	if t.node != nil && t.node.Kind == yaml.SequenceNode {
		for _, child := range t.node.Content {
			list = append(list, tree{child})
		}
	}
	return list
}

func judgeRole(stack tree) (faults []string) {
	for _, statement := range stack.of("AgentRole", "Policies", "0", "PolicyDocument", "Statement").sequence() {
		actions := statement.at("Action").all()
		if slices.ContainsFunc(actions, func(action string) bool { return strings.Contains(action, "*") }) {
			faults = append(faults, fmt.Sprintf("AgentRole: %v: an action with a star", actions))
		}
		if slices.Contains(statement.at("Resource").all(), "*") && statement.at("Condition").node == nil {
			faults = append(faults, fmt.Sprintf("AgentRole: %v on everything", actions))
		}
	}
	return faults
}

func judgeFleet(stack tree, unit string) (faults []string) {
	add := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	data := stack.of("AgentTemplate", "LaunchTemplateData")
	start := data.at("UserData", "Fn::Base64").text()
	if strings.Contains(start, "{{resolve:") || strings.Contains(start, "AuthToken") {
		add("UserData holds a secret, which everybody on the machine may read")
	}
	for _, want := range []string{"sha256sum --check", "cfn-signal -e $? ", "jobs-agent health", "--resource AgentFleet"} {
		if !strings.Contains(start, want) {
			add("UserData does not say %q", want)
		}
	}
	if data.at("MetadataOptions", "HttpTokens").text() != "required" {
		add("AgentTemplate: the programs of runs may ask the metadata service without a token")
	}
	fleet := stack.at("Resources", "AgentFleet")
	update := fleet.at("UpdatePolicy", "AutoScalingRollingUpdate")
	if update.at("MaxBatchSize").text() != "1" || update.at("WaitOnResourceSignals").text() != "true" || update.at("MinInstancesInService").text() != "!Ref Agents" {
		add("AgentFleet: agents are not replaced one by one, each after the signal of the one before")
	}
	hook := fleet.at("Properties", "LifecycleHookSpecificationList", "0")
	if hook.at("LifecycleTransition").text() != "autoscaling:EC2_INSTANCE_TERMINATING" || hook.at("LifecycleHookName").text() != "drain" {
		add("AgentFleet: there is no hook named drain for instances that go")
	}
	service, err := units.Parse("jobs-agent.service", unit)
	if err != nil {
		return append(faults, err.Error())
	}
	stop, _ := strconv.Atoi(service.One("Service", "TimeoutStopSec"))
	if wait, err := strconv.Atoi(hook.at("HeartbeatTimeout").text()); err != nil || wait < stop+30 {
		add("AgentFleet: the hook waits %d s, want the %d s that the unit may take to stop and 30 s", wait, stop)
	}
	return faults
}

// measured are the metrics that there are, by who tells them.
var measured = map[string]string{"Ticking": "jobs-agent", "Overdue": "jobs-agent", "QueueAge": "jobs-agent", "DatabaseMemoryUsagePercentage": "AWS/ElastiCache"}

func judgeAlarms(stack tree) (faults []string) {
	found := map[string]bool{}
	resources := stack.at("Resources")
	for i := 0; resources.node != nil && i < len(resources.node.Content); i += 2 {
		resource := tree{resources.node.Content[i+1]}
		if resource.at("Type").text() != "AWS::CloudWatch::Alarm" {
			continue
		}
		name, space := resource.at("Properties", "MetricName").text(), resource.at("Properties", "Namespace").text()
		found[name] = true
		if measured[name] != space {
			faults = append(faults, fmt.Sprintf("an alarm goes by %s in %s, which nobody measures", name, space))
		}
		if space == "jobs-agent" && resource.at("Properties", "TreatMissingData").text() != "breaching" {
			faults = append(faults, fmt.Sprintf("the alarm on %s is silent when nobody measures any more", name))
		}
	}
	for name := range measured {
		if !found[name] {
			faults = append(faults, "no alarm goes by "+name)
		}
	}
	return faults
}

func TestTheStackKeepsWhatItPromises(t *testing.T) {
	t.Parallel()
	for _, fault := range judge(read(t, "jobs-agent.yaml"), read(t, "../systemd/jobs-agent.service")) {
		t.Error(fault)
	}
}

func TestWhatAMachineStartsWithIsAScript(t *testing.T) {
	t.Parallel()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(read(t, "jobs-agent.yaml")), &document); err != nil {
		t.Fatal(err)
	}
	script := tree{document.Content[0]}.of("AgentTemplate", "LaunchTemplateData", "UserData", "Fn::Base64").text()
	script = strings.TrimPrefix(script, "!Sub ")
	if !strings.HasPrefix(script, "#!/bin/bash\n") || len(script) > 12<<10 {
		t.Errorf("got %d bytes that begin with %.20q, want a script of bash of at most 12 KiB", len(script), script)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-n")
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("bash -n: %v: %s", err, out)
	}
}

func TestBrokenPromisesAreFound(t *testing.T) {
	t.Parallel()
	unit := read(t, "../systemd/jobs-agent.service")
	tests := []planted{
		{"no TLS", "TransitEncryptionEnabled: true", "TransitEncryptionEnabled: false", "TransitEncryptionEnabled"},
		{"TLS for those who like it", "TransitEncryptionMode: required", "TransitEncryptionMode: preferred", "want required"},
		{"data in clear", "AtRestEncryptionEnabled: true", "AtRestEncryptionEnabled: false", "AtRestEncryptionEnabled"},
		{"one zone", "MultiAZEnabled: true", "MultiAZEnabled: false", "MultiAZEnabled"},
		{"no replica", "NumCacheClusters: 2", "NumCacheClusters: 1", "want a replica"},
		{"no AUTH", "      AuthToken: !Sub", "      Xx: !Sub", "AuthToken"},
		{"a Redis that evicts", "maxmemory-policy: noeviction", "maxmemory-policy: allkeys-lru", "want noeviction"},
		{"the default parameters", "      CacheParameterGroupName: !Ref RedisParameters\n", "", "CacheParameterGroupName"},
		{"a Redis for all", "          SourceSecurityGroupId: !GetAtt AgentGroup.GroupId\n          IpProtocol", "          CidrIp: 10.0.0.0/8\n          IpProtocol", "lets in others"},
		{"gossip by TCP alone", "IpProtocol: udp", "IpProtocol: tcp", "want udp 7946"},
		{"a role that may do all with logs", `"logs:CreateLogStream", `, `"logs:*", `, "an action with a star"},
		{"a role that may read all secrets", "Resource: [!Ref RedisSecret, !Ref GossipSecret]", `Resource: "*"`, "GetSecretValue] on everything"},
		{"a secret in UserData", "secret '${RedisSecret}' .token", "echo '{{resolve:secretsmanager:${RedisSecret}}}'", "holds a secret"},
		{"a program that nobody checked", "sha256sum --check --quiet", "cat", "sha256sum"},
		{"all at once", "MaxBatchSize: 1", "MaxBatchSize: 3", "not replaced one by one"},
		{"no signal", "WaitOnResourceSignals: true", "WaitOnResourceSignals: false", "not replaced one by one"},
		{"a hook for instances that come", "EC2_INSTANCE_TERMINATING", "EC2_INSTANCE_LAUNCHING", "no hook named drain"},
		{"a hook shorter than the drain", "HeartbeatTimeout: 300", "HeartbeatTimeout: 60", "the hook waits 60 s"},
		{"an alarm by what nobody measures", "MetricName: QueueAge", "MetricName: QueueLength", "which nobody measures"},
		{"an alarm that falls silent", "TreatMissingData: breaching", "TreatMissingData: ignore", "is silent when nobody measures"},
		{"metadata for everybody", "HttpTokens: required", "HttpTokens: optional", "without a token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(judge(tt.plant(t, read(t, "jobs-agent.yaml")), unit), "\n"); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
		})
	}
}
