package redistest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// masterName is what Sentinels call the master.
const masterName = "mymaster"

// Watched is a master with replicas under three Sentinels, which call it mymaster
// and take it for down after a second of silence.
type Watched struct {
	t         testing.TB
	servers   []*Server
	sentinels []string // addresses
	clients   map[string]*redis.SentinelClient
	secrets   Secrets
}

// Secrets are the passwords of a Watched; empty ones are not asked for.
type Secrets struct{ Data, Sentinel string }

// Watch starts a master, so many replicas and three Sentinels, and waits until these
// know each other and would fail over. All end with the test.
func Watch(t testing.TB, replicas int, secrets Secrets, options ...Option) *Watched {
	t.Helper()
	w := &Watched{t: t, secrets: secrets, clients: map[string]*redis.SentinelClient{}}
	options = append(options, TCP(), Args("--repl-diskless-sync-delay", "0"))
	if secrets.Data != "" {
		options = append(options, Password(secrets.Data), Args("--masterauth", secrets.Data))
	}
	w.servers = append(w.servers, Start(t, options...))
	of := Args("--replicaof", "127.0.0.1 "+strconv.Itoa(w.servers[0].port))
	for range replicas {
		w.servers = append(w.servers, Start(t, append(options, of)...))
	}
	for i := range 3 {
		w.startSentinel(i)
	}
	w.wait("the Sentinels know all", func() bool {
		for _, addr := range w.sentinels {
			state, err := w.ask(addr).Master(context.Background(), masterName).Result()
			if err != nil || state["num-slaves"] != strconv.Itoa(replicas) || state["num-other-sentinels"] != "2" || state["flags"] != "master" {
				return false
			}
			all, err := w.ask(addr).Replicas(context.Background(), masterName).Result()
			if err != nil {
				return false
			}
			for _, replica := range all {
				if replica["flags"] != "slave" || replica["master-link-status"] != "ok" {
					return false
				}
			}
		}
		return true
	})
	return w
}

func (w *Watched) startSentinel(i int) {
	w.t.Helper()
	port := freePort()
	text := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nlogfile sentinel-%d.log\nsentinel monitor %s 127.0.0.1 %d 2\n",
		port, w.servers[0].dir, i, masterName, w.servers[0].port)
	for _, line := range []string{"down-after-milliseconds %s 1000", "failover-timeout %s 2000", "parallel-syncs %s 1"} {
		text += "sentinel " + fmt.Sprintf(line, masterName) + "\n"
	}
	if w.secrets.Data != "" {
		text += fmt.Sprintf("sentinel auth-pass %s %s\n", masterName, w.secrets.Data)
	}
	if w.secrets.Sentinel != "" {
		text += fmt.Sprintf("requirepass %s\nsentinel sentinel-pass %s\n", w.secrets.Sentinel, w.secrets.Sentinel)
	}
	file := filepath.Join(w.servers[0].dir, fmt.Sprintf("sentinel-%d.conf", i))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil { // Sentinels rewrite it
		w.t.Fatalf("start a Sentinel: %v", err)
	}
	proc, err := startProcess(w.servers[0].binary, []string{file, "--sentinel"})
	if err != nil {
		w.t.Fatalf("start a Sentinel: %v", err)
	}
	w.t.Cleanup(proc.kill)
	w.sentinels = append(w.sentinels, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}

// Addrs answers the addresses of the Sentinels.
func (w *Watched) Addrs() string { return strings.Join(w.sentinels, ",") }

// URL answers the address of the master as its Sentinels name it, without the
// password of the Sentinels.
func (w *Watched) URL() string {
	user := ""
	if w.secrets.Data != "" {
		user = ":" + w.secrets.Data + "@"
	}
	return "redis+sentinel://" + user + w.Addrs() + "/" + masterName
}

// Master answers the server that the Sentinels name.
func (w *Watched) Master() *Server {
	w.t.Helper()
	for _, addr := range w.sentinels {
		at, err := w.ask(addr).GetMasterAddrByName(context.Background(), masterName).Result()
		if err != nil {
			continue
		}
		for _, server := range w.servers {
			if server.Addr() == net.JoinHostPort(at[0], at[1]) {
				return server
			}
		}
	}
	w.t.Fatal("no Sentinel names a master")
	return nil
}

// Failover lets the Sentinels put a replica in the place of the master, which stays
// alive, and returns once they name it.
func (w *Watched) Failover() {
	w.t.Helper()
	before := w.Master()
	if err := w.ask(w.sentinels[0]).Failover(context.Background(), masterName).Err(); err != nil {
		w.t.Fatalf("ask for a failover: %v", err)
	}
	w.wait("another master is named", func() bool { return w.Master() != before })
}

// Switches answers when Sentinels promoted a replica, named another master, or made an
// old one a replica: while these differ, what is written may be lost.
func (w *Watched) Switches() (times []time.Time) {
	w.t.Helper()
	for i := range w.sentinels {
		text, err := os.ReadFile(filepath.Join(w.servers[0].dir, fmt.Sprintf("sentinel-%d.log", i)))
		if err != nil {
			w.t.Fatalf("read what a Sentinel did: %v", err)
		}
		// 4711:X 28 Nov 2026 14:21:06.552 # +switch-master mymaster 127.0.0.1 1 127.0.0.1 2
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			if len(words) < 7 || !slices.Contains([]string{"+promoted-slave", "+switch-master", "+convert-to-slave"}, words[6]) {
				continue
			}
			at, err := time.ParseInLocation("2 Jan 2006 15:04:05.000", strings.Join(words[1:5], " "), time.Local)
			if err != nil {
				w.t.Fatalf("read what a Sentinel did: %v", err)
			}
			times = append(times, at)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

func (w *Watched) ask(addr string) *redis.SentinelClient {
	if c := w.clients[addr]; c != nil {
		return c
	}
	c := redis.NewSentinelClient(&redis.Options{Addr: addr, Password: w.secrets.Sentinel, MaxRetries: -1, DialTimeout: time.Second, DisableIdentity: true})
	w.t.Cleanup(func() { c.Close() })
	w.clients[addr] = c
	return c
}

func (w *Watched) wait(what string, come func() bool) {
	w.t.Helper()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(startDeadline); !come(); <-look.C {
		if time.Now().After(deadline) {
			w.t.Fatalf("did not come: %s", what)
		}
	}
}
