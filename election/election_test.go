package election_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	jobs "github.com/jobs-agent/jobs"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/jobs-agent/jobs/election"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOneOfFiveLeads(t *testing.T) {
	t.Parallel()
	g := newGroup(t)
	many := g.startMany(5)
	first := g.await("a leader", 0, 2*time.Second, began)

	g.quiet(1, 700*time.Millisecond) // three polls of the others, a renewal
	if got := leaders(many); len(got) != 1 || got[0] != first.who.name {
		t.Errorf("leaders: got %v, want only %s", got, first.who.name)
	}
	if leads, term := first.who.election.Leader(); !leads || term != first.term {
		t.Errorf("Leader() = %v, %d; want true, %d", leads, term, first.term)
	}
	value := g.server.Client().Get(t.Context(), lockKey).Val()
	if got, _, _ := strings.Cut(value, "#"); got != first.who.name {
		t.Errorf("holder in the lock: got %q (value %q), want %q", got, value, first.who.name)
	}
}

func TestCandidatesOfOneNameExcludeEachOther(t *testing.T) {
	t.Parallel()
	g := newGroup(t)
	many := []*candidate{g.start("same"), g.start("same")}
	first := g.await("a leader", 0, 2*time.Second, began)
	g.quiet(1, 700*time.Millisecond)
	if got := leaders(many); len(got) != 1 {
		t.Fatalf("leaders: got %v, want one", got)
	}
	first.who.stop()
	next := g.await("the other one", 1, time.Second, began)
	if next.who == first.who {
		t.Error("a stopped candidate was elected")
	}
}

func TestResignHandsOverAtOnceAndTheResignedOneRests(t *testing.T) {
	t.Parallel()
	g := newGroup(t)
	g.startMany(3)
	leader := g.await("a leader", 0, 2*time.Second, began)
	for range 2 {
		from, start := g.count(), time.Now()
		leader.who.election.Resign()
		g.await("the end of the leader", from, time.Second, endedBy(election.ErrResigned))
		next := g.await("the next leader", from, time.Second, began)
		if took := next.at.Sub(start); took > 300*time.Millisecond {
			t.Errorf("handing over took %v, want at most 300ms", took)
		}
		if next.who == leader.who {
			t.Errorf("%s resigned and leads again at once", next.who.name)
		}
		leader = next
	}
	g.checkTerms()
}

func TestTheOnlyCandidateLeadsAgainAfterItResigned(t *testing.T) {
	t.Parallel()
	g := newGroup(t)
	only := g.start("only")
	only.election.Resign() // does nothing: it does not lead yet
	g.await("a leader", 0, 2*time.Second, began)
	only.election.Resign()
	g.await("the same leader", 2, 2*time.Second, began)
	g.checkTerms()
}

func TestStopNudgesTheOthersWhichDoNotWaitForTheirPoll(t *testing.T) {
	t.Parallel()
	g := newGroup(t)
	g.poll = 1500 * time.Millisecond
	many := g.startMany(3)
	leader := g.await("a leader", 0, 2*time.Second, began)
	client := g.server.Client()
	waitFor(t, time.Second, "all listen", func() bool {
		return client.PubSubNumSub(t.Context(), lockKey+":nudge").Val()[lockKey+":nudge"] == int64(len(many))
	})
	from, start := g.count(), time.Now()
	leader.who.stop()
	next := g.await("the next leader", from, 2*time.Second, began)
	if took := next.at.Sub(start); took > 300*time.Millisecond {
		t.Errorf("handing over took %v, want at most 300ms", took)
	}
}

func TestADeadLeaderIsFollowedWhenItsLockExpires(t *testing.T) {
	t.Parallel()
	g := newGroup(t)
	g.startMany(3)
	leader := g.await("a leader", 0, 2*time.Second, began)
	from, start := g.count(), time.Now()
	_ = leader.who.client.Close() // as for a dead process: it neither renews nor unlocks

	ended := g.await("the end of the dead leader", from, 3*time.Second, endedBy(election.ErrExpired))
	next := g.await("the next leader", from, 3*time.Second, began)
	if took := next.at.Sub(start); took > 2300*time.Millisecond {
		t.Errorf("following a dead leader took %v, want at most 2.3s", took)
	}
	if !ended.at.Before(next.at) {
		t.Errorf("the old leader stopped %v after the new one began", ended.at.Sub(next.at))
	}
	g.checkTerms()
}

