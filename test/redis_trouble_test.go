package test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// must fails the test when a command to Redis does.
func must(t *testing.T, cmds ...redis.Cmder) {
	t.Helper()
	for _, cmd := range cmds {
		if err := cmd.Err(); err != nil {
			t.Fatalf("%v: %v", cmd.Args(), err)
		}
	}
}

func TestRedisBecomesAReplicaForAWhile(t *testing.T) {
	t.Parallel()
	c := newCluster(t, []string{"one", "two"})
	admin := c.server.Client()
	c.wantUnharmed(trouble{
		words: "redis takes no writes: it is a replica",
		lasts: 6 * time.Second, // longer than a lease
		// Nobody listens there, so the data stay.
		begin: func() { must(t, admin.SlaveOf(t.Context(), "127.0.0.1", "1")) },
		end:   func() { must(t, admin.SlaveOf(t.Context(), "NO", "ONE")) },
	})
}

func TestRedisCannotWriteToItsDisk(t *testing.T) {
	t.Parallel()
	c := newCluster(t, []string{"one"}, redistest.Args("--save", "3600 1"))
	admin := c.server.Client()
	dump := filepath.Join(c.server.Dir(), "dump.rdb") // a folder of that name: nobody can replace it by a file
	c.wantUnharmed(trouble{
		words: "redis takes no writes: it cannot write to its disk",
		lasts: 6 * time.Second,
		begin: func() {
			if err := os.Mkdir(dump, 0o700); err != nil {
				t.Fatal(err)
			}
			must(t, admin.BgSave(t.Context()))
		},
		end: func() {
			if err := os.Remove(dump); err != nil {
				t.Fatal(err)
			}
			must(t, admin.BgSave(t.Context()))
		},
	})
}

func TestRedisForgetsItsScriptsAndRestarts(t *testing.T) {
	t.Parallel()
	c := newCluster(t, []string{"one", "two"}, redistest.AOF("always"))
	ran := c.write("ran", "")
	c.ok("put", "each", "shell", "echo $JOBS_RUN_ID >>"+ran, "--every", "1s", "--overlap", "allow")
	c.afterFire("each")
	for range 3 {
		must(t, c.server.Client().ScriptFlush(t.Context()))
		c.afterFire("each")
	}
	for name, node := range c.nodes {
		if lines := node.ofRedis(); len(lines) > 0 {
			t.Errorf("%s told of %+v: scripts that are forgotten are no trouble", name, lines)
		}
	}
	c.server.Restart()
	c.goesOn("each", 2, time.Now())
	c.wantAllEnded(ran)
}
