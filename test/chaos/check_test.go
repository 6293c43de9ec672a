package chaos

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
)

// zero is when the histories of these tests begin; a(n) is n seconds later.
var zero = time.UnixMilli(1795858325000)

func a(seconds float64) time.Time { return zero.Add(time.Duration(seconds * float64(time.Second))) }

func nominal(job string, seconds float64) string {
	return fmt.Sprintf("%s@%d", job, a(seconds).UnixMilli())
}

// try is one attempt of a hand-made history, handed out at a second.
type try struct {
	run    string
	number int
	seq    int
	agent  string // and its process
	from   float64
}

func (t try) token() string {
	return fmt.Sprintf("%d:%d:%d:%s.0", t.number, t.seq, a(t.from).UnixMilli(), t.agent)
}

func (t try) says(kind Kind, at float64) Fact {
	return Fact{At: a(at), Kind: kind, Run: t.run, Token: t.token(), Attempt: t.number}
}

func (t try) acked(at float64, state string) Fact {
	return Fact{At: a(at), Kind: Acked, Run: t.run, State: state, Ends: state != "retrying", Attempt: t.number, Started: a(t.from)}
}

// ran is an attempt from its begin to its ack.
func (t try) ran(until float64, state string) []Fact {
	return []Fact{t.says(Began, t.from+0.01), t.says(Finished, until-0.01), t.acked(until, state)}
}

// good is a history in which every promise is kept, and every policy used.
func good() History {
	h := History{
		Begin: zero, Lease: 2 * time.Second, Pushed: []string{"work#1"},
		Jobs: []Job{
			{ID: "all", First: a(0), Last: a(5), Interval: time.Second, Misfire: jobs.RunAll},
			{ID: "once", First: a(0), Last: a(7), Interval: time.Second, Misfire: jobs.RunOnce, Overlap: jobs.Forbid},
			{ID: "skip", First: a(0), Last: a(8), Interval: 4 * time.Second, Misfire: jobs.Skip},
		},
		Faults: []Fault{
			{Kind: Kill, Target: "b", From: a(1.5), To: a(3), Ends: true},
			{Kind: Terminate, Target: "a", From: a(4.7004), To: a(5), Ends: true},
			{Kind: RedisKill, Target: Redis, From: a(5.5), To: a(6.5)},
		},
	}
	add := func(facts ...Fact) { h.Facts = append(h.Facts, facts...) }
	add(try{nominal("all", 0) + ".1", 1, 1, "a.x7", 0}.ran(0.1, "succeeded")...)
	add(try{nominal("all", 2) + ".3", 1, 4, "a.x7", 2}.ran(2.1, "dead")...)
	// Lost with its agent, executed again by another, whose first attempt fails.
	lost := try{nominal("all", 1) + ".2", 1, 2, "b.x7", 1}
	add(lost.says(Began, 1.1), lost.says(Lost, 3.6))
	add(try{lost.run, 2, 5, "a.x7", 3.7}.ran(3.8, "retrying")...)
	add(try{lost.run, 3, 7, "a.x7", 4}.ran(4.2, "succeeded")...)
	// Given back by an agent that stops, in the very millisecond in which it was told to.
	returned := try{nominal("all", 3) + ".4", 1, 6, "a.x7", 3.9}
	add(returned.says(Began, 4), returned.says(Returned, 4.7))
	// Given back unstarted by an agent that had taken it ahead.
	add(try{returned.run, 1, 7, "c.x7", 4.72}.says(Returned, 4.73))
	add(try{returned.run, 1, 8, "b.x7", 4.8}.ran(4.9, "succeeded")...)
	add(try{nominal("all", 4) + ".5", 1, 9, "b.x7", 5}.ran(5.1, "succeeded")...)
	add(try{nominal("all", 5) + ".6", 1, 10, "b.x7", 7}.ran(7.1, "succeeded")...)
	// A long run, behind which one time is skipped; then a time into which others
	// collapsed, and one entry that collapsed with what it stood for.
	add(try{nominal("once", 0) + ".7", 1, 11, "a.x7", 0.2}.ran(1.5, "succeeded")...)
	add(Fact{At: a(1), Kind: Skipped, Run: nominal("once", 1)})
	add(try{nominal("once", 2) + ".8", 1, 12, "a.x7", 4}.ran(4.1, "failed")...)
	h.Facts[len(h.Facts)-1].Count = 2
	add(Fact{At: a(7), Kind: Collapsed, Run: nominal("once", 5) + ".9", Count: 1})
	add(try{nominal("once", 7) + ".10", 1, 13, "a.x7", 7}.ran(7.1, "succeeded")...)
	add(Fact{At: a(5), Kind: Missed, Run: nominal("skip", 0), Count: 1})
	add(try{nominal("skip", 4) + ".11", 1, 14, "a.x7", 5}.ran(5.1, "succeeded")...)
	add(try{nominal("skip", 8) + ".12", 1, 15, "a.x7", 8}.ran(8.1, "succeeded")...)
	add(try{"work#1", 1, 16, "a.x7", 8}.ran(8.1, "succeeded")...)
	return h
}

