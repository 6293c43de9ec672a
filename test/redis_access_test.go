package test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// cutOff ends all connections but those whose client has a name.
func cutOff(t *testing.T, admin *redis.Client) {
	t.Helper()
	list, err := admin.ClientList(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(list) {
		if strings.Contains(line, " name= ") {
			id, _, _ := strings.Cut(strings.TrimPrefix(line, "id="), " ")
			admin.Do(t.Context(), "CLIENT", "KILL", "ID", id) // it may be gone
		}
	}
}

// named is a connection that cutOff spares.
func named(t *testing.T, server *redistest.Server) *redis.Client {
	t.Helper()
	admin := server.Client()
	o := *admin.Options()
	o.ClientName, o.PoolSize = "spared", 1
	client := redis.NewClient(&o)
	t.Cleanup(func() { client.Close() })
	must(t, client.Ping(t.Context()))
	return client
}

func TestRedisGetsAnotherPasswordAndTheOldOneBack(t *testing.T) {
	t.Parallel()
	c := newCluster(t, []string{"one", "two"}, redistest.Password("geheim"))
	admin := named(t, c.server)
	c.wantUnharmed(trouble{
		words: "redis denies access",
		lasts: 6 * time.Second,
		begin: func() {
			must(t, admin.ConfigSet(t.Context(), "requirepass", "verborgen"))
			cutOff(t, admin)
		},
		end: func() { must(t, admin.ConfigSet(t.Context(), "requirepass", "geheim")) },
	})
	for name, node := range c.nodes {
		if strings.Contains(node.talk(), "geheim") {
			t.Errorf("%s says the password", name)
		}
	}
}

func TestRedisTakesTheRightsOfAUserAndGivesThemBack(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP())
	admin := server.Client()
	grant := func(rules ...any) {
		t.Helper()
		must(t, admin.Do(t.Context(), append([]any{"ACL", "SETUSER", "agents", "on", ">geheim", "~*", "&*"}, rules...)...))
	}
	grant("+@all")
	c := clusterAt(t, server, "redis://agents:geheim@"+server.Addr(), []string{"one"})
	c.wantUnharmed(trouble{
		words: "redis denies access",
		lasts: 6 * time.Second,
		begin: func() { grant("-@all", "+ping") },
		end:   func() { grant("+@all") },
	})
}

func TestRedisHasAsManyClientsAsItTakes(t *testing.T) {
	t.Parallel()
	c := newCluster(t, []string{"one", "two"})
	admin := named(t, c.server)
	var idle []net.Conn
	c.wantUnharmed(trouble{
		words: "redis does not answer: it has as many clients as it takes",
		lasts: 6 * time.Second,
		begin: func() {
			for range 5 {
				conn, err := net.Dial("tcp", c.server.Addr())
				if err != nil {
					t.Fatal(err)
				}
				if _, err := conn.Write([]byte("CLIENT SETNAME idle\r\n")); err != nil {
					t.Fatal(err)
				}
				if n, err := conn.Read(make([]byte, 64)); err != nil || n == 0 {
					t.Fatal(n, err)
				}
				idle = append(idle, conn)
			}
			must(t, admin.ConfigSet(t.Context(), "maxclients", "6"))
			cutOff(t, admin)
		},
		end: func() {
			for _, conn := range idle {
				conn.Close()
			}
			must(t, admin.ConfigSet(t.Context(), "maxclients", "1000"))
		},
	})
}

func TestRedisLoadsItsDataForAWhile(t *testing.T) {
	t.Parallel()
	// Each key is slow to load, as a great file is.
	c := newCluster(t, []string{"one", "two"}, redistest.AOF("always"), redistest.Args(
		"--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024"))
	ran := c.write("ran", "")
	c.ok("put", "each", "shell", "echo $JOBS_RUN_ID >>"+ran, "--every", "1s", "--overlap", "allow")
	admin := c.server.Client()
	for i := range 250 {
		must(t, admin.Set(t.Context(), "foreign:"+strings.Repeat("x", i), strings.Repeat("x", 1000), 0))
	}
	must(t, admin.BgRewriteAOF(t.Context())) // only a snapshot is slow to load
	eventually(t, "the file is rewritten", func() bool {
		info := admin.Info(t.Context(), "persistence").Val()
		return strings.Contains(info, "aof_rewrite_in_progress:0") && strings.Contains(info, "aof_rewrite_scheduled:0")
	})
	c.afterFire("each")
	c.server.Restart()
	c.goesOn("each", 2, time.Now())
	for _, node := range c.nodes {
		node.wantTold("redis does not answer: it is loading its data")
	}
	c.wantAllEnded(ran)
}
