package agent

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/memberlist"
	jobs "github.com/jobs-agent/jobs"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func TestThreeAgentsSeeEachOtherAndWhatTheySayAboutThemselves(t *testing.T) {
	t.Parallel()
	g := &gossips{t: t}
	a, b, c := g.startThree(func(cfg *membersConfig) {
		cfg.About = About{HTTP: "127.0.0.1:80", Version: "1.2.3", Runners: []string{"shell", cfg.Name}}
	})
	want := []Member{
		{"a", a.Addr(), About{HTTP: "127.0.0.1:80", Version: "1.2.3", Runners: []string{"shell", "a"}}},
		{"b", b.Addr(), About{HTTP: "127.0.0.1:80", Version: "1.2.3", Runners: []string{"shell", "b"}}},
		{"c", c.Addr(), About{HTTP: "127.0.0.1:80", Version: "1.2.3", Runners: []string{"shell", "c"}}},
	}
	if diff := cmp.Diff(want, c.Alive()); diff != "" {
		t.Errorf("c sees (-want +got):\n%s", diff)
	}
	for _, line := range []string{"a sees b", "a sees c", "b sees a", "b sees c", "c sees a", "c sees b"} {
		g.await(line, time.Second, func() bool { return g.has(line) })
	}
	if g.has("a sees a") {
		t.Error("an agent was told of itself")
	}

	// b becomes the leader.
	if err := b.Update(About{Leader: true, Term: 7}); err != nil {
		t.Fatal(err)
	}
	want[1].About = About{Leader: true, Term: 7}
	took := g.await("the others know the leader", 2*time.Second, func() bool {
		return cmp.Equal(want, a.Alive()) && cmp.Equal(want, c.Alive())
	})
	t.Logf("an update reached the others in %v", took)
}

func TestAnAgentThatDiesIsNoticed(t *testing.T) {
	t.Parallel()
	g := &gossips{t: t}
	a, b, c := g.startThree(nil)
	if err := c.list.Shutdown(); err != nil { // no word to the others
		t.Fatal(err)
	}
	took := g.await("a and b miss c", 2500*time.Millisecond, func() bool { return sees(a, "a", "b") && sees(b, "a", "b") })
	t.Logf("a dead agent was noticed in %v", took)
	g.await("a tells it", time.Second, func() bool { return g.has("a misses c") })
}

func TestAnAgentThatLeavesIsMissedAtOnce(t *testing.T) {
	t.Parallel()
	g := &gossips{t: t}
	a, b, c := g.startThree(nil)
	start := time.Now()
	if err := c.Leave(2 * time.Second); err != nil {
		t.Fatal(err)
	}
	left := time.Since(start)
	g.await("a and b miss c", 500*time.Millisecond, func() bool { return sees(a, "a", "b") && sees(b, "a", "b") })
	t.Logf("leaving took %v, all knew it after %v", left, time.Since(start))
	if left > time.Second {
		t.Errorf("leaving took %v, want less than the time to notice a dead agent", left)
	}
	if err := c.Leave(time.Second); err != nil {
		t.Errorf("Leave again: got %v, want nothing to happen", err)
	}
	if err := c.Update(About{}); !errors.Is(err, jobs.ErrStopping) {
		t.Errorf("Update after Leave: got %v, want ErrStopping", err)
	}
}

func TestAgentsMeetAgainAfterAPartition(t *testing.T) {
	t.Parallel()
	g := &gossips{t: t}
	pulled := new(atomic.Bool)
	cabled := func(cfg *membersConfig) {
		cfg.tune = func(conf *memberlist.Config) {
			conf.Transport = cable{conf.Transport.(memberlist.NodeAwareTransport), pulled}
			conf.GossipToTheDeadTime = time.Millisecond // as after half a minute
		}
	}
	a, b := g.start("a", cabled), g.start("b", cabled)
	g.await("both see both", 5*time.Second, func() bool { return sees(a, "a", "b") && sees(b, "a", "b") })
	pulled.Store(true)
	g.await("each sees itself only", 5*time.Second, func() bool { return sees(a, "a") && sees(b, "b") })
	pulled.Store(false)
	took := g.await("both see both again", 4*time.Second, func() bool { return sees(a, "a", "b") && sees(b, "a", "b") })
	t.Logf("met again %v after the partition", took)
}

func TestARestartedAgentKeepsItsNameOnAnotherPort(t *testing.T) {
	t.Parallel()
	g := &gossips{t: t}
	a, b, c := g.startThree(nil)
	if err := c.list.Shutdown(); err != nil {
		t.Fatal(err)
	}
	again := g.start("c", nil)
	took := g.await("all see the new c", 7*time.Second, func() bool {
		at := func(m *members) string {
			i := slices.IndexFunc(m.Alive(), func(o Member) bool { return o.Name == "c" })
			if i < 0 {
				return ""
			}
			return m.Alive()[i].Addr
		}
		return at(a) == again.Addr() && at(b) == again.Addr() && sees(again, "a", "b", "c")
	})
	t.Logf("the restarted agent was taken for the old one's successor in %v", took)
}

