package units

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// afterDrain is what an agent may take, beyond its drain, to stop in order.
const afterDrain = 10 * time.Second

// repeatable are the keys that may stand more than once and add up. Of others the
// last one wins, and the one before was meant.
const repeatable = "After Before Wants Requires BindsTo Documentation Environment EnvironmentFile ExecStartPre ExecStartPost " +
	"ExecStop ExecStopPost ExecReload SystemCallFilter ReadWritePaths"

var (
	password = regexp.MustCompile(`[a-z]+://[^/\s"']*:[^/\s"'$]+@|requirepass\s+\S|JOBS_GOSSIP_KEY=`)
	program  = regexp.MustCompile(`^[-@:+!]*/`)
)

// Service finds the mistakes that no service of ours may have.
func Service(u *Unit) []string {
	f := &faults{unit: u}
	for _, section := range u.sections {
		if !slices.Contains([]string{"Unit", "Service", "Install", "X-Fleet"}, section.Section) {
			f.add("[%s] is no section of a service", section.Section)
		}
		count := map[string]int{}
		for _, entry := range section.Entries {
			count[entry.Name]++
			if count[entry.Name] == 2 && !slices.Contains(strings.Fields(repeatable), entry.Name) {
				f.add("%s stands in [%s] more than once: only the last one counts", entry.Name, section.Section)
			}
			if strings.HasPrefix(entry.Name, "Exec") && !program.MatchString(entry.Value) {
				f.add("%s=%s: a program is named by its whole path", entry.Name, entry.Value)
			}
		}
	}
	for line := range strings.Lines(u.Text) {
		if !strings.HasPrefix(line, "#") && password.MatchString(line) {
			f.add("a password or key stands in the unit, which everybody may read: %.60s", line)
		}
	}
	if u.One("Service", "ExecStart") == "" {
		f.add("it starts nothing: there is no ExecStart")
	}
	if !slices.Contains([]string{"always", "on-failure"}, u.One("Service", "Restart")) {
		f.add("Restart=%s: nobody starts it again when it dies", u.One("Service", "Restart"))
	}
	if u.One("Unit", "StartLimitIntervalSec") != "0" {
		f.add("after a few starts in a row systemd gives up: [Unit] needs StartLimitIntervalSec=0")
	}
	if u.One("Unit", "Description") == "" {
		f.add("[Unit] needs a Description")
	}
	return f.list
}

// hardened are what every agent's unit says, however balanced it is.
var hardened = map[string]string{
	"NoNewPrivileges": "yes", "PrivateTmp": "yes", "ProtectKernelTunables": "yes", "ProtectKernelModules": "yes",
	"ProtectControlGroups": "yes", "RestrictSUIDSGID": "yes", "LockPersonality": "yes", "RestrictNamespaces": "yes",
	"SystemCallArchitectures": "native", "SystemCallErrorNumber": "EPERM",
}

// Agent finds the mistakes in the unit of an agent, besides those of Service.
func Agent(u *Unit) []string {
	f := &faults{unit: u, list: Service(u)}
	service := func(key string) string { return u.One("Service", key) }
	for key, want := range map[string]string{"Type": "notify", "NotifyAccess": "main", "KillMode": "mixed", "Restart": "always", "OOMPolicy": "continue"} {
		if got := service(key); got != want {
			f.add("%s=%s: want %s, %s", key, got, want, reasons[key])
		}
	}
	if !strings.HasSuffix(service("ExecStart"), "/jobs-agent agent") {
		f.add("ExecStart=%s: want jobs-agent agent, which takes its flags from the environment and the file", service("ExecStart"))
	}
	if user := service("User"); user == "" || user == "root" {
		f.add("User=%q: whoever may put a job would be root", user)
	}
	if d, ok := span(service("WatchdogSec")); !ok || d < 45*time.Second || d > 5*time.Minute {
		f.add("WatchdogSec=%s: want 45 s to 5 min, since an agent calls itself stuck after 30 s", service("WatchdogSec"))
	}
	drain, drains := span(u.environment("JOBS_DRAIN"))
	stop, stops := span(service("TimeoutStopSec"))
	switch {
	case !drains:
		f.add("Environment sets no JOBS_DRAIN: TimeoutStopSec has to go by it")
	case !stops || stop < drain+afterDrain:
		f.add("TimeoutStopSec=%s: want at least the drain, %v, and %v, or systemd kills what still runs", service("TimeoutStopSec"), drain, afterDrain)
	}
	if address := u.environment("JOBS_HTTP"); address == "" || strings.HasSuffix(address, ":0") {
		f.add("Environment sets JOBS_HTTP to %q: a health check needs a port that is known", address)
	}
	files := u.All("Service", "EnvironmentFile")
	if !slices.Contains(files, "-/etc/jobs-agent/redis.env") {
		f.add("EnvironmentFile=%v: want -/etc/jobs-agent/redis.env among them", files)
	}
	for _, file := range files {
		if !strings.HasPrefix(file, "-/") {
			f.add("EnvironmentFile=%s: a host without it starts no agent: want - before it", file)
		}
	}
	for key, want := range hardened {
		if got := service(key); got != want {
			f.add("%s=%s: want %s, the programs of runs inherit it", key, got, want)
		}
	}
	if !slices.Contains(strings.Fields(service("RestrictAddressFamilies")), "AF_NETLINK") {
		f.add("RestrictAddressFamilies=%s: without AF_NETLINK an agent does not find its own addresses", service("RestrictAddressFamilies"))
	}
	slices.Sort(f.list)
	return slices.Compact(f.list)
}

var reasons = map[string]string{
	"Type":         "or it counts as started before it is ready",
	"NotifyAccess": "or the programs of runs speak for it",
	"KillMode":     "or SIGTERM reaches the programs of runs, which the agent lets end",
	"Restart":      "or nobody starts it again when it dies",
	"OOMPolicy":    "or one program that takes too much memory ends all",
}
