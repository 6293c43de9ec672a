package scripts

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// stepsVariable multiplies the length of the random sequences.
const stepsVariable = "JOBS_MODEL_TIMES"

// Random sequences of operations, each sent up to three times, keep the promises
// of the design after every step. A failure prints its seed and the steps to it.
func TestRandomOperationsKeepThePromises(t *testing.T) {
	t.Parallel()
	times := 1
	if text := os.Getenv(stepsVariable); text != "" {
		times, _ = strconv.Atoi(text)
	}
	var mu sync.Mutex
	seen, steps := map[string]int64{}, 0 // what is rare, of all seeds together
	play := func(t *testing.T, rdb *redis.Client, seed uint64, n int) {
		t.Helper()
		m := newModel(t, rdb, nil, seed)
		if err := m.play(n); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		steps += n
		for name, n := range map[string]int64{
			"attempts": int64(m.attempts), "ended": int64(len(m.ended)), "lost": int64(m.was.stats["lost"]), "retrying": int64(m.was.stats["retrying"]),
			"collapsed": int64(m.was.stats["collapsed"]), "dead": int64(m.was.stats["dead"]), "pauses": int64(m.pauses), "replayed": int64(m.exhumed),
			"enqueued twice": int64(m.twice), "expired": int64(m.expired),
		} {
			seen[name] += n
		}
	}
	t.Cleanup(func() {
		for _, name := range []string{"collapsed", "dead", "pauses", "replayed", "enqueued twice", "expired"} {
			if seen[name] < 3 {
				t.Errorf("%d %s in all sequences: this tests nothing of it (all: %v)", seen[name], name, seen)
			}
		}
		for name, least := range map[string]int{"attempts": steps / 10, "ended": steps / 10, "lost": steps / 50, "retrying": steps / 100} {
			if seen[name] < int64(least) {
				t.Errorf("%d %s in %d steps, want %d: this tests nothing of it (all: %v)", seen[name], name, steps, least, seen)
			}
		}
	})
	for seed := range uint64(3 * times) {
		t.Run(fmt.Sprint("redis ", seed), func(t *testing.T) {
			t.Parallel()
			play(t, redistest.Start(t).Client(), seed, 1000)
		})
	}
	for seed := range uint64(times) {
		t.Run(fmt.Sprint("embedded ", seed), func(t *testing.T) {
			t.Parallel()
			play(t, redistest.Embedded(t), 100+seed, 400)
		})
	}
}

// model plays operations against a board and compares what comes of them with
// what the board held before.
type model struct {
	t      *testing.T
	s      *stand
	random *rand.Rand
	seed   uint64
	now    float64
	ops    int
	ids    int // of runs that callers mint

	rows     map[string]Key // of the key table, by key
	was      *picture
	stale    [][2]string     // tokens and runs that were valid once
	ended    map[string]bool // runs with a terminal result
	unseen   int             // entries that plain consumers took
	outside  int             // entries pushed by hand that have no head yet
	trimmed  int             // of these
	log      []string
	past     []operation // sent lately, that may come again
	network  *rand.Rand  // decides when
	attempts int
	pauses   int                // of anything
	exhumed  int                // dead runs replayed
	marks    map[string]float64 // run or job -> when it was cancelled

	wishes   map[string]wish   // run -> what JENQUEUE was asked for
	known    map[string]string // id -> run
	vanished map[string]bool   // runs that plain consumers took
	begun    map[string]bool   // runs that were handed out
	since    map[string]ranks  // runner type -> what was handed out lately
	starts   map[string]int    // job -> number of its latest start, see ordered
	strayed  map[string]bool   // jobs whose time somebody has moved by hand
	twice    int               // answers with a run that was there
	expired  int               // runs dropped after their ttl
}

// newModel starts with an empty board; change, if any, is made to the text of each
// command before it is loaded.
func newModel(t *testing.T, rdb *redis.Client, change *strings.Replacer, seed uint64) *model {
	t.Helper()
	c, err := New(rdb, "jobs")
	if err != nil {
		t.Fatal(err)
	}
	c.shas = map[string]string{}
	for _, source := range c.sources {
		text := source.Text
		if change != nil {
			text = change.Replace(text)
		}
		if c.shas[source.Name], err = rdb.ScriptLoad(context.Background(), text).Result(); err != nil {
			t.Fatal(err)
		}
	}
	m := &model{t: t, s: &stand{rdb: rdb, c: c, k: c.keys}, random: rand.New(rand.NewPCG(seed, 1)), network: rand.New(rand.NewPCG(seed, 2)), seed: seed, now: 1000, ended: map[string]bool{}, rows: map[string]Key{}, marks: map[string]float64{}}
	m.wishes, m.known, m.vanished, m.since, m.begun, m.starts, m.strayed = map[string]wish{}, map[string]string{}, map[string]bool{}, map[string]ranks{}, map[string]bool{}, map[string]int{}, map[string]bool{}
	m.was = m.look()
	return m
}

