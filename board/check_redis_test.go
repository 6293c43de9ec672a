package board_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2/server"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
)

// finding answers what CheckRedis says of one thing.
func finding(t *testing.T, b *board.Board, check string) board.Finding {
	t.Helper()
	findings := must[[]board.Finding](t)(b.CheckRedis(t.Context()))
	i := slices.IndexFunc(findings, func(f board.Finding) bool { return f.Check == check })
	if i < 0 {
		t.Fatalf("nothing is said of %s in %+v", check, findings)
	}
	return findings[i]
}

// wantFinding compares the level, and looks for words in what was found, why it
// matters and what to do.
func wantFinding(t *testing.T, got board.Finding, level board.Level, words ...string) {
	t.Helper()
	text := fmt.Sprint(got.Found, "; ", got.Why, "; ", got.Fix)
	missing := slices.DeleteFunc(words, func(word string) bool { return strings.Contains(text, word) })
	if got.Level != level || len(missing) > 0 || (got.Why == "") != (level == board.OK) || (got.Fix == "") != (level == board.OK) {
		t.Errorf("got %+v, want %s with %q", got, level, missing)
	}
}

// pretender answers INFO (fields divided by blanks) and CONFIG GET as told, TIME by
// a clock that goes ahead, and knows scripts but no users, as Redis 6.2.
func pretender(t *testing.T, info string, config map[string]string, ahead time.Duration) *board.Board {
	t.Helper()
	s, err := server.NewServer("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for name, answer := range map[string]server.Cmd{
		"PING":    func(p *server.Peer, _ string, _ []string) { p.WriteInline("PONG") },
		"INFO":    func(p *server.Peer, _ string, _ []string) { p.WriteBulk(strings.ReplaceAll(info, " ", "\r\n")) },
		"SCRIPT":  func(p *server.Peer, _ string, _ []string) { p.WriteBulk("sha") },
		"EVALSHA": func(p *server.Peer, _ string, _ []string) { p.WriteNull() },
		"CONFIG": func(p *server.Peer, _ string, args []string) {
			if value, ok := config[args[1]]; ok {
				p.WriteStrings([]string{args[1], value})
			} else {
				p.WriteError("NOPERM this user has no permissions to run the 'config|get' command")
			}
		},
		"TIME": func(p *server.Peer, _ string, _ []string) {
			now := time.Now().Add(ahead)
			p.WriteStrings([]string{fmt.Sprint(now.Unix()), fmt.Sprint(now.Nanosecond() / 1000)})
		},
	} {
		if err := s.Register(name, answer); err != nil {
			t.Fatal(err)
		}
	}
	return open(t, "redis://"+s.Addr().String())
}