func TestASecondAgentOfANameIsReportedOnce(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.ErrorLevel)
	g := &gossips{t: t}
	quick := func(cfg *membersConfig) { cfg.Log, cfg.Rejoin = zap.New(core), 100*time.Millisecond }
	first := g.start("same", quick)
	g.start("other", quick)
	g.await("they meet", 5*time.Second, func() bool { return sees(first, "other", "same") })
	second := g.start("same", func(cfg *membersConfig) { cfg.Rejoin = 100 * time.Millisecond })
	about := func() (n int) {
		for _, entry := range logs.FilterMessageSnippet("two agents have one name").All() {
			if fields := entry.ContextMap(); fields["second"] == second.Addr() && fields["first"] == first.Addr() {
				n++
			}
		}
		return n
	}
	// Each of the two that were there first says so, once, in spite of ten joins a
	// second.
	g.await("both report it", 5*time.Second, func() bool { return about() == 2 })
	for end := time.After(500 * time.Millisecond); about() == 2; {
		select {
		case <-end:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Errorf("reports: got %d, want one of each agent", about())
}

func TestAnAgentWithAnotherKeyStaysOutside(t *testing.T) {
	t.Parallel()
	right, wrong := []byte("0123456789abcdef"), []byte("fedcba9876543210")
	for _, tc := range []struct {
		name string
		key  []byte
	}{{"wrong", wrong}, {"none", nil}, {"longer", slices.Concat(right, right)}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			core, logs := observer.New(zap.WarnLevel)
			g := &gossips{t: t}
			keyed := func(cfg *membersConfig) { cfg.Key, cfg.Rejoin = right, 100*time.Millisecond }
			a, b := g.start("a", keyed), g.start("b", keyed)
			g.await("a and b meet", 5*time.Second, func() bool { return sees(a, "a", "b") && sees(b, "a", "b") })
			rounds := new(atomic.Int64)
			stranger := g.start("stranger", func(cfg *membersConfig) {
				cfg.Key, cfg.Rejoin, cfg.Log = tc.key, 50*time.Millisecond, zap.New(core)
				cfg.Peers = func(ctx context.Context) ([]string, error) {
					rounds.Add(1)
					return g.list(ctx)
				}
			})
			g.await("the stranger tries five times", 5*time.Second, func() bool { return rounds.Load() > 5 })
			if got := logs.FilterMessageSnippet("cannot join other agents").Len(); got != 1 {
				t.Errorf("warnings: got %d, want one for all tries", got)
			}
			if !sees(stranger, "stranger") || !sees(a, "a", "b") {
				t.Errorf("the stranger sees %v, a sees %v; want nobody, a and b", stranger.Alive(), a.Alive())
			}
		})
	}
}

func TestAgentsOfAnotherBoardStayOutside(t *testing.T) {
	t.Parallel()
	g := &gossips{t: t}
	a := g.start("a", nil)
	b := g.start("b", func(cfg *membersConfig) { cfg.Board = "another" })
	if err := b.join(t.Context()); err == nil {
		t.Error("join: got no error")
	}
	if !sees(a, "a") || !sees(b, "b") {
		t.Errorf("a sees %v, b sees %v; want each itself only", a.Alive(), b.Alive())
	}
}

func TestGossipIsRefusedWhereItCannotBeSafeOrReached(t *testing.T) {
	t.Parallel()
	key := []byte("0123456789abcdef")
	for _, tc := range []struct {
		name string
		cfg  membersConfig
		want string
	}{
		{"all interfaces without a key", membersConfig{Bind: "0.0.0.0:0"}, "needs a key: give all agents of the board the same 16, 24 or 32 random bytes, or bind to 127.0.0.1"},
		{"no host without a key", membersConfig{Bind: ":0"}, "needs a key"},
		{"IPv6 interfaces without a key", membersConfig{Bind: "[::]:0"}, "needs a key"},
		{"a short key", membersConfig{Bind: "127.0.0.1:0", Key: key[:15]}, "the key has 15 bytes, want 16, 24 or 32"},
		{"no port", membersConfig{Bind: "127.0.0.1"}, "missing port"},
		{"a long description", membersConfig{Bind: "127.0.0.1:0", About: About{HTTP: strings.Repeat("x", 600)}}, "want at most 512"},
		{"advertising everything", membersConfig{Bind: "127.0.0.1:0", Advertise: "0.0.0.0:1"}, "name an address of this machine"},
		{"advertising nonsense", membersConfig{Bind: "127.0.0.1:0", Advertise: "1.2.3.4"}, "missing port"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m, err := newMembers(tc.cfg)
			if err == nil {
				_ = m.Leave(0)
				t.Fatalf("got no error, want %q", tc.want)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %q, want %q", err, tc.want)
			}
		})
	}
}

func TestABoundPortIsRefusedAndNamed(t *testing.T) {
	t.Parallel()
	g := &gossips{t: t}
	taken := g.start("a", nil).Addr()
	_, err := newMembers(membersConfig{Bind: taken})
	if err == nil || !strings.Contains(err.Error(), taken) || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v, want that %s is in use", err, taken)
	}
}

func TestTheAdvertisedAddressIsPinned(t *testing.T) {
	t.Parallel()
	g := &gossips{t: t}
	m := g.start("a", func(cfg *membersConfig) { cfg.Bind, cfg.Advertise = "localhost:0", "127.0.0.2:0" })
	host, port, err := net.SplitHostPort(m.Addr())
	if err != nil || host != "127.0.0.2" || port == "0" {
		t.Errorf("address: got %s, want 127.0.0.2 and the bound port", m.Addr())
	}
	if got := m.Alive()[0].Addr; got != m.Addr() {
		t.Errorf("address in the gossip: got %s, want %s", got, m.Addr())
	}
}

func TestNamesMintedAreUnique(t *testing.T) {
	t.Parallel()
	if a, b := mintName(), mintName(); a == b || strings.Count(a, "-") < 2 {
		t.Errorf("got %s and %s, want two names host-pid-random", a, b)
	}
}
