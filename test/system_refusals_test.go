package test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// wantClearError looks that a call failed as it should: with its exit code, in
// time, saying why on standard error and nothing else anywhere.
func wantClearError(t *testing.T, got ended, code int, words string) {
	t.Helper()
	if got.code != code {
		t.Errorf("%q: exit code %d, want %d\n%s", got.args, got.code, code, got.stderr)
	}
	said := ""
	for line := range strings.Lines(got.stderr) {
		switch {
		case strings.HasPrefix(line, "jobs-agent: "):
			said = line
		case strings.HasPrefix(line, "redis: "):
			t.Errorf("%q: a library talks: %s", got.args, line)
		}
	}
	if !strings.Contains(said, words) {
		t.Errorf("%q: said %q, want an error with %q in it", got.args, got.stderr, words)
	}
	for _, crash := range []string{"panic", "goroutine ", "attempt to ", "user_script"} {
		if strings.Contains(got.stderr, crash) {
			t.Errorf("%q: crashed instead of refusing: %s", got.args, got.stderr)
		}
	}
	if got.stdout != "" {
		t.Errorf("%q: wrote %q to standard output, want nothing", got.args, got.stdout)
	}
	if got.took > 3*time.Second+slack {
		t.Errorf("%q: took %v, want at most 3s and %v for a loaded machine", got.args, got.took, slack)
	}
}