func TestCheckReadsWhatRedisTellsOfItself(t *testing.T) {
	t.Parallel()
	const sound = "redis_version:7.0.15 aof_enabled:1 aof_last_write_status:ok role:master maxmemory_policy:noeviction "
	tests := []struct {
		info   string
		config map[string]string
		check  string
		level  board.Level
		words  string
	}{
		{"redis_version:6.2.0", nil, "version", board.OK, "Redis 6.2.0"},
		{"redis_version:6.0.16", nil, "version", board.Problem, "install Redis 6.2"},
		{"redis_version:7.2.4 valkey_version:7.2.5", nil, "version", board.OK, "Valkey 7.2.5"},
		{"redis_version:7.2.4 valkey_version:7.1.0", nil, "version", board.Problem, "install Valkey 7.2"},
		{"redis_version:10.0.0", nil, "version", board.OK, "Redis 10.0.0"},
		{sound, nil, "persistence", board.OK, "append-only file"},
		{sound, map[string]string{"appendfsync": "everysec"}, "persistence", board.OK, "fsync everysec"},
		{sound, map[string]string{"appendfsync": "no"}, "persistence", board.Warning, "half a minute"},
		{"redis_version:7.0.15 aof_enabled:0", map[string]string{"save": ""}, "persistence", board.Warning, "everything is lost"},
		{"redis_version:7.0.15 aof_enabled:0", map[string]string{"save": "3600 1"}, "persistence", board.Warning, "since the last snapshot"},
		{"redis_version:7.0.15 aof_enabled:0", nil, "persistence", board.Warning, "since the last snapshot"},
		{sound, nil, "disk", board.OK, "went well"},
		{sound + "aof_last_write_status:err", nil, "disk", board.Problem, "could not be written"},
		{sound + "aof_last_bgrewrite_status:err", nil, "disk", board.Problem, "could not be rewritten"},
		{sound + "rdb_last_bgsave_status:err", nil, "disk", board.Problem, "snapshot failed"},
		{sound, nil, "eviction", board.OK, "noeviction"},
		{sound + "maxmemory_policy:volatile-ttl", nil, "eviction", board.Problem, "volatile-ttl"},
		{sound + "used_memory:89000000 maxmemory:100000000", nil, "memory", board.OK, "89.0 of 100.0 MB used, 89 %"},
		{sound + "used_memory:90000000 maxmemory:100000000", nil, "memory", board.Warning, "90 %"},
		{sound + "used_memory:100000001 maxmemory:100000000", nil, "memory", board.Problem, "nothing new is queued"},
		{sound + "connected_clients:80 maxclients:100", nil, "clients", board.OK, "80 of 100"},
		{sound + "connected_clients:81 maxclients:100", nil, "clients", board.Warning, "raise maxclients"},
		{sound, nil, "role", board.OK, "master"},
		{sound + "role:slave master_host:db1 master_port:6379", nil, "role", board.Problem, "replica of db1:6379"},
		{sound + "connected_slaves:0", map[string]string{"min-replicas-to-write": "0"}, "replication", board.OK, "0 replicas"},
		{sound + "connected_slaves:2", map[string]string{"min-replicas-to-write": "0"}, "replication", board.Warning, "a failover loses"},
		{sound + "connected_slaves:2", nil, "replication", board.OK, "2 replicas"},
		{sound + "connected_slaves:2 min_slaves_good_slaves:2", map[string]string{"min-replicas-to-write": "1"}, "replication", board.OK, "min-replicas-to-write 1"},
		{sound + "connected_slaves:1 min_slaves_good_slaves:0", map[string]string{"min-replicas-to-write": "1"}, "replication", board.Problem, "takes no writes"},
		{sound, nil, "acl", board.OK, "does not tell what it may run"},
	}
	for _, tt := range tests {
		t.Run(tt.check+" "+tt.info, func(t *testing.T) {
			t.Parallel()
			wantFinding(t, finding(t, pretender(t, tt.info, tt.config, 0), tt.check), tt.level, tt.words)
		})
	}
}

func TestCheckTellsClocksThatDiffer(t *testing.T) {
	t.Parallel()
	for ahead, level := range map[time.Duration]board.Level{
		0: board.OK, 300 * time.Millisecond: board.OK, 900 * time.Millisecond: board.Warning, -time.Hour: board.Warning,
	} {
		got := finding(t, pretender(t, "redis_version:7.0.15", nil, ahead), "clock")
		wantFinding(t, got, level)
		if off := got.Values["skew_ms"] - ahead.Milliseconds(); off < -150 || off > 150 {
			t.Errorf("a clock ahead by %v: got %+v, want about that", ahead, got)
		}
	}
}

