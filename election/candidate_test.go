package election_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	jobs "github.com/jobs-agent/jobs"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"go.uber.org/zap"

	"github.com/jobs-agent/jobs/election"
	"github.com/jobs-agent/jobs/internal/redistest"
)

const lockKey = "b:leader"

// leadClient is what Config.Client asks for.
func leadClient(tb testing.TB, server *redistest.Server) *redis.Client {
	tb.Helper()
	o, err := redis.ParseURL(server.URL())
	if err != nil {
		tb.Fatal(err)
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = 400*time.Millisecond, 400*time.Millisecond, 400*time.Millisecond
	o.PoolTimeout = 400 * time.Millisecond
	o.MaxRetries, o.DialerRetries, o.PoolSize = -1, 1, 2
	o.ContextTimeoutEnabled, o.DisableIdentity = true, true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	client := redis.NewClient(o)
	tb.Cleanup(func() { _ = client.Close() })
	return client
}

// terms is the rule of design.md in a few lines of Lua.
type terms struct{ client *redis.Client }

func (t terms) RaiseTerm(ctx context.Context, lockKey, lockValue, name string) (int64, error) {
	term, err := t.client.Eval(ctx, `
		if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
		local time = redis.call('TIME')
		local ms = time[1] * 1000 + math.floor(time[2] / 1000)
		local term = math.max((tonumber(redis.call('GET', KEYS[2])) or 0) + 1, ms)
		redis.call('SET', KEYS[2], string.format('%.0f', term))
		return term`, []string{lockKey, "b:term"}, lockValue, name).Int64()
	if err == nil && term == 0 {
		return 0, jobs.ErrStale
	}
	return term, err
}

// event is the begin or the end of a leadership.
type event struct {
	who   *candidate
	term  int64
	ended bool
	cause error
	at    time.Time
}

func (e event) String() string {
	if e.ended {
		return fmt.Sprintf("%s %s ends: %v", e.at.Format("05.000"), e.who.name, e.cause)
	}
	return fmt.Sprintf("%s %s leads: term %d", e.at.Format("05.000"), e.who.name, e.term)
}

// candidate is one running election.
type candidate struct {
	name     string
	client   *redis.Client
	election *election.Election
	stop     context.CancelFunc
	done     chan struct{}
}

// group is a number of candidates for one lock, and what happened to them.
type group struct {
	tb     testing.TB
	server *redistest.Server
	log    *zap.Logger
	poll   time.Duration // 0: the default

	mu     sync.Mutex
	events []event
	change chan struct{} // closed and made anew with each event
}

func newGroup(tb testing.TB) *group {
	return &group{tb: tb, server: redistest.Start(tb), change: make(chan struct{})}
}

// start adds a candidate. It stops when the test ends.
func (g *group) start(name string) *candidate {
	g.tb.Helper()
	c := &candidate{name: name, client: leadClient(g.tb, g.server), done: make(chan struct{})}
	var err error
	c.election, err = election.New(election.Config{
		Client: c.client, Terms: terms{c.client}, Key: lockKey, Name: name, Poll: g.poll, Log: g.log,
	})
	if err != nil {
		g.tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.stop = cancel
	go func() {
		defer close(c.done)
		if err := c.election.Run(ctx, func(ctx context.Context, term int64) error {
			g.note(event{who: c, term: term})
			<-ctx.Done()
			g.note(event{who: c, term: term, ended: true, cause: context.Cause(ctx)})
			return ctx.Err()
		}); err != nil {
			g.tb.Errorf("Run of %s: %v", name, err)
		}
	}()
	g.tb.Cleanup(func() {
		cancel()
		<-c.done
	})
	return c
}

func (g *group) startMany(n int) []*candidate {
	many := make([]*candidate, n)
	for i := range many {
		many[i] = g.start(fmt.Sprintf("agent-%d", i))
	}
	return many
}

func (g *group) note(e event) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e.at = time.Now()
	g.events = append(g.events, e)
	close(g.change)
	g.change = make(chan struct{})
}

// seen answers the events so far and a channel that is closed at the next one.
func (g *group) seen() ([]event, <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.events, g.change
}

// await answers the first event, from number `from` on, that is wanted.
func (g *group) await(what string, from int, within time.Duration, wanted func(event) bool) event {
	g.tb.Helper()
	deadline := time.After(within)
	for {
		events, change := g.seen()
		for _, e := range events[min(from, len(events)):] {
			if wanted(e) {
				return e
			}
		}
		select {
		case <-change:
		case <-deadline:
			g.tb.Fatalf("%s: not within %v; events: %v", what, within, events)
		}
	}
}

// quiet fails the test when an event beyond the first `from` happens within the
// time.
func (g *group) quiet(from int, within time.Duration) {
	g.tb.Helper()
	end := time.After(within)
	for {
		events, change := g.seen()
		if len(events) > from {
			g.tb.Fatalf("want nothing to happen for %v; events: %v", within, events[from:])
		}
		select {
		case <-change:
		case <-end:
			return
		}
	}
}

// count answers how many events there were, to be given to await.
func (g *group) count() int {
	events, _ := g.seen()
	return len(events)
}

func began(e event) bool { return !e.ended }

func endedBy(cause error) func(event) bool {
	return func(e event) bool { return e.ended && errors.Is(e.cause, cause) }
}

// leaders answers who leads right now.
func leaders(many []*candidate) (names []string) {
	for _, c := range many {
		if leads, _ := c.election.Leader(); leads {
			names = append(names, c.name)
		}
	}
	return names
}

// checkTerms fails the test when terms did not rise strictly.
func (g *group) checkTerms() {
	g.tb.Helper()
	last := int64(0)
	events, _ := g.seen()
	for _, e := range events {
		if e.ended {
			continue
		}
		if e.term <= last {
			g.tb.Errorf("term %d of %s after term %d", e.term, e.who.name, last)
		}
		last = e.term
	}
}