// everything is all that the database holds, key by key.
func everything(t *testing.T, rdb *redis.Client) map[string]string {
	t.Helper()
	keys, err := rdb.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, key := range keys {
		if all[key], err = rdb.Dump(t.Context(), key).Result(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestSystemBadInputIsRefusedAndNothingIsHalfWritten(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP())
	h, rdb := newHost(t, server.URL()), server.Client()
	h.ok("put", "taken", "console", "x", "--every", "1h")
	whole := strings.Repeat("x", 1<<20)
	large, nul := h.write("large", whole+"x"), h.write("nul", "a\x00b")
	latin, most := h.write("latin", "caf\xe9"), h.write("most", whole)
	half := h.write("half.json", `{"jobs": {"good": {"runner": "console", "payload": "x", "interval": 1}, "bad": {"payload": 5}}}`)
	text := h.write("text.json", "{bad")

	before := everything(t, rdb)
	for _, test := range []struct {
		args  []string
		code  int
		words string
	}{
		{[]string{"put", "a", "console", "x", "--nonsense"}, 2, "nonsense"},
		{[]string{"putt", "a", "console", "x"}, 2, "did you mean put"},
		{[]string{"list", "-o", "xml"}, 2, "xml"},
		{[]string{"put", "a"}, 2, "missing"},
		{[]string{"put", "a", "console", "x", "y"}, 2, "too many arguments"},
		{[]string{"put", "", "console", "x"}, 2, "the job id is empty"},
		{[]string{"put", "a\nb", "console", "x"}, 2, "control character"},
		{[]string{"put", "a\xff", "console", "x"}, 2, "not UTF-8"},
		{[]string{"put", strings.Repeat("a", 513), "console", "x"}, 2, "513 bytes"},
		{[]string{"put", "a", "two words", "x"}, 2, "two words"},
		{[]string{"put", "a", "", "x"}, 2, "runner type"},
		{[]string{"put", "a", "console", "x", "--every", "0"}, 2, "interval is 0"},
		{[]string{"put", "a", "console", "x", "--every", "-5s"}, 2, "every"},
		{[]string{"put", "a", "console", "x", "--every", "soon"}, 2, "soon"},
		{[]string{"put", "a", "console", "x", "--every", "1us"}, 2, "under a millisecond"},
		{[]string{"put", "a", "console", "x", "--seconds", "NaN"}, 2, "NaN"},
		{[]string{"put", "a", "console", "x", "--seconds", "inf"}, 2, "inf"},
		{[]string{"put", "a", "console", "x", "--every", "1s", "--lambda", "NaN"}, 2, "lambda"},
		{[]string{"put", "a", "console", "x", "--lambda", "2"}, 2, "interval"},
		{[]string{"put", "a", "console", "x", "--start", "yesterday-ish"}, 2, "yesterday-ish"},
		{[]string{"put", "a", "console", "x", "--start", "2030-01-01T00:00:00Z", "--stop", "2029-01-01T00:00:00Z"}, 2, "before start"},
		{[]string{"put", "a", "console", "x", "--retries", "-1"}, 2, "retries"},
		{[]string{"put", "a", "console", "x", "--overlap", "maybe"}, 2, "maybe"},
		{[]string{"put", "a", "console", "@" + large}, 2, "at most 1048576"},
		{[]string{"put", "a", "console", "@" + nul}, 2, "NUL byte at 1"},
		{[]string{"put", "a", "console", "@" + latin}, 2, "not UTF-8"},
		{[]string{"put", "a", "console", "@" + h.file("absent")}, 2, "absent"},
		{[]string{"enqueue", "console", "@" + large}, 2, "at most 1048576"},
		{[]string{"enqueue", "console", "@" + nul}, 2, "NUL byte at 1"},
		{[]string{"create", "taken", "console", "y"}, 3, "exists"},
		{[]string{"show", "unknown"}, 1, "no such job"},
		{[]string{"run", "unknown"}, 1, "no such job"},
		{[]string{"load", half}, 2, "bad"},
		{[]string{"load", text}, 2, "nothing was loaded"},
		{[]string{"put", "a", "console", "x", "--board", "a:b"}, 2, "a:b"},
		{[]string{"put", "a", "console", "x", "--redis", "nonsense"}, 2, "nonsense"},
	} {
		wantClearError(t, h.run(test.args...), test.code, test.words)
	}
	after := everything(t, rdb)
	for key := range after {
		// What an operation answered is remembered for a while, a refusal too.
		memory := strings.HasPrefix(key, "jobs:op:") && rdb.TTL(t.Context(), key).Val() > 0
		if after[key] != before[key] && !memory {
			t.Errorf("key %s was written by refused calls", key)
		}
	}
	for key := range before {
		if _, ok := after[key]; !ok && !strings.HasPrefix(key, "jobs:op:") {
			t.Errorf("key %s was removed by refused calls", key)
		}
	}

	h.ok("put", "most", "console", "@"+most, "--every", "1h")
	if got := h.ok("show", "most", "-o", "json"); !strings.Contains(got, whole) {
		t.Errorf("a payload of 1 MiB: show answers %d bytes without it", len(got))
	}
}

func TestSystemAnUnreachableRedisIsReported(t *testing.T) {
	t.Parallel()
	closed := "redis://:geheim@127.0.0.1:1"
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the system accepts for it, and nobody answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	locked := redistest.Start(t, redistest.TCP(), redistest.Password("richtig"))
	asks := "redis://" + locked.Addr()

	h := newHost(t, "")
	for _, verb := range [][]string{
		{"put", "a", "console", "x"},
		{"list"},
		{"runs"},
		{"logs", "a", "-f"},
		{"agents"},
		{"doctor"},
		{"agent"},
		{"dev"},
		{"tick"},
		{"respond", "mail", "cat"},
		{"enqueue", "console", "x"},
	} {
		wantClearError(t, h.run(append(verb, "--redis", closed)...), 4, "127.0.0.1:1")
	}
	for _, verb := range [][]string{{"put", "a", "console", "x"}, {"list"}, {"agent"}} {
		wantClearError(t, h.run(append(verb, "--redis", "redis://:geheim@"+silent.Addr().String())...), 4, silent.Addr().String())
	}

	for _, verb := range [][]string{{"put", "a", "console", "x"}, {"list"}, {"doctor"}, {"agent", "--log-level", "debug"}, {"dev"}} {
		for url, words := range map[string]string{"redis://:geheim@" + locked.Addr(): "denies access: invalid username-password", asks: "denies access: Authentication required"} {
			got := h.run(append(verb, "--redis", url)...)
			wantClearError(t, got, 4, words)
			if strings.Contains(got.stderr+got.stdout, "geheim") {
				t.Errorf("%q: the password is in what it says: %s", got.args, got.stderr)
			}
		}
	}
	h.ok("list", "--redis", locked.URL())
	if keys := locked.Client().Keys(t.Context(), "*").Val(); len(keys) > 0 {
		t.Errorf("refused calls wrote %v", keys)
	}
}
