package test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

func TestASecretIsNowhereButInItsProgram(t *testing.T) {
	t.Parallel()
	const secret = "hush-4711-of-the-house"
	server := redistest.Start(t, redistest.TCP())
	h := newHost(t, server.URL())
	h.env = append(h.env, "AGENTS_KEY="+secret)
	file := h.write("secret", secret+"\n")
	config := h.write("agent.yaml", `
name: a
log_level: debug
runners:
  shell: {env_from: {KEY: {file: `+file+`}}}
  mail: {command: 'echo "<$KEY>"; echo {payload}', env_from: {KEY: {env: AGENTS_KEY}}}
  exec: {env_from: {KEY: {command: "cat `+file+`"}}}
`)
	agent := h.start("agent", "--config", config)
	h.serving("a", "exec", "mail", "shell")
	h.ok("enqueue", "mail", "letter")
	h.ok("enqueue", "exec", `["sh","-c","echo $KEY >&2; exit 3"]`)
	h.ok("enqueue", "exec", `["hush-4711-of-the-hou""]`)
	// Two writes with the secret between them, told apart by a file that the test makes.
	h.ok("enqueue", "shell", `printf %s "${KEY%-of*}"; touch `+h.file("half")+`; until test -e `+h.file("go")+`; do sleep 0.05; done; echo "-of-the-house"; echo "::result $KEY"; test "$KEY" = "$(cat `+file+`)" && echo right`)
	eventually(t, "half of the secret is printed", func() bool { _, err := os.Stat(h.file("half")); return err == nil })
	for pid, line := range commandLines(t) {
		if strings.Contains(line, secret) {
			t.Errorf("the arguments of process %s hold it: %s", pid, line)
		}
	}
	h.write("go", "")
	eventually(t, "all runs have ended", func() bool {
		return len(h.endedRuns("mail")) == 1 && len(h.endedRuns("exec")) == 2 && len(h.endedRuns("shell")) == 1
	})
	out := h.ok("logs", "shell")
	if !strings.Contains(out, "\n***\n") || !strings.Contains(out, "right") {
		t.Errorf("got %q, want *** for the secret in two halves, and that the program had it", out)
	}
	agent.terminate()
	places := map[string]string{
		"redis": held(t, server.Client()), "the agent's log": agent.talk() + agent.out(),
		"logs": out + h.ok("logs", "mail") + h.ok("logs", "exec"), "runs": h.ok("runs", "shell", "-o", "json") + h.ok("runs", "exec", "-o", "json"),
		"runners show": h.ok("runners", "show", "mail", "--config", config) + h.ok("config", "--config", config),
	}
	for place, text := range places {
		if len(text) == 0 || strings.Contains(text, secret) {
			t.Errorf("%s, %d bytes: got the secret or nothing, want it without", place, len(text))
		}
	}
	if !strings.Contains(places["redis"], "***") {
		t.Error("Redis holds no blot: this test looks in the wrong place")
	}
}

// commandLines are the arguments of all processes, by number.
func commandLines(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(files) < 3 {
		t.Fatalf("got %d processes, %v", len(files), err)
	}
	lines := map[string]string{}
	for _, file := range files {
		text, _ := os.ReadFile(file) // it may have ended
		lines[filepath.Base(filepath.Dir(file))] = strings.ReplaceAll(string(text), "\x00", " ")
	}
	return lines
}

// held is what a Redis holds, as text.
func held(t *testing.T, rdb *redis.Client) string {
	t.Helper()
	ctx := context.Background()
	keys, err := rdb.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, key := range keys {
		var value any
		switch kind := rdb.Type(ctx, key).Val(); kind {
		case "string":
			value, err = rdb.Get(ctx, key).Result()
		case "hash":
			value, err = rdb.HGetAll(ctx, key).Result()
		case "list":
			value, err = rdb.LRange(ctx, key, 0, -1).Result()
		case "zset":
			value, err = rdb.ZRange(ctx, key, 0, -1).Result()
		case "stream":
			value, err = rdb.XRange(ctx, key, "-", "+").Result()
		case "set":
			value, err = rdb.SMembers(ctx, key).Result()
		case "none":
		default:
			t.Fatalf("key %s is a %s, which this test cannot read", key, kind)
		}
		if err != nil && err != redis.Nil {
			t.Fatalf("%s: %v", key, err)
		}
		fmt.Fprintf(&b, "%s %v\n", key, value)
	}
	return b.String()
}
