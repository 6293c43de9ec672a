package test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/test/chaos"
)

// rounds are what `make chaos-long` does in turn, each for a while.
var rounds = []struct {
	name string
	run  func(t *testing.T, seed uint64, lasts time.Duration)
}{
	{"five agents, each write to disk", func(t *testing.T, seed uint64, lasts time.Duration) { five(t, seed, lasts, "always", 0) }},
	{"five agents, a write to disk each second", func(t *testing.T, seed uint64, lasts time.Duration) { five(t, seed, lasts, "everysec", 2*time.Second) }},
	{"five agents, writes to disk as the system likes", func(t *testing.T, seed uint64, lasts time.Duration) { five(t, seed, lasts, "no", 2*time.Second) }},
	{"a master that fails over", failovers},
	{"a day's outage of a hundred thousand jobs", outageOfADay},
	{"floods of output", floods},
}

// five breaks five agents and a Redis that may forget so much when it is killed.
func five(t *testing.T, seed uint64, lasts time.Duration, fsync string, forgets time.Duration) {
	f := startField(t, "", chaos.Names(5), redistest.AOF(fsync))
	f.forgets = forgets
	h := f.storm(chaos.Plan{
		Agents: chaos.Names(5), For: lasts - calm, Lease: chaosLease, AgentKinds: chaos.AgentKinds, RedisKinds: chaos.RedisKinds,
	}.Steps(seed), mixedLoad, lasts)
	f.judge(h)
	f.counts(h, lasts)
}

// failovers kills and freezes masters, each time until the replica has taken over
// and the old master follows it. What the replica had not got yet is forgotten.
func failovers(t *testing.T, seed uint64, lasts time.Duration) {
	f := newField(t, newWatched(t))
	f.forgets = 4 * time.Second
	f.joinAll(chaos.Names(3))
	steps := chaos.Plan{
		Agents: chaos.Names(3), For: lasts - calm, Lease: chaosLease, AgentKinds: []string{chaos.Kill, chaos.Stop, chaos.Terminate},
	}.Steps(seed)
	for i, at := 0, 3*time.Second; at+5*time.Second < lasts-calm; i, at = i+1, at+14*time.Second {
		kind := []string{chaos.RedisKill, chaos.RedisPause}[i%2]
		steps = append(steps, chaos.Step{Kind: kind, Target: chaos.Redis, From: at, To: at + 5*time.Second})
	}
	h := f.storm(steps, mixedLoad, lasts)
	f.judge(h)
	f.told(h)
}

func TestChaosForLong(t *testing.T) {
	if os.Getenv("JOBS_CHAOS_LONG") == "" {
		t.Skip("half an hour: JOBS_CHAOS_LONG=1, or make chaos-long")
	}
	lasts := chaosFor(t, 30*time.Minute)
	begin := time.Now()
	each := min(2*time.Minute, max(30*time.Second, lasts/time.Duration(len(rounds))))
	seed := chaosSeeds(t)[0]
	for n := uint64(0); time.Since(begin) < lasts; n++ {
		for _, r := range rounds {
			if only := os.Getenv("JOBS_CHAOS_ROUND"); !strings.Contains(r.name, only) {
				continue
			}
			if time.Since(begin) >= lasts {
				return
			}
			t.Run(r.name, func(t *testing.T) {
				t.Logf("JOBS_CHAOS_LONG=1 JOBS_CHAOS_SEED=%d JOBS_CHAOS_FOR=%v JOBS_CHAOS_ROUND=%q", seed+n, lasts, r.name)
				r.run(t, seed+n, each)
			})
		}
	}
}
