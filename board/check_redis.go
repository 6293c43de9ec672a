package board

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// CheckRedis looks at the Redis alone. What the user may not ask is left out or said
// to be unknown.
func (b *Board) CheckRedis(ctx context.Context) ([]Finding, error) {
	i, err := b.info(ctx, "everything")
	if errors.Is(err, jobs.ErrDenied) {
		i = info{}
	} else if err != nil {
		return nil, fmt.Errorf("check redis: %w", err)
	}
	var findings []Finding
	if err != nil {
		findings = append(findings, fine("info", "the user may not run INFO").
			warn("nobody knows whether this Redis keeps what it is given, and agents tick without knowing", "allow the user INFO (+info)"))
	} else {
		findings = append(findings, i.version(), i.persistence(b.config(ctx, "save", "appendfsync")), i.disk(), i.eviction(), i.memory(), i.clients(),
			i.role(), i.replication(b.config(ctx, "min-replicas-to-write")))
		if i["cluster_enabled"] == "1" {
			findings = append(findings, b.checkCluster(ctx))
		}
	}
	for _, look := range []func(context.Context) (Finding, error){b.checkAccess, b.checkClock} {
		f, err := look(ctx)
		if err != nil {
			return nil, fmt.Errorf("check redis: %w", err)
		}
		findings = append(findings, f)
	}
	return findings, nil
}

// Eviction answers the finding on maxmemory-policy alone: an agent does not tick
// while it is a problem, unless told to. A user who may not run INFO gets
// jobs.ErrDenied.
func (b *Board) Eviction(ctx context.Context) (Finding, error) {
	i, err := b.info(ctx, "memory")
	if err != nil {
		return Finding{}, fmt.Errorf("read maxmemory-policy: %w", err)
	}
	return i.eviction(), nil
}

// info is what INFO answers.
type info map[string]string

func (b *Board) info(ctx context.Context, section string) (info, error) {
	text, err := b.rdb.Info(ctx, section).Result()
	if err = scripts.Translate(err); err != nil && !scripts.IsTrouble(err) {
		text, err = b.rdb.Info(ctx).Result() // the embedded store knows no sections
	}
	i := info{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			i[name] = value
		}
	}
	return i, scripts.Translate(err)
}

func (i info) number(name string) int64 {
	n, _ := strconv.ParseInt(i[name], 10, 64)
	return n
}

// config reads settings that INFO does not tell; empty when the user may not.
func (b *Board) config(ctx context.Context, names ...string) map[string]string {
	all := map[string]string{}
	for _, name := range names {
		some, err := b.rdb.ConfigGet(ctx, name).Result()
		if err == nil {
			all[name] = some[name]
		}
	}
	return all
}

func (i info) embedded() bool { return i["redis_version"] == "" }

func (i info) version() Finding {
	name, version, need := "Redis", i["redis_version"], "6.2"
	if v := i["valkey_version"]; v != "" {
		name, version, need = "Valkey", v, "7.2"
	}
	if i.embedded() {
		return fine("version", "the embedded in-memory store")
	}
	f := fine("version", name+" "+version)
	if olderThan(version, need) {
		return f.fail("commands need "+name+" "+need, "install "+name+" "+need+" or newer")
	}
	return f
}

func olderThan(version, need string) bool {
	number := func(v string) int {
		major, rest, _ := strings.Cut(v, ".")
		minor, _, _ := strings.Cut(rest, ".")
		a, _ := strconv.Atoi(major)
		b, _ := strconv.Atoi(minor)
		return a*1000 + b
	}
	return number(version) < number(need)
}

func (i info) persistence(config map[string]string) Finding {
	const fix = "redis-cli CONFIG SET appendonly yes, and write it to redis.conf"
	save, known := config["save"]
	switch {
	case i.embedded() || i["aof_enabled"] == "":
		return fine("persistence", "in memory").warn("everything is lost when the process ends",
			"install redis-server or valkey-server, or name a Redis with --redis")
	case i["aof_enabled"] == "0" && known && save == "":
		return fine("persistence", "neither append-only file nor snapshots").warn("everything is lost when Redis ends", fix)
	case i["aof_enabled"] == "0":
		return fine("persistence", "snapshots, no append-only file").warn("a crash loses what changed since the last snapshot", fix)
	case config["appendfsync"] == "no":
		return fine("persistence", "append-only file, written to disk when the system likes").warn(
			"a crash of the host may lose half a minute", "redis-cli CONFIG SET appendfsync everysec, and write it to redis.conf")
	case config["appendfsync"] != "":
		return fine("persistence", "append-only file, fsync "+config["appendfsync"])
	}
	return fine("persistence", "append-only file")
}

