package lossy_test

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/test/lossy"
)

// stage is a proxy in front of a Redis, a client on it, and a client around it.
type stage struct {
	t             *testing.T
	proxy         *lossy.Proxy
	client, truth *redis.Client

	mu   sync.Mutex
	seen []lossy.Exchange
}

func newStage(t *testing.T, edit func([]string) []string) *stage {
	t.Helper()
	server := redistest.Start(t)
	s := &stage{t: t, truth: server.Client()}
	var err error
	s.proxy, err = lossy.Start(lossy.Config{Network: "unix", Address: server.Addr(), Edit: edit, Seen: func(e lossy.Exchange) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen = append(s.seen, e)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.proxy.Close)
	s.client = s.dial(2)
	return s
}

// dial makes a client that never sends a command again.
func (s *stage) dial(protocol int) *redis.Client {
	s.t.Helper()
	o, err := redis.ParseURL(s.proxy.URL())
	if err != nil {
		s.t.Fatal(err)
	}
	o.Protocol, o.MaxRetries, o.ReadTimeout, o.PoolSize = protocol, -1, 300*time.Millisecond, 1
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	client := redis.NewClient(o)
	s.t.Cleanup(func() { client.Close() })
	if err := client.Ping(s.t.Context()).Err(); err != nil {
		s.t.Fatal(err)
	}
	return client
}

// nth gives a fate to the n-th reply that is not of a connection's beginning, and
// lets the others pass.
func nth(n int, fate lossy.Fate) lossy.Plan {
	return func(_ uint64, command []string) lossy.Fate {
		if command[0] != "hello" && command[0] != "select" && command[0] != "ping" {
			if n--; n == 0 {
				return fate
			}
		}
		return lossy.Fate{}
	}
}

// fates are those of the replies to a command so far.
func (s *stage) fates(name string) (kinds []lossy.Kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.seen {
		if e.Command[0] == name {
			kinds = append(kinds, e.Fate.Kind)
		}
	}
	return kinds
}

func TestTheCommandOfALostReplyWasExecuted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		fate lossy.Fate
		want func(error) bool
	}{
		{
			"swallowed: the client waits until it gives up",
			lossy.Fate{Kind: lossy.Swallow},
			func(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) },
		},
		{
			"reset: the client sees a broken connection",
			lossy.Fate{Kind: lossy.Reset},
			func(err error) bool { return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) },
		},
		{
			"delayed for too long: the client gives up",
			lossy.Fate{Kind: lossy.Delay, Wait: time.Second},
			func(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) },
		},
		{
			"delayed for a while: the client gets it",
			lossy.Fate{Kind: lossy.Delay, Wait: 20 * time.Millisecond},
			func(err error) bool { return err == nil },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			s.proxy.Lose(nth(2, tt.fate))
			ctx := t.Context()
			if got := s.client.Incr(ctx, "n").Val(); got != 1 {
				t.Fatalf("the first reply: got %d, want 1", got)
			}
			begin := time.Now()
			if err := s.client.Incr(ctx, "n").Err(); !tt.want(err) {
				t.Errorf("the second reply: got %v", err)
			}
			if took := time.Since(begin); tt.fate.Wait > 0 && took < min(tt.fate.Wait, 300*time.Millisecond) {
				t.Errorf("the second reply came after %v, want %v", took, tt.fate)
			}
			if got := s.truth.Get(ctx, "n").Val(); got != "2" {
				t.Errorf("redis has counted to %s, want 2", got)
			}
			if got, want := s.fates("incr"), []lossy.Kind{lossy.Deliver, tt.fate.Kind}; !slices.Equal(got, want) {
				t.Errorf("seen: got %v, want %v", got, want)
			}
			s.proxy.Lose(nil)
			if got, err := s.client.Incr(ctx, "n").Result(); got != 3 {
				t.Errorf("afterwards: got %d, %v, want 3", got, err)
			}
		})
	}
}

