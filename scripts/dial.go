package scripts

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/jobs-agent/jobs"
)

// Use says what a client is for, which decides its timeouts and whether it sends
// a command again when the reply was lost.
type Use int

const (
	// Data is for commands that are safe to replay: all of ours but JPOP.
	Data Use = iota
	// Lead is for the election lock: quick to give up, never repeats.
	Lead
	// Once never repeats a command: for JPOP.
	Once
	// Blocking is for waiting on doorbells; closing it ends the wait.
	Blocking
)

// Dial makes a client for a URL without connecting yet:
//
//	redis://[user:password@]host[:port][/db]      rediss:// with TLS
//	unix://[user:password@]/path/to/socket[?db=n]
//	redis+sentinel://[user:password@]host:port,host:port/MASTER[/db]
//	redis+cluster://[user:password@]host:port,host:port
//
// The query may set pool_size, and for TLS insecure_skip_verify=true. A password that
// is not to stand in the URL is referred to: password_file=PATH is read anew for each
// connection, so that a changed password is found; password_env=NAME names a
// variable. The password of the Sentinels is another one: sentinel_password_file or
// sentinel_password_env, with sentinel_user where they have users. Error texts never
// hold a password.
func Dial(address string, use Use) (redis.UniversalClient, error) {
	o, err := parse(address)
	if err != nil {
		return nil, err
	}
	tune(o, use)
	client := connect(o, strings.HasPrefix(address, "unix:"))
	client.AddHook(words{})
	return client, nil
}

func connect(o *redis.UniversalOptions, socket bool) redis.UniversalClient {
	switch {
	case socket:
		simple := o.Simple()
		simple.Network = "unix"
		return redis.NewClient(simple)
	case o.IsClusterMode:
		return redis.NewClusterClient(o.Cluster())
	case o.MasterName != "":
		return redis.NewFailoverClient(o.Failover())
	}
	return redis.NewClient(o.Simple())
}

func tune(o *redis.UniversalOptions, use Use) {
	o.Protocol = 2
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.DialTimeout, o.DialerRetries = time.Second, 1
	o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = time.Second, time.Second, 2*time.Second
	o.MaxRetries, o.MinRetryBackoff, o.MaxRetryBackoff = 2, 10*time.Millisecond, 100*time.Millisecond
	o.ContextTimeoutEnabled = true
	// Pipelines have no connections of their own: each agent would hold as many more,
	// and dial twice as often while Redis is down.
	o.PipelinePoolSize = -1
	switch use {
	case Data:
	case Lead:
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = 400*time.Millisecond, 400*time.Millisecond, 400*time.Millisecond, 400*time.Millisecond
		o.MaxRetries, o.PoolSize = -1, 2
	case Once:
		o.MaxRetries = -1
	case Blocking:
		o.MaxRetries, o.PoolSize, o.ContextTimeoutEnabled = -1, 2, false
	}
}

func parse(address string) (*redis.UniversalOptions, error) {
	fail := func(why string) (*redis.UniversalOptions, error) {
		return nil, fmt.Errorf("redis URL %s: %w: %s", Masked(address), jobs.ErrInvalid, why)
	}
	if !strings.Contains(address, "://") {
		return fail("it begins with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://")
	}
	scheme, rest, _ := strings.Cut(address, "://")
	// net/url refuses a list of hosts with ports: take it out first.
	user, hosts := "", rest
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		user, hosts = rest[:at+1], rest[at+1:]
	}
	path := ""
	if i := strings.IndexAny(hosts, "/?"); i >= 0 {
		hosts, path = hosts[:i], hosts[i:]
	}
	u, err := url.Parse(scheme + "://" + user + "host" + path)
	if err != nil {
		return fail("it cannot be read; write special characters of the password as %XX")
	}
	o := &redis.UniversalOptions{}
	if u.User != nil {
		o.Username = u.User.Username()
		o.Password, _ = u.User.Password()
	}
	query := u.Query()
	db := query.Get("db")
	switch scheme {
	case "unix":
		if u.Path == "" {
			return fail("the path of the socket is missing")
		}
		o.Addrs = []string{u.Path}
	case "redis", "rediss":
		o.Addrs = []string{withPort(hosts, "6379")}
		db = orElse(strings.Trim(u.Path, "/"), db)
	case "redis+cluster", "rediss+cluster":
		o.IsClusterMode = true
		for host := range strings.SplitSeq(hosts, ",") {
			o.Addrs = append(o.Addrs, withPort(host, "6379"))
		}
	case "redis+sentinel", "rediss+sentinel":
		master, rest, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
		if master == "" {
			return fail("the name of the master is missing, as in redis+sentinel://host:26379/mymaster")
		}
		o.MasterName = master
		db = orElse(rest, db)
		for host := range strings.SplitSeq(hosts, ",") {
			o.Addrs = append(o.Addrs, withPort(host, "26379"))
		}
	default:
		return fail("there is no scheme " + strconv.Quote(scheme) + "; it is one of redis, rediss, unix, redis+sentinel, redis+cluster")
	}
	for _, addr := range o.Addrs {
		_, port, err := net.SplitHostPort(addr)
		if n, bad := strconv.ParseUint(port, 10, 16); scheme != "unix" && (err != nil || bad != nil || n == 0) {
			return fail("the port of " + strconv.Quote(addr) + " is not a number from 1 to 65535")
		}
	}
	if db != "" {
		if o.DB, err = strconv.Atoi(db); err != nil || o.DB < 0 {
			return fail("the database " + strconv.Quote(db) + " is not a number")
		}
	}
	if size := query.Get("pool_size"); size != "" {
		if o.PoolSize, err = strconv.Atoi(size); err != nil || o.PoolSize < 1 {
			return fail("pool_size " + strconv.Quote(size) + " is not a number above 0")
		}
	}
	if strings.HasPrefix(scheme, "rediss") {
		// The name to verify is that of each address dialled, so none is set here.
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: query.Get("insecure_skip_verify") == "true"} //nolint:gosec // asked for by name
	}
	for name := range query {
		if !slices.Contains(options(), name) {
			return fail("there is no option " + strconv.Quote(name) + "; known are " + strings.Join(options(), ", "))
		}
	}
	if wrong := secrets(o, query); wrong != "" {
		return fail(wrong)
	}
	return o, nil
}

// options are the names that the query of a URL may have.
func options() []string {
	return []string{
		"db", "pool_size", "insecure_skip_verify", "password_file", "password_env",
		"sentinel_user", "sentinel_password_file", "sentinel_password_env",
	}
}

func withPort(host, port string) string {
	if host == "" {
		host = "127.0.0.1"
	}
	if strings.HasSuffix(host, "]") || !strings.Contains(host, ":") {
		return host + ":" + port
	}
	return host
}

func orElse(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// Masked is a Redis URL without what may be a password, for people to read: all in
// front of the last @ but the user, and values of the query.
func Masked(address string) string {
	address, _, hidden := strings.Cut(address, "?")
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		scheme, rest = "", address
	} else {
		scheme += "://"
	}
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		user, _, _ := strings.Cut(strings.TrimLeft(rest[:at], "/"), ":")
		if !ok {
			user = "***"
		}
		rest = user + ":***@" + rest[at+1:]
	}
	if hidden {
		rest += "?..."
	}
	return scheme + rest
}

// Quiet stops go-redis from writing to standard error by itself: errors come back
// to the callers. For programs, before the first Dial.
func Quiet() { redis.SetLogger(quiet{}) }

type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}