func (i info) disk() Finding {
	for _, last := range []struct{ field, what string }{
		{"aof_last_write_status", "the append-only file could not be written"},
		{"aof_last_bgrewrite_status", "the append-only file could not be rewritten"},
		{"rdb_last_bgsave_status", "the last snapshot failed"},
	} {
		if i[last.field] == "err" {
			return fine("disk", last.what).fail("Redis may refuse writes (MISCONF), and what it has is not kept",
				"look at disk and folder of the Redis host (df, its log)")
		}
	}
	return fine("disk", "the last writes went well")
}

func (i info) eviction() Finding {
	policy := i["maxmemory_policy"]
	if policy == "" || policy == "noeviction" {
		return fine("eviction", "maxmemory-policy noeviction")
	}
	return fine("eviction", "maxmemory-policy "+policy).fail("a full Redis deletes the board",
		"redis-cli CONFIG SET maxmemory-policy noeviction, and write it to redis.conf")
}

func (i info) memory() Finding {
	used, most := i.number("used_memory"), i.number("maxmemory")
	values := map[string]int64{"used_bytes": used, "max_bytes": most}
	f := fine("memory", fmt.Sprintf("%.1f MB used, no limit set", float64(used)/1e6))
	f.Values = values
	if most == 0 {
		return f
	}
	fill := used * 100 / most
	values["fill_percent"] = fill
	f.Found = fmt.Sprintf("%.1f of %.1f MB used, %d %%", float64(used)/1e6, float64(most)/1e6, fill)
	const fix = "raise maxmemory, or trim queues and remove what fills it (redis-cli --bigkeys)"
	switch {
	case used > most:
		return f.fail("nothing new is queued", fix)
	case fill >= 90:
		return f.warn("when it is full nothing new is queued", fix)
	}
	return f
}

func (i info) clients() Finding {
	now, most := i.number("connected_clients"), i.number("maxclients")
	f := fine("clients", fmt.Sprintf("%d connected", now))
	f.Values = map[string]int64{"connected": now}
	if most == 0 {
		return f
	}
	f.Found, f.Values["max"] = fmt.Sprintf("%d of %d connected", now, most), most
	if now*10 > most*8 {
		return f.warn("at the limit, agents that reconnect are refused", "see who holds connections (redis-cli CLIENT LIST), or raise maxclients")
	}
	return f
}

func (i info) role() Finding {
	role := i["role"]
	if role == "" || role == "master" {
		return fine("role", "master")
	}
	return fine("role", "replica of "+i["master_host"]+":"+i["master_port"]).fail("it cannot be written", "name the master, or use redis+sentinel://")
}

func (i info) replication(config map[string]string) Finding {
	replicas, least := i.number("connected_slaves"), config["min-replicas-to-write"]
	f := fine("replication", fmt.Sprintf("%d replicas", replicas))
	f.Values = map[string]int64{"replicas": replicas}
	if least != "" {
		f.Found += ", min-replicas-to-write " + least
		f.Values["min_replicas_to_write"], _ = strconv.ParseInt(least, 10, 64)
	}
	switch good := i.number("min_slaves_good_slaves"); {
	case least != "" && least != "0" && good < f.Values["min_replicas_to_write"]:
		return f.fail(fmt.Sprintf("%d of them are near enough, so it takes no writes", good), "bring its replicas back")
	case replicas > 0 && least == "0":
		return f.warn("a master that is cut off goes on taking writes, which a failover loses",
			"redis-cli CONFIG SET min-replicas-to-write 1 (with two replicas), and write it to redis.conf")
	}
	return f
}
