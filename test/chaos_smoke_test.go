package test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/test/chaos"
)

const (
	// chaosLease is shorter than the default, so that more leases get lost.
	chaosLease = 2 * time.Second
	// calm is how long nothing is broken at the end of a run. Ten seconds of it are
	// the promise of I11.
	calm = 13 * time.Second
)

// chaosSeeds are the seeds of a run: what JOBS_CHAOS_SEED names, or one by chance,
// or three under `make chaos`.
func chaosSeeds(t *testing.T) (seeds []uint64) {
	t.Helper()
	if text := os.Getenv("JOBS_CHAOS_SEED"); text != "" {
		for word := range strings.SplitSeq(text, ",") {
			seed, err := strconv.ParseUint(strings.TrimSpace(word), 10, 64)
			if err != nil {
				t.Fatalf("JOBS_CHAOS_SEED: %v", err)
			}
			seeds = append(seeds, seed)
		}
		return seeds
	}
	if os.Getenv("JOBS_CHAOS") != "" {
		return []uint64{1, 2, 3}
	}
	return []uint64{rand.Uint64N(1 << 32)}
}

// chaosFor is how long a run lasts: JOBS_CHAOS_FOR, or what is usual.
func chaosFor(t *testing.T, usual time.Duration) time.Duration {
	t.Helper()
	text := os.Getenv("JOBS_CHAOS_FOR")
	if text == "" {
		return usual
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("JOBS_CHAOS_FOR: %v", err)
	}
	return d
}

// It is not parallel: the tests of timing beside it would suffer.
func TestChaosBreaksNoPromise(t *testing.T) {
	if testing.Short() {
		t.Skip("90 s")
	}
	for _, seed := range chaosSeeds(t) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			lasts := chaosFor(t, 90*time.Second)
			t.Logf("JOBS_CHAOS_SEED=%d JOBS_CHAOS_FOR=%v", seed, lasts)
			f := startField(t, "", chaos.Names(3))
			h := f.storm(chaos.Plan{
				Agents: chaos.Names(3), For: lasts - calm, Lease: chaosLease, AgentKinds: chaos.AgentKinds, RedisKinds: chaos.RedisKinds,
			}.Steps(seed), mixedLoad, lasts)
			f.judge(h)
			f.counts(h, lasts)
		})
	}
}

// storm carries out a plan under a load and answers what came of it. By then it
// has waited for the cluster to settle and for the board to drain.
func (f *field) storm(steps []chaos.Step, kinds []kindOfJob, lasts time.Duration) chaos.History {
	f.t.Helper()
	f.begin = time.Now().Add(time.Second)
	f.load.put(f.t, kinds, f.begin, f.begin.Add(lasts-2*time.Second))
	stop := f.pushing(400 * time.Millisecond)
	f.breakBy(steps)
	f.settled = f.settling()
	f.until(f.begin.Add(lasts - 2*time.Second))
	stop()
	return f.history(f.drained())
}

// settling waits until the cluster is whole again, which I11 promises within ten
// seconds. It answers what is wrong then.
func (f *field) settling() string {
	f.t.Helper()
	last := time.Now()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		f.keepUp()
		why := f.unsettled()
		took := time.Since(last)
		if why == "" {
			f.t.Logf("measured: settled %v after the last fault, promised 10s", took.Round(time.Millisecond))
			return ""
		}
		if took > 10*time.Second {
			return why
		}
		<-look.C
	}
}

// judge fails with the timeline of each broken promise.
func (f *field) judge(h chaos.History) {
	f.t.Helper()
	if f.settled != "" {
		f.t.Errorf("10 s after the last fault: %s", f.settled)
	}
	f.conserved()
	const shown = 20
	found := chaos.Check(h)
	if len(found) > 0 {
		if file, err := os.CreateTemp("", "jobs-chaos-*.txt"); err == nil {
			defer file.Close()
			file.WriteString(chaos.Timeline(h))
			f.t.Logf("everything that is known stands in %s", file.Name())
		}
	}
	for i, v := range found {
		if i == shown {
			f.t.Errorf("and %d more", len(found)-shown)
			break
		}
		f.t.Error(v)
	}
	for _, talk := range f.exits {
		if strings.Contains(talk, "panic:") || strings.Contains(talk, "agent is ready") {
			f.t.Errorf("an agent ended by itself:\n%s", tail(talk))
		}
	}
}

// told counts what happened, and tells it.
func (f *field) told(h chaos.History) (faults map[string]int, kinds map[chaos.Kind]int, occurrences int) {
	f.t.Helper()
	faults, kinds = map[string]int{}, map[chaos.Kind]int{}
	for _, fault := range h.Faults {
		faults[fault.Kind]++
	}
	for _, fact := range h.Facts {
		kinds[fact.Kind]++
	}
	occurrences = len(h.Pushed)
	for _, job := range h.Jobs {
		occurrences += int(job.Last.Sub(job.First)/job.Interval) + 1
	}
	f.t.Logf("%d faults %v, %d occurrences, %d one-off runs among them, facts %v, %d starts that failed",
		len(h.Faults), faults, occurrences, len(h.Pushed), kinds, len(f.exits))
	return faults, kinds, occurrences
}

// counts fails when too little happened to mean anything.
func (f *field) counts(h chaos.History, lasts time.Duration) {
	f.t.Helper()
	faults, kinds, occurrences := f.told(h)
	share := float64(lasts) / float64(90*time.Second)
	for what, count := range map[string]struct {
		got  int
		want float64
	}{
		"faults": {len(h.Faults), 40 * share}, "occurrences": {occurrences, 4000 * share}, "lost leases": {kinds[chaos.Lost], 20 * share},
	} {
		if float64(count.got) < count.want {
			f.t.Errorf("does not count: got %d %s, want at least %.0f", count.got, what, count.want)
		}
	}
	if missing := slices.DeleteFunc(slices.Clone(chaos.Kinds), func(kind string) bool { return faults[kind] > 0 }); len(missing) > 0 {
		f.t.Errorf("does not count: no fault of the kinds %v, had %v", missing, slices.Sorted(maps.Keys(faults)))
	}
}
