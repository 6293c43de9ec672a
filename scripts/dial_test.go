package scripts

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
)

func TestParseReadsTheFormsOfAnAddress(t *testing.T) {
	t.Parallel()
	tests := []struct {
		address        string
		addrs          []string
		user, password string
		db, pool       int
		master         string
		cluster        bool
		tls            bool
	}{
		{address: "redis://h", addrs: []string{"h:6379"}},
		{address: "redis://", addrs: []string{"127.0.0.1:6379"}},
		{address: "redis://h:7000/3", addrs: []string{"h:7000"}, db: 3},
		{address: "redis://h/?db=4", addrs: []string{"h:6379"}, db: 4},
		{address: "redis://[::1]", addrs: []string{"[::1]:6379"}},
		{address: "redis://[::1]:7000", addrs: []string{"[::1]:7000"}},
		{address: "redis://:secret@h", addrs: []string{"h:6379"}, password: "secret"},
		{address: "redis://me:p%40ss%2Fword@h?pool_size=7", addrs: []string{"h:6379"}, user: "me", password: "p@ss/word", pool: 7},
		{address: "rediss://h.example:6380", addrs: []string{"h.example:6380"}, tls: true},
		{address: "unix:///run/redis.sock?db=2", addrs: []string{"/run/redis.sock"}, db: 2},
		{address: "unix://me:secret@/run/redis.sock", addrs: []string{"/run/redis.sock"}, user: "me", password: "secret"},
		{address: "redis+sentinel://me:secret@a:1,b,c:3/mymaster/5", addrs: []string{"a:1", "b:26379", "c:3"}, user: "me", password: "secret", master: "mymaster", db: 5},
		{address: "rediss+sentinel://a/mymaster", addrs: []string{"a:26379"}, master: "mymaster", tls: true},
		{address: "redis+cluster://a,b:7001", addrs: []string{"a:6379", "b:7001"}, cluster: true},
		{address: "rediss+cluster://a:1,b:1", addrs: []string{"a:1", "b:1"}, cluster: true, tls: true},
	}
	for _, tt := range tests {
		t.Run(tt.address, func(t *testing.T) {
			t.Parallel()
			o, err := parse(tt.address)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(o.Addrs, tt.addrs) || o.Username != tt.user || o.Password != tt.password || o.DB != tt.db ||
				o.PoolSize != tt.pool || o.MasterName != tt.master || o.IsClusterMode != tt.cluster || (o.TLSConfig != nil) != tt.tls {
				t.Errorf("got %v user %q password %q db %d pool %d master %q cluster %v tls %v, want %+v",
					o.Addrs, o.Username, o.Password, o.DB, o.PoolSize, o.MasterName, o.IsClusterMode, o.TLSConfig != nil, tt)
			}
		})
	}
}

