package agent

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/hashicorp/memberlist"
	jobs "github.com/jobs-agent/jobs"
	"go.uber.org/zap"
)

// membersConfig says how an agent takes part in the gossip.
type membersConfig struct {
	// Name is unique among all agents: host-pid-random by default.
	Name string
	// Board keeps agents of several boards apart that come upon each other.
	Board string
	// Bind is host:port; port 0 takes a free one.
	Bind string
	// Advertise is the host:port that others use, when that is not what Bind says.
	// A port of 0 stands for the one bound.
	Advertise string
	// Key encrypts the gossip: 16, 24 or 32 bytes, the same for all agents. Off
	// loopback there is none without it.
	Key []byte
	// About is what the others get to know; at most 512 bytes as JSON.
	About About
	// Peers lists addresses of agents that may be alive, this one included or not.
	Peers func(context.Context) ([]string, error)
	// Rejoin is how often peers are looked for that are not in the gossip; 2 s by
	// default.
	Rejoin time.Duration
	// Events is called by Run for each agent, other than this one, that comes or
	// goes; nil for none.
	Events func(name string, alive bool)
	Log    *zap.Logger // nil: none

	// tune has the last word on the library's configuration, for tests.
	tune func(*memberlist.Config)
}

func (c membersConfig) withDefaults() membersConfig {
	if c.Name == "" {
		c.Name = mintName()
	}
	if c.Rejoin == 0 {
		c.Rejoin = 2 * time.Second
	}
	if c.Peers == nil {
		c.Peers = func(context.Context) ([]string, error) { return nil, nil }
	}
	if c.Events == nil {
		c.Events = func(string, bool) {}
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.tune == nil {
		c.tune = func(*memberlist.Config) {}
	}
	return c
}

// mintName makes a name that no other agent has, dead ones included.
func mintName() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "host"
	}
	var tail [4]byte
	if _, err := rand.Read(tail[:]); err != nil {
		panic(err) // crypto/rand never fails on supported systems
	}
	return host + "-" + strconv.Itoa(os.Getpid()) + "-" + hex.EncodeToString(tail[:])
}

// memberlist is the tuned profile: an agent that died is noticed within two
// seconds, at the price of some packets more than the library's own profiles.
func (c membersConfig) memberlist() *memberlist.Config {
	conf := memberlist.DefaultLANConfig()
	conf.Name = c.Name
	conf.Label = label(c.Board)
	conf.SecretKey = c.Key
	conf.ProbeInterval = 300 * time.Millisecond
	conf.ProbeTimeout = 150 * time.Millisecond
	conf.SuspicionMult = 3
	conf.GossipInterval = 200 * time.Millisecond
	conf.TCPTimeout = time.Second
	conf.EnableCompression = false // there is too little to compress
	// A restarted agent that kept its name may have another address.
	conf.DeadNodeReclaimTime = 500 * time.Millisecond
	return conf
}

// label is in front of all that is sent; agents ignore what bears another one.
func label(board string) string {
	text := "jobs-agent:" + board
	return text[:min(len(text), memberlist.LabelMaxSize)]
}

// bind resolves the address to listen on. It must be an IP address: the library
// takes a name for "all interfaces".
func (c membersConfig) bind() (*net.TCPAddr, error) {
	addr, err := net.ResolveTCPAddr("tcp", c.Bind)
	if err != nil {
		return nil, err
	}
	if addr.IP == nil {
		addr.IP = net.IPv4zero
	}
	switch len(c.Key) {
	case 16, 24, 32:
	case 0:
		if !addr.IP.IsLoopback() {
			return nil, fmt.Errorf("%w: gossip that leaves this machine needs a key: give all agents of the board "+
				"the same 16, 24 or 32 random bytes, or bind to 127.0.0.1", jobs.ErrInvalid)
		}
	default:
		return nil, fmt.Errorf("%w: the key has %d bytes, want 16, 24 or 32", jobs.ErrInvalid, len(c.Key))
	}
	return addr, nil
}

// advertise settles, once, the address that others use; the library would ask the
// interfaces again and again.
func (c membersConfig) advertise(t *memberlist.NetTransport) (*net.TCPAddr, error) {
	if c.Advertise != "" {
		addr, err := net.ResolveTCPAddr("tcp", c.Advertise)
		if err != nil {
			return nil, fmt.Errorf("advertise %s: %w", c.Advertise, err)
		}
		if addr.IP == nil || addr.IP.IsUnspecified() {
			return nil, fmt.Errorf("advertise %s: %w: others cannot reach that, name an address of this machine", c.Advertise, jobs.ErrInvalid)
		}
		if addr.Port == 0 {
			addr.Port = t.GetAutoBindPort()
		}
		return addr, nil
	}
	ip, port, err := t.FinalAdvertiseAddr("", 0)
	if err == nil && ip.IsUnspecified() {
		err = errors.New("bound to all addresses")
	}
	if err != nil {
		return nil, fmt.Errorf("choose the address to advertise: %w; name one of this machine", err)
	}
	return &net.TCPAddr{IP: ip, Port: port}, nil
}

// openTransport binds one port number for both TCP and UDP. A free one for both
// is a matter of a few tries.
func openTransport(bind *net.TCPAddr, logger *log.Logger) (*memberlist.NetTransport, error) {
	tries := 1
	if bind.Port == 0 {
		tries = 10
	}
	var err error
	for range tries {
		var t *memberlist.NetTransport
		t, err = memberlist.NewNetTransport(&memberlist.NetTransportConfig{
			BindAddrs: []string{bind.IP.String()}, BindPort: bind.Port, Logger: logger,
		})
		if err == nil {
			return t, nil
		}
	}
	return nil, err
}
