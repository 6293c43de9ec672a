package test

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/scripts"
)

// names2014 answers the ten commands every client of 2014 looks for.
func names2014() []string {
	return []string{"jcount", "jdel", "jget", "jnext", "jpop", "jregister", "jset", "jsetnx", "jtick", "jtrim"}
}

func TestContractCommandsNamesTenLoadedScripts(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, c *contractClient) {
		sha := regexp.MustCompile(`^[0-9a-f]{40}$`)
		for _, name := range names2014() {
			if !sha.MatchString(c.shas[name]) {
				t.Errorf("commands[%s]: got %q, want 40 hex digits", name, c.shas[name])
			}
		}
		for name, got := range c.shas {
			if regexp.MustCompile(`[^a-z0-9_]`).MatchString(name) {
				t.Errorf("commands has the name %q, which no client can make a method of", name)
			}
			if loaded := c.rdb.ScriptExists(t.Context(), got).Val(); !slices.Equal(loaded, []bool{true}) {
				t.Errorf("the script of %s is not loaded", name)
			}
		}
		c.wantOwnKeys(t)
	})
}

func TestContractInstallKeepsWhatOlderClientsHold(t *testing.T) {
	t.Parallel()
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		old := rdb.ScriptLoad(t.Context(), "return 'a script of an older version'").Val()
		if err := rdb.HSet(t.Context(), "commands", "jset", old).Err(); err != nil {
			t.Fatal(err)
		}
		first := connect2014(t, rdb)
		second := connect2014(t, rdb)
		if !maps.Equal(first.shas, second.shas) {
			t.Errorf("a second install changed the names or SHAs: %v, then %v", first.shas, second.shas)
		}
		if first.shas["jset"] == old {
			t.Error("install left the old SHA of jset in the hash commands")
		}
		if got := rdb.EvalSha(t.Context(), old, nil).Val(); got != "a script of an older version" {
			t.Errorf("the SHA of an older version: got %v, want it callable", got)
		}
	})
}

func TestContractInstallHealsAfterScriptsWereLost(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, c *contractClient) {
		if err := c.rdb.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		wantReply(t, "JGET after SCRIPT FLUSH", c.do("jget", "a"), anError{})
		if err := scripts.Install(t.Context(), c.rdb); err != nil {
			t.Fatalf("install again: %v", err)
		}
		wantReply(t, "JGET after installing again", c.do("jget", "a"), nil)
	})
}

func TestContractInstallLeavesNoMomentWithoutCommands(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, c *contractClient) {
		done := make(chan error, 1)
		go func() {
			for range 20 {
				if err := scripts.Install(context.Background(), c.rdb); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		for {
			names := c.rdb.HGetAll(t.Context(), "commands").Val()
			for _, name := range names2014() {
				if names[name] == "" {
					t.Errorf("a client that connects during an install finds no %s", name)
				}
			}
			select {
			case err := <-done:
				if err != nil {
					t.Errorf("install: %v", err)
				}
				return
			default:
			}
			if t.Failed() {
				<-done
				return
			}
		}
	})
}