func TestAPipelineLosesWholeRepliesFromOneOn(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	ctx := t.Context()
	s.truth.RPush(ctx, "list", "a", "b\r\n$3", "")
	s.proxy.Lose(nth(3, lossy.Fate{Kind: lossy.Swallow}))
	p := s.client.Pipeline()
	list, n, lost, behind := p.LRange(ctx, "list", 0, -1), p.Incr(ctx, "n"), p.Incr(ctx, "n"), p.Incr(ctx, "n")
	if _, err := p.Exec(ctx); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want a timeout", err)
	}
	if got := list.Val(); !slices.Equal(got, []string{"a", "b\r\n$3", ""}) {
		t.Errorf("the first reply: got %q", got)
	}
	if n.Val() != 1 || lost.Err() == nil || behind.Err() == nil {
		t.Errorf("got %v, %v, %v: want 1 and two lost", n, lost, behind)
	}
	if got := s.truth.Get(ctx, "n").Val(); got != "3" {
		t.Errorf("redis has counted to %s, want 3: all of the pipeline was executed", got)
	}
	if got, want := s.fates("incr"), []lossy.Kind{lossy.Deliver, lossy.Swallow, lossy.Swallow}; !slices.Equal(got, want) {
		t.Errorf("seen: got %v, want %v", got, want)
	}
}

func TestATransactionIsOneReplyACommand(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	ctx := t.Context()
	s.proxy.Lose(nth(4, lossy.Fate{Kind: lossy.Reset})) // MULTI, two QUEUED, EXEC
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Incr(ctx, "n")
		p.Incr(ctx, "n")
		return nil
	})
	if err == nil {
		t.Error("the reply of EXEC came")
	}
	if got := s.truth.Get(ctx, "n").Val(); got != "2" {
		t.Errorf("redis has counted to %q, want 2", got)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.seen[len(s.seen)-1]
	if got := last.Reply.String(); last.Command[0] != "exec" || got != "[:1 :2]" {
		t.Errorf("seen: got %v %s, want exec [:1 :2]", last.Command, got)
	}
}

func TestALateCopyIsExecutedAfterTheClientWentOn(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	ctx := t.Context()
	s.proxy.Lose(nth(1, lossy.Fate{Kind: lossy.Late, Wait: 400 * time.Millisecond}))
	if err := s.client.Append(ctx, "text", "a").Err(); err == nil {
		t.Error("the reply came")
	}
	s.proxy.Lose(nil)
	if err := s.client.Append(ctx, "text", "b").Err(); err != nil {
		t.Error(err)
	}
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for range 500 {
		if s.truth.Get(ctx, "text").Val() == "aba" && len(s.fates("append")) == 3 {
			return
		}
		<-look.C
	}
	t.Errorf("redis has %q, want aba", s.truth.Get(ctx, "text").Val())
}

func TestCommandsMayBeEdited(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(words []string) []string {
		if words[0] == "echo" {
			return []string{"echo", strings.ToUpper(words[1])}
		}
		return words
	})
	if got := s.client.Echo(t.Context(), "hello").Val(); got != "HELLO" {
		t.Errorf("got %q, want HELLO", got)
	}
}

func TestMessagesAreNoReplies(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{2, 3} {
		s := newStage(t, nil)
		client := s.dial(protocol)
		s.proxy.Lose(nth(1, lossy.Fate{Kind: lossy.Reset}))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		sub := client.Subscribe(ctx, "news")
		defer sub.Close()
		if _, err := sub.Receive(ctx); err != nil {
			t.Fatalf("RESP%d: subscribe: %v", protocol, err)
		}
		for _, text := range []string{"one", "two"} {
			s.truth.Publish(ctx, "news", text)
			if m, err := sub.ReceiveMessage(ctx); err != nil || m.Payload != text {
				t.Errorf("RESP%d: got %v, %v, want %s", protocol, m, err, text)
			}
		}
	}
}