// without drops the facts that a condition holds for.
func (h *History) without(drop func(Fact) bool) { h.Facts = slices.DeleteFunc(h.Facts, drop) }

func of(run string, kinds ...Kind) func(Fact) bool {
	return func(f Fact) bool {
		return strings.HasPrefix(f.Run, run) && (len(kinds) == 0 || slices.Contains(kinds, f.Kind))
	}
}

func TestAGoodHistoryBreaksNoPromise(t *testing.T) {
	t.Parallel()
	for _, v := range Check(good()) {
		t.Error(v)
	}
}

func TestEachBrokenPromiseIsFound(t *testing.T) {
	t.Parallel()
	all := func(n float64) string { return nominal("all", n) }
	tests := []struct {
		name string
		harm func(h *History)
		want string // verdict and subject, and where that is not enough why
	}{
		{"a nominal time of which nothing is known", func(h *History) { h.without(of(all(4))) }, "missing " + all(4)},
		{"the last nominal time is missing", func(h *History) { h.without(of(all(5))) }, "missing " + all(5)},
		{"run-all lets no time collapse", func(h *History) {
			h.without(of(all(4)))
			h.Facts[slices.IndexFunc(h.Facts, of(all(3), Acked))].Count = 1
		}, "missing " + all(4)},
		{"run-once leaves no time out", func(h *History) {
			h.without(of(nominal("once", 1)))
			h.Facts = append(h.Facts, Fact{At: a(2), Kind: Missed, Run: nominal("once", 1), Count: 1})
		}, "missing " + nominal("once", 1)},
		{"run-once: fewer collapsed than passed", func(h *History) { h.Facts[slices.IndexFunc(h.Facts, of(nominal("once", 2), Acked))].Count = 1 }, "missing " + nominal("once", 4)},
		{"skip: a time that the ledger does not name", func(h *History) { h.without(of(nominal("skip", 0))) }, "missing " + nominal("skip", 0)},
		{"overlap allow skips nothing", func(h *History) {
			h.without(of(all(4)))
			h.Facts = append(h.Facts, Fact{At: a(4), Kind: Skipped, Run: all(4)})
		}, "missing " + all(4)},
		{"two runs of one nominal time", func(h *History) {
			h.Facts = append(h.Facts, try{all(4) + ".55", 1, 99, "a.x7", 5.2}.ran(5.3, "succeeded")...)
		}, fmt.Sprintf("double-queued %s it was queued as [%[1]s.5 %[1]s.55]", all(4))},
		{"a time that was queued and collapsed into another", func(h *History) {
			h.Facts = append(h.Facts, Fact{At: a(3), Kind: Skipped, Run: nominal("once", 3)})
		}, "double-queued " + nominal("once", 3)},
		{"a run that nobody asked for", func(h *History) {
			h.Facts = append(h.Facts, try{nominal("all", 4.5) + ".55", 1, 99, "a.x7", 5.2}.ran(5.3, "succeeded")...)
		}, "not-asked-for " + nominal("all", 4.5)},
		{"a run of a job that was never put", func(h *History) {
			h.Facts = append(h.Facts, try{nominal("who", 4) + ".55", 1, 99, "a.x7", 5.2}.ran(5.3, "succeeded")...)
		}, "not-asked-for " + nominal("who", 4) + ".55"},
		{"a run that began and was never heard of again", func(h *History) { h.without(of(all(0), Acked, Finished)) }, "lost " + all(0) + ".1"},
		{"a run that hangs in a queue for ever", func(h *History) {
			h.without(of(all(0)))
			h.Facts = append(h.Facts, Fact{At: a(9), Kind: Left, Run: all(0) + ".1", State: "queued"})
		}, "lost " + all(0) + ".1 it has no result and is still about, although everything came to rest"},
		{"a push that was answered and forgotten", func(h *History) { h.without(of("work#1")) }, "lost work#1"},
		{"a success without execution", func(h *History) { h.without(of(all(0), Began, Finished)) }, "lost " + all(0) + ".1"},
		{"a success of a program that did not finish", func(h *History) { h.without(of(all(0), Finished)) }, "lost " + all(0) + ".1"},
		{"two results", func(h *History) {
			h.Facts = append(h.Facts, try{all(0) + ".1", 1, 1, "a.x7", 0}.acked(0.2, "succeeded"))
		}, "double-acked " + all(0) + ".1"},
		{"a result of Redis besides that of the worker", func(h *History) {
			h.Facts = append(h.Facts, Fact{At: a(1), Kind: Acked, Run: all(0) + ".1", State: "dead", Ends: true, Attempt: 1})
		}, "double-acked " + all(0) + ".1"},
		{"an ack of a token that was lost", func(h *History) {
			h.without(func(f Fact) bool { return of(all(1), Acked)(f) && f.Ends })
			h.Facts = append(h.Facts, try{all(1) + ".2", 1, 2, "b.x7", 1}.says(Finished, 4.3), try{all(1) + ".2", 1, 2, "b.x7", 1}.acked(4.4, "succeeded"))
		}, "double-acked " + all(1) + ".2"},
		{"handed out after its result", func(h *History) {
			h.Facts = append(h.Facts, try{all(0) + ".1", 2, 98, "a.x7", 2}.says(Began, 2.1))
			h.Facts = append(h.Facts, try{all(0) + ".1", 1, 1, "a.x7", 0}.says(Lost, 1))
		}, "handed-out " + all(0) + ".1"},
		{"executed again and nothing says why", func(h *History) { h.without(of(all(1), Lost)) }, "unexplained " + all(1) + ".2"},
		{"one attempt executed twice", func(h *History) {
			h.Facts = append(h.Facts, try{all(0) + ".1", 1, 1, "a.x7", 0}.says(Began, 0.05))
		}, "unexplained " + all(0) + ".1"},
		{"a lease lost without any fault", func(h *History) { h.Faults = h.Faults[1:] }, "unexplained " + all(1) + ".2"},
		{"a lease lost while another agent was down", func(h *History) { h.Faults[0].Target = "c" }, "unexplained " + all(1) + ".2"},
		{"a lease lost while Redis was down", func(h *History) {
			h.Faults[0] = Fault{Kind: RedisPause, Target: Redis, From: a(1.2), To: a(3.5)}
		}, "unexplained " + all(1) + ".2"},
		{"a lease lost long after the agent was back", func(h *History) {
			h.Lease = 500 * time.Millisecond
			h.Faults[0] = Fault{Kind: Stop, Target: "b", From: a(1.2), To: a(2)}
		}, "unexplained " + all(1) + ".2"},
		{"a lease lost to a kill before the run was taken", func(h *History) { h.Faults[0].From, h.Faults[0].To = a(-0.5), a(0) }, "unexplained " + all(1) + ".2"},
		{"a lease lost to a kill of the process before", func(h *History) {
			for i := range h.Facts {
				if of(all(1))(h.Facts[i]) {
					h.Facts[i].Token = strings.Replace(h.Facts[i].Token, "b.x7", "b.x8", 1)
				}
			}
			h.Faults[0].From, h.Faults[0].To = a(-0.5), a(0)
		}, "unexplained " + all(1) + ".2"},
		{"a give-back just before the agent was told to stop", func(h *History) { h.Faults[1].From = a(4.702) }, "unexplained " + all(3) + ".4"},
		{"a give-back of an agent that was not told to stop", func(h *History) { h.Faults = h.Faults[:1] }, "unexplained " + all(3) + ".4"},
		{"given back unstarted again and again", func(h *History) {
			for i := range mayWait {
				h.Facts = append(h.Facts, try{all(3) + ".4", 1, 50 + i, "c.x7", 4.74 + float64(i)/200}.says(Returned, 4.742+float64(i)/200))
			}
		}, "unexplained " + all(3) + ".4"},
		{"handed out again while the first attempt was valid", func(h *History) {
			h.Facts[slices.IndexFunc(h.Facts, of(all(1), Lost))].At = a(3.75)
		}, "overlapped " + all(1) + ".2"},
		{"forbid: two runs handed out at once", func(h *History) {
			h.without(of(nominal("once", 2)))
			h.Facts = append(h.Facts, try{nominal("once", 2) + ".8", 1, 12, "a.x7", 1.4}.ran(4.1, "succeeded")...)
			h.Facts[len(h.Facts)-1].Count = 2
		}, "overlapped " + nominal("once", 2) + ".8"},
		{"forbid: two runs handed out at once whose programs never began", func(h *History) {
			h.without(of(nominal("once", 2)))
			h.Facts = append(h.Facts, try{nominal("once", 2) + ".8", 1, 12, "a.x7", 1.4}.acked(1.6, "failed"))
			h.Facts[len(h.Facts)-1].Count = 2
		}, "overlapped " + nominal("once", 2) + ".8"},
		{"forbid: a long one hides a short one from the next", func(h *History) {
			h.without(of(nominal("once", 0)))
			h.Facts = append(h.Facts, try{nominal("once", 0) + ".7", 1, 11, "a.x7", 0.2}.ran(7.05, "succeeded")...)
		}, "overlapped " + nominal("once", 7) + ".10"},
		{"forbid: the programs tell of an overlap that Redis does not", func(h *History) {
			h.Facts[slices.IndexFunc(h.Facts, of(nominal("once", 0), Acked))].At = a(9)
			h.Facts[slices.IndexFunc(h.Facts, of(nominal("once", 0), Acked))].Started = a(8.9)
			h.Facts[slices.IndexFunc(h.Facts, of(nominal("once", 0), Finished))].At = a(4.08)
		}, "overlapped " + nominal("once", 2) + ".8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := good()
			tt.harm(&h)
			var got []string
			for _, v := range Check(h) {
				got = append(got, fmt.Sprint(v.Verdict, " ", v.Subject, " ", v.Why))
			}
			if !slices.ContainsFunc(got, func(text string) bool { return strings.HasPrefix(text+" ", tt.want+" ") }) {
				t.Errorf("got %q, want %q among them", got, tt.want)
			}
		})
	}
}

