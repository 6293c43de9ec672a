package election_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/jobs-agent/jobs/election"
)

func TestAFrozenRedisEndsTheLeadBeforeTheLockAndOneLeaderFollows(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.InfoLevel)
	g := newGroup(t)
	g.log = zap.New(core)
	many := g.startMany(3)
	leader := g.await("a leader", 0, 2*time.Second, began)
	from, start := g.count(), time.Now()
	g.server.Freeze()

	ended := g.await("the end", from, 3*time.Second, endedBy(election.ErrExpired))
	if took := ended.at.Sub(start); took > 2*time.Second {
		t.Errorf("the lead ended %v after the freeze, want before the lock's life of 2s", took)
	}
	if leads, _ := leader.who.election.Leader(); leads {
		t.Error("Leader() says it leads although its lease ended")
	}
	g.quiet(from+1, 5*time.Second-time.Since(start))
	for _, entry := range []string{"cannot campaign, trying on", "stopped leading"} {
		perCandidate := map[string]int{"cannot campaign, trying on": 3, "stopped leading": 1}[entry]
		if got := logs.FilterMessage(entry).Len(); got != perCandidate {
			t.Errorf("log lines %q: got %d, want %d for all retries", entry, got, perCandidate)
		}
	}

	from, start = g.count(), time.Now()
	g.server.Thaw()
	next := g.await("a leader", from, 3*time.Second, began)
	t.Logf("a new leader %v after the thaw", next.at.Sub(start))
	g.quiet(from+1, 500*time.Millisecond)
	if got := leaders(many); len(got) != 1 {
		t.Errorf("leaders: got %v, want one", got)
	}
	g.checkTerms()
}

func TestARestartOfRedisWithoutItsDataGivesOneLeaderWithAHigherTerm(t *testing.T) {
	t.Parallel()
	g := newGroup(t)
	many := g.startMany(3)
	g.await("a leader", 0, 2*time.Second, began)
	from := g.count()
	g.server.Restart()
	next := g.await("a leader", from, 3*time.Second, began)
	g.await("the end of the old leader", from, time.Second, endedBy(election.ErrLost))
	g.quiet(from+2, 700*time.Millisecond)
	if got := leaders(many); len(got) != 1 || got[0] != next.who.name {
		t.Errorf("leaders: got %v, want only %s", got, next.who.name)
	}
	g.checkTerms()
}

func TestADeadRedisIsNotHammeredAndNotLoggedOften(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.InfoLevel)
	var dials atomic.Int64
	client := redis.NewClient(&redis.Options{
		MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
		Dialer: func(context.Context, string, string) (net.Conn, error) {
			dials.Add(1)
			return nil, errors.New("refused")
		},
	})
	t.Cleanup(func() { _ = client.Close() })
	e, err := election.New(election.Config{
		Client: client, Terms: terms{client}, Key: lockKey, Name: "lonely", Log: zap.New(core),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := e.Run(ctx, nil); err != nil {
		t.Errorf("Run: %v", err)
	}
	if took := time.Since(start); took > 2500*time.Millisecond {
		t.Errorf("Run ended after %v, want soon after its context's 1.5s", took)
	}
	// About 7 looks, and some attempts of go-redis to subscribe, 100 ms apart.
	if got := dials.Load(); got < 3 || got > 60 {
		t.Errorf("dials within 1.5s: got %d, want a few", got)
	}
	if got := logs.Len(); got != 1 {
		t.Errorf("log lines: got %v, want one", logs.All())
	}
}

func TestALockWithoutExpiryIsReported(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.WarnLevel)
	g := newGroup(t)
	g.log = zap.New(core)
	client := g.server.Client()
	if err := client.Set(t.Context(), lockKey, "by hand", 0).Err(); err != nil {
		t.Fatal(err)
	}
	g.start("waiting")
	waitFor(t, 2*time.Second, "a warning", func() bool { return logs.Len() == 1 })
	if got := logs.All()[0].ContextMap()["error"].(string); !strings.Contains(got, "delete the key "+lockKey) {
		t.Errorf("warning: got %q, want what to do", got)
	}
	if err := client.Del(t.Context(), lockKey).Err(); err != nil {
		t.Fatal(err)
	}
	g.await("a leader", 0, time.Second, began)
}

// loseReplies loses the answer to the first SET, and the first script on its way.
type loseReplies struct{ set, script atomic.Bool }

func (l *loseReplies) DialHook(next redis.DialHook) redis.DialHook { return next }

func (l *loseReplies) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (l *loseReplies) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "evalsha" && l.script.CompareAndSwap(false, true) {
			return errors.New("the connection broke before the script arrived")
		}
		err := next(ctx, cmd)
		if cmd.Name() == "set" && l.set.CompareAndSwap(false, true) {
			err = errors.New("the connection broke before the answer came")
			cmd.SetErr(err)
		}
		return err
	}
}

func TestACandidateDoesNotWaitForALockOfItsOwn(t *testing.T) {
	t.Parallel()
	g := newGroup(t)
	client := leadClient(t, g.server)
	client.AddHook(&loseReplies{})
	e, err := election.New(election.Config{Client: client, Terms: terms{client}, Key: lockKey, Name: "alone"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	start := time.Now()
	if err := e.Run(ctx, func(context.Context, int64) error {
		cancel()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it led after %v, want a poll and not the life of the lock", took)
	}
}

// waitFor polls a condition that has no channel to wait on.
func waitFor(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(within)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: not within %v", what, within)
		}
	}
}
