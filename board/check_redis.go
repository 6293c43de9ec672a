package board

import (
	"fmt"
	"strconv"
	"strings"
)

// What INFO says about the Redis behind a board, see Check.

func parseInfo(text string) map[string]string {
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info
}

func checkVersion(info map[string]string) Finding {
	f := Finding{Name: "version", Status: OK}
	name, version, need := "Redis", info["redis_version"], "6.2"
	if v := info["valkey_version"]; v != "" {
		name, version, need = "Valkey", v, "7.2"
	}
	if version == "" {
		f.Detail = "the embedded in-memory store"
		return f
	}
	f.Detail = name + " " + version
	if olderThan(version, need) {
		f.Status, f.Fix = Problem, "install "+name+" "+need+" or newer"
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

func checkEviction(info map[string]string) Finding {
	policy := info["maxmemory_policy"]
	if policy == "" || policy == "noeviction" {
		return Finding{Name: "eviction", Status: OK, Detail: "maxmemory-policy noeviction"}
	}
	return Finding{
		Name: "eviction", Status: Problem, Detail: "maxmemory-policy " + policy + ": a full Redis deletes the board",
		Fix: "redis-cli CONFIG SET maxmemory-policy noeviction, and write it to redis.conf",
	}
}

func checkMemory(info map[string]string) Finding {
	used, _ := strconv.ParseFloat(info["used_memory"], 64)
	most, _ := strconv.ParseFloat(info["maxmemory"], 64)
	f := Finding{Name: "memory", Status: OK, Detail: fmt.Sprintf("%.1f MB used, no limit set", used/1e6)}
	if most > 0 {
		f.Detail = fmt.Sprintf("%.1f of %.1f MB used", used/1e6, most/1e6)
		if used > 0.9*most {
			f.Status, f.Fix = Warning, "raise maxmemory, or trim queues and remove jobs"
		}
	}
	return f
}

func checkPersistence(info map[string]string) Finding {
	f := Finding{Name: "persistence", Status: OK}
	switch {
	case info["redis_version"] == "" || info["aof_enabled"] == "":
		f.Status, f.Detail = Warning, "in memory: everything is lost when the process ends"
		f.Fix = "install redis-server or valkey-server, or name a Redis with --redis"
	case info["aof_enabled"] == "0":
		f.Status, f.Detail = Warning, "no append-only file: a crash loses what changed since the last snapshot"
		f.Fix = "redis-cli CONFIG SET appendonly yes, and write it to redis.conf"
	case info["aof_last_write_status"] == "err":
		f.Status, f.Detail, f.Fix = Problem, "the append-only file cannot be written", "look at the disk of the Redis host: is it full?"
	default:
		f.Detail = "append-only file"
	}
	return f
}

func checkRole(info map[string]string) Finding {
	f := Finding{Name: "role", Status: OK, Detail: "master"}
	if role := info["role"]; role != "" && role != "master" {
		f.Status, f.Detail, f.Fix = Problem, "this Redis is a "+role+" and cannot be written", "name the master, or use redis+sentinel://"
	}
	return f
}