func TestCheckAsksForNoMoreThanTheUserMay(t *testing.T) {
	t.Parallel()
	// The rule of docs/guarantees.md.
	text, err := os.ReadFile("../docs/guarantees.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rule, _ := strings.Cut(string(text), "ACL SETUSER jobs on '>PASSWORD' ")
	rule, _, found := strings.Cut(rule, "\n")
	if !found {
		t.Fatal("docs/guarantees.md names no rule")
	}
	rules := strings.Fields(strings.ReplaceAll(rule, "'", ""))
	s := redistest.Start(t, redistest.TCP())
	user := func(name string, rules ...string) *board.Board {
		t.Helper()
		args := []any{"ACL", "SETUSER", name, "reset", "on", ">p"}
		for _, rule := range rules {
			args = append(args, rule)
		}
		if err := s.Client().Do(t.Context(), args...).Err(); err != nil {
			t.Fatal(err)
		}
		return open(t, "redis://"+name+":p@"+s.Addr())
	}
	documented := user("documented", rules...)
	if err := documented.Install(t.Context()); err != nil {
		t.Errorf("the documented rule: %v", err)
	}
	wantFinding(t, finding(t, documented, "acl"), board.OK, "the user documented may run all")
	wantFinding(t, finding(t, documented, "eviction"), board.OK, "noeviction")

	wantFinding(t, finding(t, user("reader", append(rules, "-zadd", "-publish")...), "acl"), board.Problem, "PUBLISH, ZADD", "jobs:*")
	wantFinding(t, finding(t, user("elsewhere", append(rules, "resetkeys", "~other*", "~commands")...), "acl"), board.Problem, "may not run scripts on the board", "keys")
	wantFinding(t, finding(t, user("scriptless", append(rules, "-script|load")...), "acl"), board.Problem, "may not run scripts on the board")
	blind := user("blind", append(rules, "-info")...)
	wantFinding(t, finding(t, blind, "info"), board.Warning, "may not run INFO")
	wantFinding(t, finding(t, blind, "acl"), board.Problem, "INFO")
	if _, err := blind.Check(t.Context()); err != nil {
		t.Errorf("check by a user who may not run INFO: %v", err)
	}
}

func TestCheckFindsARedisThatIsNoGoodForABoard(t *testing.T) {
	t.Parallel()
	t.Run("it evicts", func(t *testing.T) {
		t.Parallel()
		b := open(t, redistest.Start(t, redistest.Args("--maxmemory-policy", "allkeys-lru")).URL())
		wantFinding(t, must[board.Finding](t)(b.Eviction(t.Context())), board.Problem, "allkeys-lru", "deletes the board")
		wantFinding(t, finding(t, b, "eviction"), board.Problem, "allkeys-lru")
	})
	t.Run("it is a replica", func(t *testing.T) {
		t.Parallel()
		b := open(t, redistest.Start(t, redistest.Args("--replicaof", "127.0.0.1 1")).URL())
		wantFinding(t, finding(t, b, "role"), board.Problem, "replica of 127.0.0.1:1")
	})
	t.Run("it cannot save, and refuses writes", func(t *testing.T) {
		t.Parallel()
		s := redistest.Start(t, redistest.Args("--save", "3600 1"))
		// A folder in the place of the file: root, too, cannot rename a file to it.
		if err := os.Mkdir(filepath.Join(s.Dir(), "dump.rdb"), 0o700); err != nil {
			t.Fatal(err)
		}
		admin := s.Client()
		if err := admin.BgSave(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "writes are refused", func() bool { return admin.Set(t.Context(), "x", "y", 0).Err() != nil })
		wantFinding(t, finding(t, open(t, s.URL()), "disk"), board.Problem, "snapshot failed", "MISCONF")
	})
	t.Run("it is a cluster", func(t *testing.T) {
		t.Parallel()
		s := redistest.Start(t, redistest.TCP(), redistest.Args("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"))
		admin := s.Client()
		for slot := 0; slot < 16384; slot += 4096 {
			if err := admin.ClusterAddSlotsRange(t.Context(), slot, slot+4095).Err(); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "the cluster is up", func() bool { return admin.Get(t.Context(), "x").Err().Error() == "redis: nil" })
		wantFinding(t, finding(t, open(t, s.URL()), "cluster"), board.Problem, "{jobs}")
		b, err := board.Open(t.Context(), s.URL(), "{jobs}")
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		wantFinding(t, finding(t, b, "cluster"), board.OK, "16384")
		for _, f := range must[[]board.Finding](t)(b.Check(t.Context())) {
			if f.Level == board.Problem {
				t.Errorf("a board in one slot: got %+v", f)
			}
		}
		if err := admin.ClusterDelSlotsRange(t.Context(), 0, 99).Err(); err != nil {
			t.Fatal(err)
		}
		wantFinding(t, finding(t, b, "cluster"), board.Problem, "16284")
	})
}
