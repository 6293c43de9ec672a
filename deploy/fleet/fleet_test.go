package fleet_test

import (
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

// set answers the names of the units that are submitted to fleet.
func set(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.service")
	if err != nil || len(names) != 4 {
		t.Fatalf("got %v, %v, want four units", names, err)
	}
	return names
}

// judge answers all that is wrong with a unit.
func judge(t *testing.T, name, text string) []string {
	t.Helper()
	u, err := units.Parse(name, text)
	if err != nil {
		return []string{err.Error()}
	}
	faults := units.Fleet(u, set(t))
	if strings.HasPrefix(name, "jobs-agent") {
		return append(faults, units.Agent(u)...)
	}
	return append(faults, units.Service(u)...)
}

func TestTheUnitsHaveNoMistake(t *testing.T) {
	t.Parallel()
	for _, name := range set(t) {
		for _, fault := range judge(t, name, read(t, name)) {
			t.Error(fault)
		}
	}
}

func TestPlantedMistakesAreFound(t *testing.T) {
	t.Parallel()
	const global, template, redis, discovery = "jobs-agent.service", "jobs-agent@.service", "jobs-redis.service", "jobs-redis-discovery.service"
	tests := []struct{ name, file, old, now, want string }{
		{"Global that is not true", global, "Global=true", "Global=maybe", "Global=maybe: anything but true is false"},
		{"Global beside MachineOf", global, "Global=true", "Global=true\nMachineOf=jobs-redis.service", "Global=true excludes MachineOf"},
		{"Global beside Replaces", global, "Global=true", "Global=true\nReplaces=jobs-redis.service", "Global=true excludes Replaces"},
		{"a key that fleet does not know", global, "Global=true", "X-Global=true", "[X-Fleet] X-Global: fleet ignores it"},
		{"nothing for fleet", global, "[X-Fleet]\nGlobal=true", "", "[X-Fleet] is missing"},
		{"Install", global, "[X-Fleet]", "[Install]\nWantedBy=multi-user.target\n\n[X-Fleet]", "[Install]: fleet starts units"},
		{"Conflicts that hits a sidekick", template, "Conflicts=jobs-agent@*.service", "Conflicts=jobs-*.service", "hits jobs-redis-discovery.service"},
		{"Conflicts that hits no instance", template, "Conflicts=jobs-agent@*.service", "Conflicts=jobs-agent.*.service", "does not hit jobs-agent@1.service"},
		{"Conflicts that is no pattern", template, "@*.service", "@[.service", "syntax error in pattern"},
		{"Conflicts beside Replaces", template, "[X-Fleet]", "[X-Fleet]\nReplaces=jobs-agent@9.service", "Conflicts excludes Replaces"},
		{"Conflicts beside MachineID", template, "[X-Fleet]", "[X-Fleet]\nMachineID=148a18ff", "MachineID excludes Conflicts"},
		{"instances that look alike", template, "Agent %i of", "Agent of", "instances are told apart by %i"},
		{"metadata with a colon", redis, "=jobs-redis=true", "=role:worker", "MachineMetadata=role:worker: want KEY=VALUE"},
		{"metadata without a value", redis, "=jobs-redis=true", "=jobs-redis=", "want KEY=VALUE"},
		{"a unit that is not there", discovery, "MachineOf=jobs-redis.service", "MachineOf=redis.service", "there is no such unit"},
		{"a line that is cut off", discovery, "[Unit]\n", "[Unit]\n# " + strings.Repeat("x", 2048) + "\n", "line too long (max 2048 bytes)"},
		{"a password in the unit", redis, "--appendonly yes", "--requirepass geheim --appendonly yes", "a password or key stands in the unit"},
		{"a service that stays dead", redis, "Restart=always", "Restart=on-success", "nobody starts it again"},
		{"a drain longer than the stop", template, "TimeoutStopSec=105", "TimeoutStopSec=30", "want at least the drain"},
		{"a signal for all programs", global, "KillMode=mixed", "KillMode=process", "KillMode=process: want mixed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := read(t, tt.file)
			changed := strings.Replace(text, tt.old, tt.now, 1)
			if changed == text {
				t.Fatalf("%s does not say %q any more", tt.file, tt.old)
			}
			if got := strings.Join(judge(t, tt.file, changed), "\n"); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSystemdHasNothingToSay(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skipf("systemd-analyze is not installed here: %v", err)
	}
	texts := map[string]string{"etcd2.service": "[Unit]\nDescription=x\n[Service]\nExecStart=/bin/sh\n"}
	for _, name := range set(t) {
		texts[name] = read(t, name)
	}
	got, err := units.Verify(t.Context(), t.TempDir(), texts)
	if err != nil || got != "" {
		t.Errorf("got %q, %v, want nothing", got, err)
	}
	for _, name := range []string{"jobs-agent.service", "jobs-agent@.service"} {
		if report, err := units.Exposure(t.Context(), t.TempDir(), name, texts[name], nil, 25); err != nil {
			t.Errorf("%s: %v\n%s", name, err, report)
		}
	}
}

// The units of agents differ from that for systemd alone only in where they find
// the program, their Redis and each other.
func TestAllAgentsAreHardenedAlike(t *testing.T) {
	t.Parallel()
	settings := func(file string) string {
		_, text, _ := strings.Cut(read(t, file), "NoNewPrivileges=")
		text, _, _ = strings.Cut(text, "[")
		return text
	}
	want := settings("../systemd/jobs-agent.service")
	for _, name := range []string{"jobs-agent.service", "jobs-agent@.service"} {
		if got := settings(name); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

// agentEnvironment runs what an agent's unit runs before the agent, on a host with
// these files below /etc/jobs-agent, and answers the environment that it finds.
func agentEnvironment(t *testing.T, etcd string, files []string, env ...string) (string, error) {
	t.Helper()
	u, err := units.Parse("jobs-agent.service", read(t, "jobs-agent.service"))
	if err != nil {
		t.Fatal(err)
	}
	line, ok := strings.CutPrefix(u.One("Service", "ExecStartPre"), "/bin/sh -ec '")
	if !ok || !strings.HasSuffix(line, "'") {
		t.Fatalf("ExecStartPre is no shell line: %s", line)
	}
	root := t.TempDir()
	for name, text := range map[string]string{"run/found.env": "JOBS_REDIS=redis://stale", "bin/etcdctl": "#!/bin/sh\n" + etcd} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range files {
		if err := os.WriteFile(filepath.Join(root, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found := filepath.Join(root, "run/found.env")
	// What systemd makes of the line, and the host's folders inside the test's.
	line = strings.NewReplacer("$$", "$", "/run/jobs-agent/found.env", found, "/usr/bin/etcdctl", filepath.Join(root, "bin/etcdctl"),
		"-r /etc/jobs-agent/", "-r "+root+"/").Replace(strings.TrimSuffix(line, "'"))
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-ec", line)
	cmd.Env = append(env, "COREOS_PRIVATE_IPV4=10.0.0.7")
	if out, err := cmd.CombinedOutput(); err != nil {
		return string(out), err
	}
	return read(t, found), nil
}

func TestAnAgentFindsItsRedis(t *testing.T) {
	t.Parallel()
	// A later etcdctl that is not told the version answers nothing, and succeeds.
	const etcd = `[ "$ETCDCTL_API" = 2 ] || exit 0; [ "$*" = "get /jobs-agent/redis" ] && echo 10.0.0.5:6379`
	tests := []struct {
		name, etcd string
		files, env []string
		want       string
	}{
		{"by etcd", etcd, nil, nil, "JOBS_REDIS=redis://10.0.0.5:6379\n"},
		{"by etcd, with a password", etcd, []string{"redis.password"}, nil, "JOBS_REDIS=redis://10.0.0.5:6379?password_file=/etc/jobs-agent/redis.password\n"},
		{"by the file of the host, without etcd", "exit 1", nil, []string{"JOBS_REDIS=redis://db"}, ""},
		{
			"and gossips where there is a key", etcd,
			[]string{"gossip.key"},
			nil,
			"JOBS_GOSSIP=10.0.0.7:7946\nJOBS_GOSSIP_KEY_FILE=/etc/jobs-agent/gossip.key\nJOBS_REDIS=redis://10.0.0.5:6379\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := agentEnvironment(t, tt.etcd, tt.files, tt.env...)
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
	for name, etcd := range map[string]string{"as etcd does": "exit 4", "when etcd answers nothing": "exit 0"} {
		t.Run("or fails, and is started again, "+name, func(t *testing.T) {
			t.Parallel()
			if got, err := agentEnvironment(t, etcd, nil); err == nil {
				t.Errorf("got %q, want a failure of ExecStartPre", got)
			}
		})
	}
}

func TestTheAddressIsKnownAsLongAsTheRedisAnswers(t *testing.T) {
	t.Parallel()
	for answers, want := range map[string]string{"true": "2 set --ttl 60 /jobs-agent/redis 10.0.0.5:6379\n", "false": ""} {
		t.Run("answers: "+answers, func(t *testing.T) {
			t.Parallel()
			u, err := units.Parse("jobs-redis-discovery.service", read(t, "jobs-redis-discovery.service"))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			log := filepath.Join(dir, "log")
			line := strings.TrimSuffix(strings.TrimPrefix(u.One("Service", "ExecStart"), "/bin/sh -c '"), "'")
			for name, text := range map[string]string{"docker": answers, "etcdctl": `echo "$ETCDCTL_API $*" >>` + log, "sleep": "kill $PPID"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
					t.Fatal(err)
				}
				line = strings.NewReplacer("/usr/bin/"+name, filepath.Join(dir, name), "/bin/"+name, filepath.Join(dir, name)).Replace(line)
			}
			line = strings.ReplaceAll(line, "${COREOS_PRIVATE_IPV4}", "10.0.0.5") // systemd does
			if err := os.WriteFile(log, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			// The program in place of sleep ends the loop.
			cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", line)
			cmd.Env = u.All("Service", "Environment")
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Errorf("the loop ended by itself: %s", out)
			}
			if got := read(t, log); got != want {
				t.Errorf("etcd was told %q, want %q (%v: %s)", got, want, err, out)
			}
		})
	}
}
