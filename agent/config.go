package agent

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/logsink"
	"github.com/jobs-agent/jobs/runners"
	"github.com/jobs-agent/jobs/scripts"
)

// Config says what one node is. Use DefaultConfig and change what differs.
type Config struct {
	Redis string // URL, see scripts.Dial
	Board string
	Name  string // unique in the cluster; empty: made of host, pid and a random tail

	// Runners are the types that this host serves, each TYPE or TYPE=COMMAND. None
	// is fine: then the node only ticks.
	Runners []string
	// Options say more of types in Runners, by type. The agent gives them their
	// supervisor, and HTTPLocal to http where they do not name it.
	Options     map[string]runners.Config
	HTTPLocal   bool // the runner http may reach loopback, private and link-local addresses
	Concurrency int  // attempts at once
	Labels      map[string]string

	Gossip    string   // host:port to gossip on; port 0: any
	Join      []string // further members to look for, besides those in Redis
	GossipKey string   // 16, 24 or 32 bytes; needed off loopback

	HTTP string // host:port of /livez, /readyz and /metrics; empty: none

	Lease time.Duration // how long a run stays with a silent agent
	Drain time.Duration // how long running attempts may go on when the node stops

	Sinks *logsink.Set // take the output of runs beyond Redis; whoever opened them closes them; nil: none

	TickOnEviction bool // tick although Redis may evict keys
	NoElection     bool // tick without being elected, beside others: for tests of I1
	Version        string
	Log            *zap.Logger // nil: none
}

// DefaultConfig is a node on loopback that serves nothing that executes code.
func DefaultConfig() Config {
	return Config{
		Redis: "redis://127.0.0.1:6379", Board: "jobs", Runners: []string{"console"}, Concurrency: 32,
		Gossip: "127.0.0.1:0", HTTP: "127.0.0.1:0", Lease: 4 * time.Second, Drain: 30 * time.Second, Version: "dev",
	}
}

// Validate tells what is wrong with the configuration.
func (c *Config) Validate() error {
	if _, err := scripts.For(c.Board); err != nil {
		return err
	}
	if c.Concurrency < 1 || c.Concurrency > 100000 {
		return fmt.Errorf("concurrency %d: %w: 1 to 100000 are allowed", c.Concurrency, jobs.ErrInvalid)
	}
	if c.Lease < time.Second || c.Lease > time.Hour {
		return fmt.Errorf("lease %v: %w: 1s to 1h are allowed", c.Lease, jobs.ErrInvalid)
	}
	if c.Drain < 0 {
		return fmt.Errorf("drain %v: %w: it is negative", c.Drain, jobs.ErrInvalid)
	}
	if strings.ContainsAny(c.Name, " \t\r\n:") || len(c.Name) > 128 {
		return fmt.Errorf("name %q: %w: at most 128 bytes without blanks and colons are allowed", c.Name, jobs.ErrInvalid)
	}
	if err := checkServed(c.Runners, c.Options); err != nil {
		return err
	}
	for what, address := range map[string]string{"gossip": c.Gossip, "http": c.HTTP} {
		if _, _, err := net.SplitHostPort(address); (address != "" || what == "gossip") && err != nil {
			return fmt.Errorf("%s address %q: %w: write it as HOST:PORT", what, address, jobs.ErrInvalid)
		}
	}
	if n := len(c.GossipKey); !slices.Contains([]int{0, 16, 24, 32}, n) {
		return fmt.Errorf("gossip key: %w: it has %d bytes, 16, 24 or 32 are needed", jobs.ErrInvalid, n)
	}
	return nil
}
