package systemd_test

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

func parse(t *testing.T, name, text string) *units.Unit {
	t.Helper()
	u, err := units.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// needs skips a test on a machine without a program.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed here: %v", program, err)
	}
}

func TestTheUnitHasNoMistake(t *testing.T) {
	t.Parallel()
	for _, fault := range units.Agent(parse(t, "jobs-agent.service", read(t, "jobs-agent.service"))) {
		t.Error(fault)
	}
}

func TestPlantedMistakesAreFound(t *testing.T) {
	t.Parallel()
	text := read(t, "jobs-agent.service")
	tests := []struct{ name, old, now, want string }{
		{"another type", "Type=notify", "Type=simple", "Type=simple: want notify"},
		{"everybody may notify", "NotifyAccess=main", "NotifyAccess=all", "NotifyAccess=all: want main"},
		{"the watchdog is shorter than an agent is patient", "WatchdogSec=60", "WatchdogSec=10", "WatchdogSec=10: want 45 s"},
		{"no watchdog", "WatchdogSec=60", "", "WatchdogSec=: want"},
		{"a drain longer than the stop", "JOBS_DRAIN=90s", "JOBS_DRAIN=2m", "TimeoutStopSec=105: want at least the drain, 2m0s"},
		{"no drain", "Environment=JOBS_DRAIN=90s", "", "sets no JOBS_DRAIN"},
		{"a signal for all programs", "KillMode=mixed", "KillMode=control-group", "KillMode=control-group: want mixed"},
		{"one program out of memory ends all", "OOMPolicy=continue", "", "OOMPolicy=: want continue"},
		{"nobody starts it again", "Restart=always", "Restart=no", "Restart=no"},
		{"a limit of starts, in the wrong section", "StartLimitIntervalSec=0\n\n[Service]", "\n[Service]\nStartLimitIntervalSec=0", "needs StartLimitIntervalSec=0"},
		{"a port that nobody knows", "127.0.0.1:7070", "127.0.0.1:0", "needs a port that is known"},
		{"root", "User=jobs-agent", "User=root", "would be root"},
		{"a file that has to be there", "=-/etc/jobs-agent/agent.env", "=/etc/jobs-agent/agent.env", "want - before it"},
		{"another file for the Redis", "/etc/jobs-agent/redis.env\n", "/etc/redis.env\n", "want -/etc/jobs-agent/redis.env"},
		{"a password in the unit", "JOBS_DRAIN=90s", "JOBS_DRAIN=90s JOBS_REDIS=redis://jobs:secret@db", "a password or key stands in the unit"},
		{"a program that is looked for", "ExecStart=/usr/bin/", "ExecStart=", "whole path"},
		{"a flag that wins over the file", "/jobs-agent agent\n", "/jobs-agent agent --drain 5s\n", "takes its flags from the environment"},
		{"a key twice", "RestartSec=2", "RestartSec=2\nRestartSec=60", "RestartSec stands in [Service] more than once"},
		{"a section that is none", "[Install]", "[Instal]", "[Instal] is no section"},
		{"programs may get rights", "NoNewPrivileges=yes", "NoNewPrivileges=no", "NoNewPrivileges=no: want yes"},
		{"a filter that kills", "SystemCallErrorNumber=EPERM", "", "SystemCallErrorNumber=: want EPERM"},
		{"no way to ask for addresses", " AF_NETLINK", "", "without AF_NETLINK"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(text, tt.old, tt.now, 1)
			if changed == text {
				t.Fatalf("the unit does not say %q any more", tt.old)
			}
			got := strings.Join(units.Agent(parse(t, "jobs-agent.service", changed)), "\n")
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSystemdHasNothingToSay(t *testing.T) {
	t.Parallel()
	needs(t, "systemd-analyze")
	unit := read(t, "jobs-agent.service")
	for _, dropIn := range []string{"", "strict.conf", "relaxed.conf", "limits.conf"} {
		t.Run("with "+dropIn, func(t *testing.T) {
			t.Parallel()
			texts := map[string]string{"jobs-agent.service": unit}
			if dropIn != "" {
				texts["jobs-agent.service.d/"+dropIn] = read(t, filepath.Join("drop-ins", dropIn))
			}
			got, err := units.Verify(t.Context(), t.TempDir(), texts)
			if err != nil || got != "" {
				t.Errorf("got %q, %v, want nothing", got, err)
			}
		})
	}
	t.Run("but of a mistake", func(t *testing.T) {
		t.Parallel()
		changed := strings.Replace(unit, "ProtectSystem=full", "ProtectSytem=full", 1)
		got, err := units.Verify(t.Context(), t.TempDir(), map[string]string{"jobs-agent.service": changed})
		if err != nil || !strings.Contains(got, "ProtectSytem") {
			t.Errorf("got %q, %v, want that ProtectSytem is unknown", got, err)
		}
	})
}

func TestTheUnitIsAsHardAsItSays(t *testing.T) {
	t.Parallel()
	needs(t, "systemd-analyze")
	unit := read(t, "jobs-agent.service")
	tests := []struct {
		name, dropIn string
		most         int // tenths
		over         bool
	}{
		{"balanced", "", 25, false},
		{"strict", "strict.conf", 15, false},
		{"relaxed is not", "relaxed.conf", 25, true},
		{"with limits of runs", "limits.conf", 27, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dropIns := map[string]string{}
			if tt.dropIn != "" {
				dropIns[tt.dropIn] = read(t, filepath.Join("drop-ins", tt.dropIn))
			}
			report, err := units.Exposure(t.Context(), t.TempDir(), "jobs-agent.service", unit, dropIns, tt.most)
			lines := strings.Split(strings.TrimSpace(report), "\n")
			t.Logf("measured: %s", lines[len(lines)-1])
			if (err != nil) != tt.over {
				t.Errorf("got %v, want over %d tenths: %v\n%s", err, tt.most, tt.over, report)
			}
		})
	}
}

// TestTheDropInForLimitsHasAllThatACgroupARunNeeds: without one of them an agent with
// limits of memory or cpu refuses to start.
func TestTheDropInForLimitsHasAllThatACgroupARunNeeds(t *testing.T) {
	t.Parallel()
	u := parse(t, "limits.conf", read(t, filepath.Join("drop-ins", "limits.conf")))
	for key, want := range map[string]string{"Delegate": "memory cpu", "ProtectControlGroups": "no", "RestrictNamespaces": "no"} {
		if got := u.One("Service", key); got != want {
			t.Errorf("%s=%s: want %s", key, got, want)
		}
	}
}

func TestTheUserAndTheFoldersAreMade(t *testing.T) {
	t.Parallel()
	needs(t, "systemd-sysusers")
	needs(t, "systemd-tmpfiles")
	root := t.TempDir()
	for _, folder := range []string{"etc", "var/lib"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"systemd-sysusers", "--root=" + root, "jobs-agent.sysusers"},
		{"systemd-tmpfiles", "--create", "--root=" + root, "jobs-agent.tmpfiles"},
	} {
		for i, arg := range args {
			if strings.HasPrefix(arg, "jobs-agent.") {
				args[i], _ = filepath.Abs(arg)
			}
		}
		out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput()
		if err != nil {
			if os.Getuid() != 0 {
				t.Skipf("%v needs root: %v: %s", args, err, out)
			}
			t.Fatalf("%v: %v: %s", args, err, out)
		}
	}
	if passwd := read(t, filepath.Join(root, "etc/passwd")); !strings.Contains(passwd, "jobs-agent:x:") || !strings.Contains(passwd, "nologin") {
		t.Errorf("got %q, want a user jobs-agent who cannot log in", passwd)
	}
	for folder, want := range map[string]os.FileMode{"etc/jobs-agent": 0o750, "var/lib/jobs-agent": 0o750} {
		info, err := os.Stat(filepath.Join(root, folder))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want a folder with %o", folder, info, err, want)
		}
	}
}
