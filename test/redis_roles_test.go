package test

import (
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// roles are the files of deploy/redis, one a role.
var roles = []string{"viewer", "producer", "agent", "admin"}

// newRoles starts a Redis that has read the files of all roles, an agent in its
// role, and answers a host for each role.
func newRoles(t *testing.T) (*cluster, map[string]*host) {
	t.Helper()
	lines := "user default on nopass ~* &* +@all\n"
	for _, role := range roles {
		line := readText(repositoryFile(t, "deploy/redis/"+role+".acl"))
		if !strings.HasPrefix(line, "user jobs-"+role+" off resetpass ") || strings.Count(line, "\n") != 1 {
			t.Fatalf("%s.acl: want one line that makes a user without a password, who is off: %s", role, line)
		}
		lines += line
	}
	h := newHost(t, "")
	server := redistest.Start(t, redistest.TCP(), redistest.Args("--aclfile", h.write("users.acl", lines)))
	hosts := map[string]*host{}
	for _, role := range roles {
		// What the operator does for a role that is wanted.
		must(t, server.Client().Do(t.Context(), "ACL", "SETUSER", "jobs-"+role, "on", ">geheim"))
		hosts[role] = newHost(t, "redis://jobs-"+role+":geheim@"+server.Addr())
	}
	c := &cluster{host: hosts["agent"], server: server, nodes: map[string]*daemon{}}
	c.nodes["one"] = c.start("agent", "--name", "one", "--runner", "shell", "--runner", "mail=cat", "--log-format", "json")
	c.settled(1)
	return c, hosts
}

func TestRedisRolesMayDoWhatTheyAreForAndNoMore(t *testing.T) {
	t.Parallel()
	c, hosts := newRoles(t)
	hosts["admin"].ok("put", "beat", "shell", "echo x", "--every", "1s")
	hosts["admin"].ok("put", "nightly", "mail", "x", "--cron", "30 2 * * *")
	c.afterFire("beat")
	tests := []struct{ verb, may string }{
		{"list -o wide", "viewer agent admin"},
		{"show beat", "viewer agent admin"},
		{"runs beat", "viewer agent admin"},
		{"logs beat", "viewer agent admin"},
		{"count", "viewer agent admin"},
		{"queue list", "viewer agent admin"},
		{"queue dead list", "viewer agent admin"},
		{"agents", "viewer agent admin"},
		{"leader", "viewer agent admin"},
		{"why beat", "viewer agent admin"},
		{"next nightly", "viewer agent admin"},
		{"list --missed", "viewer agent admin"},
		{"export", "viewer agent admin"},
		{"dump", "viewer agent admin"},
		{"enqueue mail x", "producer agent admin"},
		{"enqueue mail x --priority high", "producer agent admin"},
		{"enqueue mail x --unique once", "producer agent admin"},
		{"enqueue mail x --id one", "producer agent admin"},
		{"enqueue shell id", "agent admin"},
		{"enqueue shell id --priority low", "agent admin"},
		{"enqueue mail x --in 1h", "agent admin"},
		{"put other shell id --every 1h", "agent admin"},
		{"put beat shell id --every 1h", "agent admin"},
		{"run beat --force", "agent admin"},
		{"pause nightly", "agent admin"},
		{"resume nightly", "agent admin"},
		{"queue pause mail", "agent admin"},
		{"queue resume mail", "agent admin"},
		{"cancel beat", "agent admin"},
		{"remove other", "agent admin"},
	}
	for _, tt := range tests {
		// Those who may not come first: they leave everything as it is.
		for _, role := range roles {
			may := slices.Contains(strings.Fields(tt.may), role)
			before := ""
			if !may {
				before = sorted(hosts["admin"].ok("dump"))
			}
			got := hosts[role].run(strings.Fields(tt.verb)...)
			if !may {
				if after := sorted(hosts["admin"].ok("dump")); after != before {
					t.Errorf("%s: %s, which it may not, changed the jobs from\n%s\nto\n%s", role, tt.verb, before, after)
				}
			}
			switch {
			case may && got.code != 0:
				t.Errorf("%s: %s: exit code %d, want 0\n%s", role, tt.verb, got.code, got.stderr)
			case !may && (got.code != 4 || !strings.Contains(got.stderr, "redis denies access")):
				t.Errorf("%s: %s: exit code %d, want 4 and that Redis denies access\n%s%s", role, tt.verb, got.code, got.stdout, got.stderr)
			}
		}
	}
	if e := hosts["admin"].run("doctor"); strings.Contains(e.stdout, "acl          fail") || !strings.Contains(e.stdout, "acl ") {
		t.Errorf("doctor of the admin: %s%s", e.stdout, e.stderr)
	}
	if said := c.nodes["one"].talk(); strings.Contains(said, "denies access") {
		t.Errorf("the agent misses rights:\n%s", said)
	}
}

// sorted is a dump in an order of its own; Redis has none.
func sorted(dump string) string {
	lines := strings.Split(strings.ReplaceAll(dump, "},\n", "}\n"), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Whoever has the password needs no program of ours.
func TestRedisRolesHoldWithoutTheProgram(t *testing.T) {
	t.Parallel()
	c, hosts := newRoles(t)
	hosts["admin"].ok("put", "nightly", "mail", "x", "--cron", "30 2 * * *")
	tests := []struct {
		role string
		args []any
		may  bool
	}{
		{"viewer", []any{"HGET", "jobs", "nightly"}, true},
		{"viewer", []any{"HSET", "jobs", "nightly", "{}"}, false},
		{"viewer", []any{"GET", "foreign"}, false},
		{"viewer", []any{"KEYS", "*"}, false},
		{"viewer", []any{"EVAL", "return redis.call('DEL', KEYS[1])", "1", "jobs"}, false},
		{"producer", []any{"LPUSH", "jobs:queue:mail", `{"runner":"mail"}`}, true},
		{"producer", []any{"LPUSH", "jobs:queue:shell", `{"runner":"shell","payload":"id"}`}, false},
		{"producer", []any{"HGET", "jobs", "nightly"}, false},
		{"producer", []any{"HSET", "jobs", "evil", "{}"}, false},
		{"producer", []any{"HSET", "jobs:parked", "evil", "{}"}, false},
		{"producer", []any{"RPOP", "jobs:queue:mail"}, false},
		{"producer", []any{"EVAL", "return redis.call('LPUSH', 'jobs:queue:shell', 'x')", "0"}, false},
		{"agent", []any{"FLUSHALL"}, false},
		{"agent", []any{"CONFIG", "SET", "dir", "/tmp"}, false},
		{"agent", []any{"ACL", "SETUSER", "jobs-agent", "+@all"}, false},
		{"agent", []any{"SET", "foreign", "x"}, false},
		{"admin", []any{"CONFIG", "GET", "maxmemory-policy"}, true},
		{"admin", []any{"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"}, false},
		{"admin", []any{"FLUSHALL"}, false},
	}
	clients := map[string]*redis.Client{}
	for _, role := range roles {
		o := *c.server.Client().Options()
		o.Username, o.Password = "jobs-"+role, "geheim"
		clients[role] = redis.NewClient(&o)
		defer clients[role].Close()
	}
	for _, tt := range tests {
		err := clients[tt.role].Do(t.Context(), tt.args...).Err()
		denied := err != nil && (strings.HasPrefix(err.Error(), "NOPERM") || strings.Contains(err.Error(), "ACL failure"))
		if tt.may && err != nil || !tt.may && !denied {
			t.Errorf("%s: %v: got %v, want that it may: %v", tt.role, tt.args, err, tt.may)
		}
	}
}