// play does n random steps and then lets the board run empty.
func (m *model) play(n int) error {
	for range n {
		if err := m.step(m.choose()); err != nil {
			return fmt.Errorf("seed %d: %w after\n%s", m.seed, err, strings.Join(m.log[max(0, len(m.log)-12):], "\n"))
		}
	}
	return m.drain()
}

// operation is a call that may be sent again: with the same arguments it has to
// answer the same and change nothing.
type operation struct {
	name  string
	again bool
	send  func() any
	check func(reply any, now *picture) error
}

func (m *model) step(o operation) error {
	first := o.send()
	m.log = append(m.log, fmt.Sprintf("%.3f %s -> %.300s", m.now, o.name, fmt.Sprint(first)))
	if err, failed := first.(error); failed && !slices.ContainsFunc([]string{"ACTIVE", "STALE", "PAUSED", "NOAGENT"}, func(code string) bool { return strings.HasPrefix(err.Error(), code) }) &&
		!strings.Contains(err.Error(), "runs on all hosts") { // of a backfill
		return err
	}
	now := m.look()
	if err := m.judge(now); err != nil {
		return err
	}
	m.forgets(now)
	if o.check != nil {
		if err := o.check(first, now); err != nil {
			return err
		}
	}
	if o.again {
		for range m.random.IntN(3) {
			second := o.send()
			if fmt.Sprint(first) != fmt.Sprint(second) {
				return fmt.Errorf("sent again it answers %v", second)
			}
			if lines := differences(now.raw, m.look().raw); len(lines) > 0 {
				return fmt.Errorf("sent again it changes %s", strings.Join(lines, "\n"))
			}
		}
	}
	if err := m.late(o, first, now); err != nil {
		return err
	}
	m.was = now
	return nil
}

// late now and then sends an operation of a while ago once more, as the network does
// that held a copy up: it changes nothing.
func (m *model) late(o operation, first any, now *picture) error {
	command, _, _ := strings.Cut(o.name, " ")
	if _, failed := first.(error); !failed && slices.Contains([]string{"JTAKE", "JACKMANY", "JFIRE", "JPUSH", "JENQUEUE", "JRUN", "JBACKFILL", "JREAP", "JCANCEL", "JREPLAY", "JBURY", "JPAUSE", "JRESUME"}, command) {
		m.past = append(m.past[max(0, len(m.past)-20):], o)
	}
	if len(m.past) < 2 || m.network.IntN(3) > 0 {
		return nil
	}
	old := m.past[m.network.IntN(len(m.past)-1)]
	reply := old.send()
	if lines := differences(now.raw, m.look().raw); len(lines) > 0 {
		return fmt.Errorf("late comes %s, is answered %v, and changes %s", old.name, reply, strings.Join(lines, "\n"))
	}
	return nil
}

// drain takes and ends everything that is left, and looks that nothing is stuck.
func (m *model) drain() error {
	for what := range m.was.paused {
		if err := m.step(m.resumeThe(what)); err != nil {
			return err
		}
	}
	for range 400 { // runs of a job that forbids overlap go one a round
		for _, next := range []func() operation{m.silence, func() operation { return m.take("last", 25) }, func() operation { return m.finish("last") }} {
			if err := m.step(next()); err != nil {
				return fmt.Errorf("seed %d: while it runs empty: %w after\n%s", m.seed, err, strings.Join(m.log[max(0, len(m.log)-12):], "\n"))
			}
		}
		if len(m.was.queued)+len(m.was.held)+len(m.was.retry)+len(m.was.delayed) == 0 {
			for job, run := range m.was.active {
				return fmt.Errorf("seed %d: all has ended and job %q is still active: %s", m.seed, job, run)
			}
			return nil
		}
	}
	return fmt.Errorf("seed %d: %d queued, %d held, %d waiting runs never end: %v\n%s", m.seed, len(m.was.queued), len(m.was.held), len(m.was.retry), m.was.waiting, strings.Join(m.log[max(0, len(m.log)-12):], "\n"))
}

func (m *model) op() string { m.ops++; return strconv.Itoa(m.ops) }

func (m *model) pick(list ...string) string { return list[m.random.IntN(len(list))] }

// anyOf picks by a sorted list, so that a seed says all.
func anyOf[V any](m *model, of map[string]V) (string, V) {
	keys := make([]string, 0, len(of))
	for key := range of {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	key := keys[m.random.IntN(len(keys))]
	return key, of[key]
}
