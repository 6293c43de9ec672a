package systemd_test

import (
	"strings"
	"testing"
	"time"
)

const unit = "jobs-agent.service"

// wait answers what a run of the type shell printed, when it has ended.
func (m *machine) wait(run string) string {
	m.t.Helper()
	m.until(run+" has ended", func() (string, bool) {
		out, _ := m.try("jobs-agent", "runs", "--state", "succeeded", "-o", "name")
		all, _ := m.try("jobs-agent", "runs", "-o", "json")
		return all, strings.Contains(out, run)
	})
	return m.run("jobs-agent", "logs", run)
}

func TestTheUnitRunsUnderSystemd(t *testing.T) {
	t.Parallel()
	m := boot(t, "")
	m.run("systemctl", "start", "redis-server.service", unit)
	m.run("jobs-agent", "health", "--http", "127.0.0.1:7070") // Type=notify: it is ready when start returns

	t.Run("a program has what the unit leaves to it", func(t *testing.T) {
		m := m.in(t)
		id := m.run("jobs-agent", "enqueue", "shell", "id -un; pwd; umask; touch /usr/x /etc/x; cat /etc/jobs-agent/redis.env; echo x >x && cat x")
		out := m.wait(id)
		for _, want := range []string{"jobs-agent\n", "/var/lib/jobs-agent", "0027", "'/usr/x'", "'/etc/x'", "redis.env: Permission denied", "\nx"} {
			if !strings.Contains(out, want) {
				t.Errorf("got %q, want %q in it", out, want)
			}
		}
	})
	t.Run("a reload serves a type more in the same process", func(t *testing.T) {
		m := m.in(t)
		pid := m.property("MainPID")
		m.run("sh", "-c", "echo 'runners: [shell, exec]' >/etc/jobs-agent/agent.yaml")
		m.run("systemctl", "reload", unit)
		m.until("exec is served", func() (string, bool) {
			out, _ := m.try("jobs-agent", "agents")
			return out, strings.Contains(out, "exec,shell")
		})
		if got := m.property("MainPID"); got != pid {
			t.Errorf("got process %s, want %s as before", got, pid)
		}
	})
	t.Run("a stop lets a run end", func(t *testing.T) {
		m := m.in(t)
		id := m.run("jobs-agent", "enqueue", "shell", "echo begun; sleep 3; echo done")
		m.until("it runs", func() (string, bool) {
			out, _ := m.try("jobs-agent", "runs", "--state", "running", "-o", "name")
			return out, strings.Contains(out, id)
		})
		m.run("systemctl", "stop", unit)
		if got, want := m.wait(id), "begun\ndone"; !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		for name, want := range map[string]string{"Result": "success", "ExecMainStatus": "0", "NRestarts": "0", "ActiveState": "inactive"} {
			if got := m.property(name); got != want {
				t.Errorf("%s: got %s, want %s", name, got, want)
			}
		}
	})
	t.Run("without a Redis it is started again until there is one", func(t *testing.T) {
		m := m.in(t)
		m.run("systemctl", "stop", "redis-server.service")
		m.run("systemctl", "start", "--no-block", unit)
		m.until("it was started again", func() (string, bool) {
			n := m.property("NRestarts")
			return n, n != "0"
		})
		m.run("systemctl", "start", "redis-server.service")
		m.until("it is ready", func() (string, bool) { return m.try("jobs-agent", "health", "--http", "127.0.0.1:7070") })
	})
}

func TestTheDropInsLetProgramsRunUnderSystemd(t *testing.T) {
	t.Parallel()
	// What a program may, tells that the drop-in was heard of; nice and limits go through the supervisor.
	const program = `id -un; nice; ulimit -n; touch /etc/x 2>/dev/null && echo may write; echo x >/var/lib/jobs-agent/x && echo kept`
	for dropIn, want := range map[string]string{"strict.conf": "jobs-agent\n5\n100\nkept", "relaxed.conf": "root\n5\n100\nmay write\nkept"} {
		t.Run(dropIn, func(t *testing.T) {
			m := boot(t, read(t, "drop-ins/"+dropIn))
			m.run("sh", "-c", "printf 'runners:\\n  shell: {nice: 5, limits: {files: 100}}\\n' >/etc/jobs-agent/agent.yaml")
			m.run("systemctl", "start", "redis-server.service", unit)
			if got := m.wait(m.run("jobs-agent", "enqueue", "shell", program)); !strings.Contains(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestTheWatchdogOfSystemdStartsAStuckAgentAgain(t *testing.T) {
	t.Parallel()
	const period = 4 * time.Second // 60 of the unit would be a long test
	m := boot(t, "WatchdogSec="+period.String()+"\n")
	m.run("systemctl", "start", "redis-server.service", unit)
	pid := m.property("MainPID")
	heard := m.property("WatchdogTimestampMonotonic")
	for range 3 {
		m.until("the agent tells the watchdog again", func() (string, bool) {
			now := m.property("WatchdogTimestampMonotonic")
			last := heard
			heard = now
			return now, now != last
		})
	}
	if got := m.property("MainPID"); got != pid {
		t.Fatalf("got process %s, want %s: it was not stuck", got, pid)
	}
	m.run("kill", "-STOP", pid)
	stopped := time.Now()
	m.until("another process is ready", func() (string, bool) {
		now, state := m.property("MainPID"), m.property("ActiveState")
		return now + " " + state, now != pid && now != "0" && state == "active"
	})
	t.Logf("a stopped agent was replaced after %v", time.Since(stopped).Round(time.Millisecond))
	if got := m.property("NRestarts"); got != "1" {
		t.Errorf("got %s restarts, want 1", got)
	}
	id := m.run("jobs-agent", "enqueue", "shell", "echo again")
	if got := m.wait(id); !strings.Contains(got, "again") {
		t.Errorf("got %q, want again", got)
	}
}
