// Package simulation lets three agents live through a day of virtual time, with faults
// of all kinds, and judges every command that reaches the store. The loops are those
// of an agent, the store is the embedded one; the network between them, people and the
// work of the jobs are simulated.
//
// A seed says all. Two simulations of one seed send the same commands at the same
// nanosecond of the virtual clock and get the same answers, with any number of
// processors and under the race detector. What the scheduler decides in one instant,
// the network puts in order: it carries one message at a time, and only when every
// goroutine waits. Left out are gossip, HTTP and the heartbeat of an agent, which
// decide nothing; and go-redis repeats a command at once, not after a random pause.
package simulation

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/jobs-agent/jobs/scripts"
)

// names are those of the agents.
var names = []string{"one", "two", "three"}

// simulation is a house of three agents in a bubble of virtual time.
type simulation struct {
	seed   seed
	net    *network
	judge  *judge
	jobs   map[string]*job
	client *scripts.Commands // of people and programs; its link has no faults of its own
	log    *zap.Logger
	rest   time.Duration // between great faults, at most; zero: the span says it

	mu     sync.Mutex
	agents map[string]*agent // nil: between two lives
	lives  map[string]int    // so far
}

// result is what came of a simulation.
type result struct {
	digest     string
	complaints []string
	counts     map[string]int
	faults     map[string]int
	transcript []string
}

// play lives through a span of virtual time.
func play(t *testing.T, s seed, span time.Duration, change func(*simulation)) (r result) {
	t.Helper()
	cryptotest.SetGlobalRandom(t, uint64(s))
	synctest.Test(t, func(t *testing.T) {
		sim := &simulation{seed: s, jobs: makeJobs(s), agents: map[string]*agent{}, lives: map[string]int{}, log: zap.NewNop()}
		sim.judge = newJudge(sim.jobs)
		var err error
		if sim.net, err = newNetwork(s, sim.judge.see); err != nil {
			t.Fatal(err)
		}
		sim.judge.read = newReader(sim.net)
		if change != nil {
			change(sim)
		}
		over := make(chan struct{})
		var network sync.WaitGroup
		network.Go(func() { sim.net.run(over) })
		defer network.Wait()
		defer close(over)
		if err := sim.live(span); err != nil {
			t.Error(err)
		}
		r = sim.judge.result()
		r.counts["strays"] = sim.net.strays
	})
	return r
}

// live is the course of a simulation: jobs are put, faults come and go, jobs are
// removed, and all that is queued comes to its end.
func (s *simulation) live(span time.Duration) error {
	s.net.join("people")
	rdb, err := s.net.client("people", "data", scripts.Data)
	if err != nil {
		return err
	}
	defer hangUp(rdb)
	s.client = commands(rdb)
	if err := s.client.Install(context.Background()); err != nil {
		return err
	}
	for _, name := range names {
		s.begin(name)
	}
	for _, id := range sortedKeys(s.jobs) {
		d, err := s.jobs[id].definition()
		if err == nil {
			err = s.client.Jset(context.Background(), d)
		}
		if err != nil {
			return fmt.Errorf("put %s: %w", id, err)
		}
	}
	if !s.follow(s.agenda(span)) {
		s.each(func(a *agent) { a.kill(s.net) }) // what is wrong may have no end
		return nil
	}
	sleepUntil(span)
	for _, id := range sortedKeys(s.jobs) {
		s.remove(id)
	}
	for range 100 { // work, retries and their waits come to an end
		time.Sleep(5 * time.Minute)
		if s.judge.idle() {
			break
		}
	}
	s.net.wait(s.judge.audit)
	s.judge.last()
	s.each((*agent).stop)
	return nil
}

// agenda is what happens in a span.
func (s *simulation) agenda(span time.Duration) []event {
	quiet := span * 9 / 10 // then all faults are over
	if span < 6*time.Hour {
		quiet = span * 3 / 4
	}
	rest := cmp.Or(s.rest, span/28)
	agenda := []event{{quiet + settling, s.settled}}
	for _, p := range makePlans(s.seed, quiet, rest) {
		agenda = append(agenda, event{p.at, func() { s.strike(p) }})
	}
	for at := 10 * time.Minute; at < span; at += 10 * time.Minute {
		agenda = append(agenda, event{at + 29*time.Second + 7*time.Microsecond, func() { s.net.wait(s.judge.audit) }})
	}
	at := 20 * time.Minute
	for n := 0; at < span; n++ {
		agenda = append(agenda, event{at, func() { s.act(n) }})
		at += s.seed.between(10*time.Minute, 50*time.Minute, "act", n)
	}
	for i, id := range sortedKeys(s.jobs) {
		if at := span * time.Duration(i+1) / 40; i%7 == 3 && s.jobs[id].Interval > 0 && s.jobs[id].Stop.IsZero() && s.jobs[id].Lambda == 0 {
			at += s.seed.between(0, time.Minute, "remove", id)
			agenda = append(agenda, event{at, func() { s.remove(id) }}, event{at + span/10, func() { s.putAgain(id) }})
		}
	}
	return agenda
}

// each does something with each agent that lives.
func (s *simulation) each(do func(*agent)) {
	for _, name := range names {
		if a := s.agent(name); a != nil {
			do(a)
		}
	}
}

// event is something that happens at a time since the origin. What takes a while
// keeps none of the others.
type event struct {
	at time.Duration
	do func()
}

// follow lets events happen and returns after the last, or answers false when a
// complaint has ended it.
func (s *simulation) follow(agenda []event) bool {
	slices.SortStableFunc(agenda, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	var done sync.WaitGroup
	defer done.Wait()
	for _, e := range agenda {
		select {
		case <-s.judge.spoiled:
			s.net.end()
			return false
		case <-time.After(time.Until(origin.Add(e.at))):
		}
		done.Go(e.do)
	}
	return true
}

func sleepUntil(at time.Duration) { time.Sleep(time.Until(origin.Add(at))) }

// begin begins the next life of an agent.
func (s *simulation) begin(name string) {
	s.mu.Lock()
	s.lives[name]++
	life := s.lives[name]
	s.mu.Unlock()
	a, err := s.start(name, life, s.log)
	if err != nil {
		panic(err) // nothing of it depends on the seed
	}
	s.replace(name, a)
}

// settled looks that all is as if there had been no fault.
func (s *simulation) settled() {
	var leaders []string
	s.each(func(a *agent) {
		if leads, _ := a.election.Leader(); leads {
			leaders = append(leaders, a.life)
		}
	})
	if list := s.judge.unsettled(leaders); len(list) > 0 {
		s.judge.change(func() {
			s.judge.complain(nil, "%v after the last fault not all is well:\n    %s", settling, strings.Join(list, "\n    "))
		})
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