func TestAPasswordMayStandElsewhere(t *testing.T) {
	t.Setenv("FAULTS_TEST_DATA", "of the data")
	t.Setenv("FAULTS_TEST_SENTINEL", "of the Sentinels")
	file := t.TempDir() + "/password"
	if err := os.WriteFile(file, []byte("in a file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ address, user, password, sentinelUser, sentinelPassword string }{
		{address: "redis://me@h?password_file=" + file, user: "me", password: "in a file"},
		{address: "redis://h?password_env=FAULTS_TEST_DATA", password: "of the data"},
		{address: "unix:///x?password_env=FAULTS_TEST_DATA", password: "of the data"},
		{address: "redis+sentinel://:p@a,b/m?sentinel_password_env=FAULTS_TEST_SENTINEL", password: "p", sentinelPassword: "of the Sentinels"},
		{address: "redis+sentinel://me:p@a/m?sentinel_user=watch&sentinel_password_file=" + file, user: "me", password: "p", sentinelUser: "watch", sentinelPassword: "in a file"},
		{address: "redis+sentinel://:p@a/m", password: "p"},
	}
	for _, tt := range tests {
		o, err := parse(tt.address)
		if err != nil {
			t.Errorf("%s: %v", tt.address, err)
			continue
		}
		if o.Username != tt.user || o.Password != tt.password || o.SentinelUsername != tt.sentinelUser || o.SentinelPassword != tt.sentinelPassword {
			t.Errorf("got user %q password %q, Sentinels' %q and %q, want %+v", o.Username, o.Password, o.SentinelUsername, o.SentinelPassword, tt)
		}
	}
}

func TestCertificatesAreCheckedUnlessAskedOtherwise(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{"": false, "?insecure_skip_verify=false": false, "?insecure_skip_verify=true": true} {
		o, err := parse("rediss://h" + query)
		// Without a name of its own here, the client verifies that of each address.
		if err != nil || o.TLSConfig.InsecureSkipVerify != want || o.TLSConfig.ServerName != "" {
			t.Errorf("%q: got %+v, %v, want %v", query, o, err, want)
		}
	}
}

func TestDialRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"":                                 "begins with redis://",
		"localhost:6379":                   "begins with redis://",
		"http://:secret@h":                 `no scheme "http"`,
		"redis://:secret@h/x":              `database "x"`,
		"redis://:secret@h/-1":             `database "-1"`,
		"redis://:secret@h?pool_size=0":    `pool_size "0"`,
		"redis://:secret@h?pool_size=many": `pool_size "many"`,
		"redis://:secret%zz@h":             "special characters of the password",
		"redis://h?password=secret":        `no option "password"`,
		":secret@h:6379":                   "begins with redis://",
		"unix://:secret@":                  "path of the socket",
		"redis+sentinel://:secret@h":       "name of the master",

		"redis://:secret@h?password_env=X":                                       "password twice",
		"redis://h?password_env=X&password_file=/y":                              "password twice",
		"redis://h?password_file=/nonexistent":                                   "cannot be read",
		"redis://h?password_env=FAULTS_TEST_ABSENT":                              "FAULTS_TEST_ABSENT, which should hold a password, is empty",
		"redis://h?sentinel_user=x":                                              "only redis+sentinel://",
		"redis+sentinel://h/m?sentinel_password_env=X&sentinel_password_file=/x": "not in both",
	} {
		client, err := Dial(address, Data)
		if client != nil || !errors.Is(err, jobs.ErrInvalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v, want ErrInvalid with %q and without the password", address, err, want)
		}
	}
}

func TestDialMakesTheClientOfTheForm(t *testing.T) {
	t.Parallel()
	tests := []struct {
		address string
		is      func(redis.UniversalClient) bool
	}{
		{"redis://h", func(c redis.UniversalClient) bool { _, ok := c.(*redis.Client); return ok }},
		{"redis+sentinel://h/m", func(c redis.UniversalClient) bool { _, ok := c.(*redis.Client); return ok }},
		{"redis+cluster://h", func(c redis.UniversalClient) bool { _, ok := c.(*redis.ClusterClient); return ok }},
		{"unix:///x", func(c redis.UniversalClient) bool {
			one, ok := c.(*redis.Client)
			return ok && one.Options().Network == "unix"
		}},
	}
	for _, tt := range tests {
		client, err := Dial(tt.address, Once)
		if err != nil {
			t.Fatal(err)
		}
		if !tt.is(client) {
			t.Errorf("%s: got a %T", tt.address, client)
		}
		if err := client.Close(); err != nil {
			t.Errorf("%s: close: %v", tt.address, err)
		}
	}
}

func TestOnlyDataIsSentAgain(t *testing.T) {
	t.Parallel()
	for use, again := range map[Use]bool{Data: true, Lead: false, Once: false, Blocking: false} {
		client, err := Dial("redis://h", use)
		if err != nil {
			t.Fatal(err)
		}
		one, ok := client.(*redis.Client)
		if !ok || (one.Options().MaxRetries > 0) != again {
			t.Errorf("use %d: got %d retries of a %T, want some: %v", use, one.Options().MaxRetries, client, again)
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestMasked(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"redis://h:1/0":                  "redis://h:1/0",
		"redis://:secret@h":              "redis://:***@h",
		"redis://me:secret@h":            "redis://me:***@h",
		"redis://me:se@cret@h":           "redis://me:***@h",
		"unix://me:secret@/run/x":        "unix://me:***@/run/x",
		"redis+sentinel://:secret@a,b/m": "redis+sentinel://:***@a,b/m",
		"h:6379":                         "h:6379",
		":secret@h:6379":                 "***:***@h:6379",
		"redis://h?password=secret":      "redis://h?...",
	} {
		if got := Masked(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}
