package test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/scripts"
	"github.com/jobs-agent/jobs/test/chaos"
)

// store is a Redis that can be broken: one server, or a master with its replica.
type store interface {
	URL() string
	Kill()
	Restart()
	Freeze()
	Thaw()
}

// field is a cluster that is to be broken: a Redis, agents as processes of their
// own, each with a way of its own to Redis, and somebody who starts again what has
// ended, as systemd does.
type field struct {
	*host
	load  *load
	store store
	rdb   redis.UniversalClient
	watch *watch
	lease time.Duration
	// runners are the flags that say what the agents serve.
	runners []string

	ways   map[string]*way
	nodes  map[string]*daemon
	downed map[string]bool // agents that are down on purpose
	stuck  map[string]bool // agents that are stopped
	exits  []string        // agents that ended by themselves

	begin   time.Time
	faults  []chaos.Fault
	forgets time.Duration // how much a Redis may forget that is killed or, with a replica, hangs
	settled string        // what was wrong ten seconds after the last fault
}

// newField makes a field without agents on a store.
func newField(t *testing.T, s store) *field {
	t.Helper()
	f := &field{
		host: newHost(t, s.URL()), store: s, rdb: dial(t, s.URL()), lease: chaosLease,
		ways: map[string]*way{}, nodes: map[string]*daemon{}, downed: map[string]bool{}, stuck: map[string]bool{},
	}
	f.load = newLoad(f.host)
	f.runners = []string{"--runner", f.load.runner}
	f.load.board = openBoard(t, s.URL())
	f.watch = startWatch(t, dial(t, s.URL()))
	return f
}

// startField starts a Redis that forgets nothing it has acknowledged, and agents
// of these names that reach it each by a way of its own; program is another build
// to use, or empty.
func startField(t *testing.T, program string, names []string, options ...redistest.Option) *field {
	t.Helper()
	if len(options) == 0 {
		options = []redistest.Option{redistest.AOF("always")}
	}
	server := redistest.Start(t, append(options, redistest.TCP())...)
	f := newField(t, server)
	f.program = program
	for i, name := range names {
		f.ways[name] = newWay(t, i+1, server.Addr())
	}
	f.joinAll(names)
	return f
}

func dial(t *testing.T, url string) redis.UniversalClient {
	t.Helper()
	rdb, err := scripts.Dial(url, scripts.Data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rdb.Close() })
	return rdb
}

// joinAll starts agents and waits until each is there and one leads.
func (f *field) joinAll(names []string) {
	f.t.Helper()
	for _, name := range names {
		f.join(name)
	}
	eventually(f.t, "all agents are there and one leads", func() bool {
		f.keepUp()
		return f.unsettled() == ""
	})
}

// join starts an agent, for the first time or again.
func (f *field) join(name string) {
	f.t.Helper()
	f.downed[name] = false
	url := f.store.URL()
	if way := f.ways[name]; way != nil {
		url = way.url()
	}
	f.nodes[name] = f.start(append([]string{
		"agent", "--name", name, "--redis", url, "--lease", f.lease.String(), "--drain", "500ms", "--log-format", "json",
	}, f.runners...)...)
}

// keepUp starts again what has ended and should not have: an agent that cannot
// reach Redis when it starts, gives up.
func (f *field) keepUp() {
	f.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(f.nodes)) {
		if f.downed[name] || f.stuck[name] {
			continue
		}
		select {
		case <-f.nodes[name].done:
			f.exits = append(f.exits, f.nodes[name].talk())
			f.join(name)
		default:
		}
	}
}

// act is one thing to be done at a time.
type act struct {
	at time.Duration
	do func()
}

// breakBy carries out a plan, step by step, from the begin of the field.
func (f *field) breakBy(steps []chaos.Step) {
	f.t.Helper()
	var acts []act
	for _, s := range steps {
		fault := &chaos.Fault{Kind: s.Kind, Target: s.Target, Ends: s.Kind == chaos.Kill || s.Kind == chaos.Terminate}
		acts = append(acts, act{s.From, func() {
			fault.From = time.Now()
			f.strike(s)
		}}, act{s.To, func() {
			f.heal(s)
			fault.To = time.Now()
			if s.Kind == chaos.RedisKill || s.Kind == chaos.RedisPause {
				fault.Forgets = f.forgets
			}
			f.faults = append(f.faults, *fault)
		}})
	}
	slices.SortStableFunc(acts, func(a, b act) int { return int(a.at - b.at) })
	for _, a := range acts {
		f.until(f.begin.Add(a.at))
		a.do()
	}
}

// until waits for a time, and keeps agents up meanwhile.
func (f *field) until(at time.Time) {
	f.t.Helper()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		f.keepUp()
		select {
		case <-time.After(time.Until(at)):
			return
		case <-look.C:
		}
	}
}

func (f *field) strike(s chaos.Step) {
	f.t.Helper()
	switch s.Kind {
	case chaos.Kill:
		f.downed[s.Target] = true
		f.nodes[s.Target].kill()
	case chaos.Terminate:
		f.downed[s.Target] = true
		f.signal(s.Target, syscall.SIGTERM)
	case chaos.Stop:
		f.stuck[s.Target] = true
		f.signal(s.Target, syscall.SIGSTOP)
	case chaos.Partition:
		f.ways[s.Target].cut()
	case chaos.RedisKill:
		f.store.Kill()
	case chaos.RedisPause:
		f.store.Freeze()
	case chaos.Flush:
		f.ask("SCRIPT", "FLUSH")
	case chaos.DropLock:
		f.ask("DEL", "jobs:leader")
	case chaos.DropTerm:
		f.ask("DEL", "jobs:tick")
	}
}

func (f *field) heal(s chaos.Step) {
	f.t.Helper()
	switch s.Kind {
	case chaos.Kill:
		f.join(s.Target)
	case chaos.Terminate:
		f.nodes[s.Target].kill() // it has had its time
		f.join(s.Target)
	case chaos.Stop:
		f.signal(s.Target, syscall.SIGCONT)
		f.stuck[s.Target] = false
	case chaos.Partition:
		f.ways[s.Target].mend(s.Choice == 0)
	case chaos.RedisKill:
		f.store.Restart()
	case chaos.RedisPause:
		f.store.Thaw()
	}
}

// signal signals an agent. One that has just ended by itself is started again soon.
func (f *field) signal(name string, sig syscall.Signal) {
	f.nodes[name].cmd.Process.Signal(sig)
}

func (f *field) ask(args ...any) {
	f.t.Helper()
	eventually(f.t, "Redis takes a command", func() bool {
		ctx, cancel := context.WithTimeout(f.t.Context(), time.Second)
		defer cancel()
		return f.rdb.Do(ctx, args...).Err() == nil
	})
}

// pushing pushes one-off runs until the answered function is called.
func (f *field) pushing(every time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(f.t.Context())
	var ended sync.WaitGroup
	ended.Go(func() { f.load.push(ctx, every) })
	stop = func() {
		cancel()
		ended.Wait()
	}
	f.t.Cleanup(stop)
	return stop
}