func TestALeaderNoticesThatItsLockIsGone(t *testing.T) {
	t.Parallel()
	const renewal = 700 * time.Millisecond // 500 ms and a reserve
	for _, tc := range []struct {
		name   string
		damage func(context.Context, redis.Cmdable) error
		within time.Duration
	}{
		{"deleted", func(ctx context.Context, c redis.Cmdable) error {
			return c.Del(ctx, lockKey).Err()
		}, renewal},
		{"taken by somebody else", func(ctx context.Context, c redis.Cmdable) error {
			return c.Set(ctx, lockKey, "intruder#1", 300*time.Millisecond).Err()
		}, renewal},
		// Redis answers an error, which might pass: the lease ends it.
		{"of another type", func(ctx context.Context, c redis.Cmdable) error {
			return c.Eval(ctx, `redis.call('DEL', KEYS[1])
				redis.call('LPUSH', KEYS[1], 'x')
				return redis.call('PEXPIRE', KEYS[1], 2500)`, []string{lockKey}).Err()
		}, 2 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			g := newGroup(t)
			many := g.startMany(2)
			g.await("a leader", 0, 2*time.Second, began)
			from, start := g.count(), time.Now()
			if err := tc.damage(t.Context(), g.server.Client()); err != nil {
				t.Fatal(err)
			}
			ended := g.await("the end", from, 3*time.Second, func(e event) bool { return e.ended })
			if took := ended.at.Sub(start); took > tc.within {
				t.Errorf("the leader noticed after %v, want at most %v", took, tc.within)
			}
			next := g.await("the next leader", from, 3*time.Second, began)
			g.quiet(from+2, 300*time.Millisecond)
			if got := leaders(many); len(got) != 1 || got[0] != next.who.name {
				t.Errorf("leaders: got %v, want only %s", got, next.who.name)
			}
			g.checkTerms()
		})
	}
}

func TestALeadThatReturnsGivesTheLockUp(t *testing.T) {
	t.Parallel()
	g := newGroup(t)
	client := leadClient(t, g.server)
	e, err := election.New(election.Config{Client: client, Terms: terms{client}, Key: lockKey, Name: "brief"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	start := time.Now()
	if err := e.Run(ctx, func(context.Context, int64) error {
		if calls++; calls == 2 {
			cancel()
		}
		return errors.New("nothing works")
	}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 900*time.Millisecond {
		t.Errorf("a failing lead was called again after %v, want a rest of 1s", took)
	}
	if got := client.Exists(context.Background(), lockKey).Val(); got != 0 {
		t.Error("the lock is still there")
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	t.Cleanup(func() { _ = client.Close() })
	good := election.Config{Client: client, Terms: terms{client}, Key: "k", Name: "n"}
	for want, spoil := range map[string]func(*election.Config){
		"no Redis client":         func(c *election.Config) { c.Client = nil },
		"no terms":                func(c *election.Config) { c.Terms = nil },
		"no key":                  func(c *election.Config) { c.Key = "" },
		"no name":                 func(c *election.Config) { c.Name = "" },
		"the lock lives 1ms":      func(c *election.Config) { c.TTL = time.Millisecond },
		"renewing each 1.5s":      func(c *election.Config) { c.Renew = 1500 * time.Millisecond },
		"polling each -1ns, less": func(c *election.Config) { c.Poll = -1 },
	} {
		cfg := good
		spoil(&cfg)
		_, err := election.New(cfg)
		if !errors.Is(err, jobs.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("New: got %v, want %q", err, want)
		}
	}
	if _, err := election.New(good); err != nil {
		t.Errorf("New: got %v, want none", err)
	}
}
