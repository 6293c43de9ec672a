package runners

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

const (
	// maxText is the most of a payload that is handed over as one argument or
	// variable; longer ones go by a file descriptor. Linux takes less than
	// 128 KiB.
	maxText = 100 << 10

	defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	instant     = "2006-01-02T15:04:05.000Z"
)

// baseEnviron picks what a program sees of this process' environment and adds
// what the host sets. A program always has a PATH.
func baseEnviron(all, inherit, set []string) ([]string, error) {
	var env []string
	for _, kv := range all {
		if name, _, ok := strings.Cut(kv, "="); ok && allowed(name, inherit) {
			env = append(env, kv)
		}
	}
	for _, kv := range set {
		name, _, ok := strings.Cut(kv, "=")
		if !ok || name == "" || strings.Contains(kv, "\x00") {
			return nil, fmt.Errorf("environment %q: want NAME=VALUE", kv)
		}
		env = append(without(env, name), kv)
	}
	if lookup(env, "PATH") == "" {
		env = append(without(env, "PATH"), "PATH="+defaultPath)
	}
	return env, nil
}

func allowed(name string, inherit []string) bool {
	return slices.ContainsFunc(inherit, func(pattern string) bool {
		if start, ok := strings.CutSuffix(pattern, "*"); ok {
			return strings.HasPrefix(name, start)
		}
		return name == pattern
	})
}

func without(env []string, name string) []string {
	return slices.DeleteFunc(env, func(kv string) bool { return strings.HasPrefix(kv, name+"=") })
}

func lookup(env []string, name string) string {
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v
		}
	}
	return ""
}

// environ is what the program of one attempt sees. A payload that is too long
// for a variable, or cannot be one, is left out.
func environ(base []string, a *jobs.Attempt) []string {
	env := make([]string, 0, len(base)+8)
	for _, kv := range base {
		if !strings.HasPrefix(kv, "JOBS_") || !ours(kv) {
			env = append(env, kv)
		}
	}
	scheduled := ""
	if !a.Due.IsZero() {
		scheduled = a.Due.UTC().Round(time.Millisecond).Format(instant)
	}
	env = append(env,
		"JOBS_RUN_ID="+string(a.Run),
		"JOBS_JOB_ID="+a.Job,
		"JOBS_ATTEMPT="+strconv.Itoa(a.Number),
		"JOBS_FENCE="+a.Token,
		"JOBS_SCHEDULED_AT="+scheduled,
		"JOBS_IDEMPOTENCY_KEY="+idempotencyKey(a))
	if a.Flow != "" {
		env = append(env, "JOBS_FLOW="+string(a.Flow))
		if len(a.Upstream) <= maxText {
			env = append(env, "JOBS_UPSTREAM="+a.Upstream)
		}
	}
	if len(a.Payload) <= maxText && !strings.Contains(a.Payload, "\x00") {
		env = append(env, "JOBS_PAYLOAD="+a.Payload)
	}
	return env
}

func ours(kv string) bool {
	name, _, _ := strings.Cut(kv, "=")
	switch name {
	case "JOBS_RUN_ID", "JOBS_JOB_ID", "JOBS_ATTEMPT", "JOBS_FENCE", "JOBS_SCHEDULED_AT", "JOBS_IDEMPOTENCY_KEY", "JOBS_PAYLOAD", "JOBS_FLOW", "JOBS_UPSTREAM":
		return true
	}
	return false
}

// idempotencyKey names what is to be done once: the nominal time of a job,
// however often it is made into a run, or else the run.
func idempotencyKey(a *jobs.Attempt) string {
	id := a.Run
	if _, ok := id.Due(); !ok {
		if !a.Due.IsZero() { // backfilled
			return id.Job() + "@" + strconv.FormatInt(a.Due.UnixMilli(), 10)
		}
		return string(id)
	}
	at := strings.LastIndexByte(string(id), '@')
	due, _, _ := strings.Cut(string(id[at:]), ".")
	return string(id[:at]) + due
}

// mark is the variable by which the processes of an attempt are known again
// when they have left their group and lost their parents.
func mark(a *jobs.Attempt) string {
	switch {
	case a.Token != "":
		return "JOBS_FENCE=" + a.Token
	case a.Run != "":
		return "JOBS_RUN_ID=" + string(a.Run)
	}
	return ""
}
