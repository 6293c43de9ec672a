package chaos

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// The kinds of faults. The first group befalls an agent, the second Redis.
const (
	Kill      = "kill"      // kill -9, and start again later
	Stop      = "stop"      // SIGSTOP, longer or shorter than the lease, and SIGCONT
	Partition = "partition" // the agent's way to Redis swallows everything for a while
	Terminate = "terminate" // SIGTERM, and start again later

	RedisKill  = "redis kill"  // kill -9, and start again later
	RedisPause = "redis pause" // SIGSTOP and SIGCONT
	Flush      = "script flush"
	DropLock   = "deletion of the lock"
	DropTerm   = "deletion of the term"
)

// Redis is the target of the faults that befall Redis.
const Redis = "redis"

// Kinds are all kinds of faults.
var Kinds = append(slices.Clone(AgentKinds), RedisKinds...)

// AgentKinds befall an agent, RedisKinds Redis.
var (
	AgentKinds = []string{Kill, Stop, Partition, Terminate}
	RedisKinds = []string{RedisKill, RedisPause, Flush, DropLock, DropTerm}
)

// Step is one fault of a plan: from when to when, counted from the begin.
type Step struct {
	Kind, Target string
	From, To     time.Duration
	Choice       int // between two ways of doing it, 0 or 1
}

// Plan says what is broken when.
type Plan struct {
	Agents     []string
	For        time.Duration // no fault lasts longer than that
	Lease      time.Duration
	AgentKinds []string
	RedisKinds []string
}

// Steps draws the faults of a plan, the same for the same seed, ordered by their
// begin. Each target has one fault at a time and some rest behind it, and there is
// always an agent that nothing has befallen.
func (p Plan) Steps(seed uint64) []Step {
	rng := rand.New(rand.NewPCG(seed, 0))
	var steps []Step
	if len(p.AgentKinds) > 0 {
		for i := range len(p.Agents) - 1 {
			// A chain of faults walks over the agents, so that no two chains are at
			// one agent at a time.
			steps = append(steps, p.chain(rng, p.AgentKinds, func(n int) string { return p.Agents[(n+i)%len(p.Agents)] })...)
		}
		steps = p.apart(steps)
	}
	if len(p.RedisKinds) > 0 {
		steps = append(steps, p.chain(rng, p.RedisKinds, func(int) string { return Redis })...)
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return int(a.From - b.From) })
	return steps
}

// chain draws faults one after the other, each kind once before any comes again.
func (p Plan) chain(rng *rand.Rand, kinds []string, target func(n int) string) (steps []Step) {
	at := between(rng, 500*time.Millisecond, 1500*time.Millisecond)
	var left []string
	for n := 0; ; n++ {
		if len(left) == 0 {
			left = slices.Clone(kinds)
			rng.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
		}
		s := Step{Kind: left[0], Target: target(n), From: at, Choice: rng.IntN(2)}
		left = left[1:]
		s.To = at + p.length(rng, s)
		if s.To > p.For {
			return steps
		}
		steps = append(steps, s)
		at = s.To + between(rng, 200*time.Millisecond, 1800*time.Millisecond)
	}
}

// length draws how long a fault lasts: with choice 1 longer than the lease where
// that makes a difference.
func (p Plan) length(rng *rand.Rand, s Step) time.Duration {
	switch s.Kind {
	case Kill, Terminate:
		return between(rng, p.Lease/4, p.Lease*3/2)
	case Stop, Partition:
		if s.Choice == 1 {
			return between(rng, p.Lease*5/4, p.Lease*7/4)
		}
		return between(rng, p.Lease/4, p.Lease*3/4)
	case RedisKill:
		return between(rng, 50*time.Millisecond, p.Lease)
	case RedisPause:
		return between(rng, p.Lease/8, p.Lease*5/4)
	}
	return 0
}

// apart drops faults that begin while another one is at the same agent, or a rest
// behind it, and those that would leave no agent alone.
func (p Plan) apart(steps []Step) (kept []Step) {
	slices.SortStableFunc(steps, func(a, b Step) int { return int(a.From - b.From) })
	for _, s := range steps {
		hit := map[string]bool{s.Target: true}
		free := true
		for _, k := range kept {
			if k.To+p.Lease/4 > s.From {
				free = free && k.Target != s.Target
				hit[k.Target] = true
			}
		}
		if free && len(hit) < len(p.Agents) {
			kept = append(kept, s)
		}
	}
	return kept
}

func between(rng *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(rng.Int64N(int64(high-low)+1))
}

// Names are the names of so many agents.
func Names(n int) (names []string) {
	for i := range n {
		names = append(names, "agent-"+strconv.Itoa(i+1))
	}
	return names
}