func TestATakeThatReachedRedisAfterTheKillOfItsAgentIsExplained(t *testing.T) {
	t.Parallel()
	h := good()
	// Redis hung, and found the take of an agent that was long dead.
	h.Facts = append(h.Facts, try{nominal("all", 4) + ".5", 1, 3, "b.x7", 4.5}.says(Lost, 4.8))
	for _, v := range Check(h) {
		t.Error(v)
	}
}

func TestARedisThatForgetsExcusesWhatItForgot(t *testing.T) {
	t.Parallel()
	h := good()
	h.without(of(nominal("all", 4)))
	h.without(of(nominal("all", 0), Acked))
	h.Faults[2].From, h.Faults[2].Forgets = a(4.5), time.Second
	var got []string
	for _, v := range Check(h) {
		got = append(got, fmt.Sprint(v.Verdict, " ", v.Subject))
	}
	// The first lies within what was forgotten, the second long before.
	want := []string{"lost " + nominal("all", 0) + ".1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestATimelineTellsTheFactsAndTheFaultsAroundThem(t *testing.T) {
	t.Parallel()
	h := good()
	h.without(func(f Fact) bool { return of(nominal("all", 1), Acked)(f) && f.Ends })
	found := Check(h)
	if len(found) == 0 {
		t.Fatal("nothing was found")
	}
	got := found[0].String()
	at := -1
	for _, want := range []string{
		"lost: all@1795858326000.2: it was queued and has no result", "+1.100s  began", "+1.500s  FAULT     kill of b begins", "+3.000s  FAULT     kill of b is over",
		"+3.600s  lost", "+3.800s  acked     all@1795858326000.2 retrying", "+4.010s  began",
	} {
		next := strings.Index(got, want)
		if next <= at {
			t.Fatalf("want %q, behind the ones before, in\n%s", want, got)
		}
		at = next
	}
	if strings.Contains(got, "redis kill") {
		t.Errorf("a fault of later on is told of:\n%s", got)
	}
}
