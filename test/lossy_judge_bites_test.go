package test

import (
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
)

// TestTheJudgeOfLossyScenes changes one thing in what a faultless scene leaves behind.
func TestTheJudgeOfLossyScenes(t *testing.T) {
	t.Parallel()
	const (
		ends      = "every run ends"
		once      = "a run ends once"
		executed  = "no attempt is executed twice"
		reason    = "no run is executed again without a reason"
		asked     = "what is asked for once is queued once"
		done      = "what was answered is done"
		should    = "a run ends as it should"
		nominal   = "each nominal time is queued once"
		lease     = "a lost reply costs no lease"
		overlap   = "forbid means one at a time"
		removed   = "nothing is queued after a remove was answered"
		totals    = "the totals are true"
		sum       = "everything queued has ended"
		rest      = "everything comes to rest"
		firstOnly = "a command sent again gives its first answer"
		follows   = "what follows a run follows it once"
	)
	tests := []struct {
		name   string
		change func(e *evidence)
		rules  []string
	}{
		{"nothing", func(*evidence) {}, nil},
		{"a one-off has no end", func(e *evidence) { e.records = e.records[1:]; e.totals["succeeded"]-- }, []string{ends, sum}},
		{"a one-off ends twice", func(e *evidence) { e.records = append(e.records, e.records[0]); e.totals["succeeded"]++ }, []string{once, sum}},
		{"an attempt is executed twice", func(e *evidence) { e.executions = append(e.executions, e.executions[0]) }, []string{executed}},
		{"a second attempt without a failure", func(e *evidence) {
			again := e.executions[0]
			again.number = 2
			e.executions = append(e.executions, again)
		}, []string{reason}},
		{"a second attempt after a lost lease", func(e *evidence) {
			again := e.executions[0]
			again.number = 2
			e.executions = append(e.executions, again)
			e.lines = append(e.lines, line{name: "quick#01", outcome: "lost"})
			e.records[0].Attempt = 2
			e.stall = 2 * time.Second // the machine is to blame
		}, nil},
		{"a lease is lost and nothing explains it", func(e *evidence) { e.lines = append(e.lines, line{name: "quick#01", outcome: "lost"}) }, []string{lease}},
		{"a run that had begun is given back", func(e *evidence) {
			e.lines = append(e.lines, line{name: "quick#01", outcome: "returned", text: `{"outcome":"returned","token":"1:7:890:w.1"}`})
		}, []string{lease}},
		{"a run that was taken ahead is given back", func(e *evidence) {
			e.lines = append(e.lines, line{name: "quick#01", outcome: "returned", text: `{"outcome":"returned","token":"1:6:880:w.2"}`})
		}, nil},
		{"an ack is refused", func(e *evidence) { e.lines = append(e.lines, line{name: "quick#01", outcome: "stale"}) }, []string{lease}},
		{"nothing came of an answered one-off", func(e *evidence) {
			e.executions, e.records = e.executions[1:], e.records[1:]
			e.totals["succeeded"]--
			e.totals["queued"]--
		}, []string{done}},
		{"nothing came of one without an answer", func(e *evidence) {
			e.requests[0].run = ""
			e.executions, e.records = e.executions[1:], e.records[1:]
			e.totals["succeeded"]--
			e.totals["queued"]--
		}, nil},
		{"one without an answer was queued twice", func(e *evidence) {
			e.requests[0].run = ""
			other, end := e.executions[0], e.records[0]
			other.run, end.ID = "quick#02", "quick#02"
			e.executions, e.records = append(e.executions, other), append(e.records, end)
			e.totals["succeeded"]++
			e.totals["queued"]++
		}, []string{asked}},
		{"an answered one was queued twice", func(e *evidence) {
			other, end := e.executions[0], e.records[0]
			other.run, end.ID = "quick#02", "quick#02"
			e.executions, e.records = append(e.executions, other), append(e.records, end)
			e.totals["succeeded"]++
			e.totals["queued"]++
		}, []string{asked}},
		{"a one-off that should succeed fails", func(e *evidence) { e.records[0].State = jobs.Failed; e.totals["succeeded"]--; e.totals["failed"]++ }, []string{should}},
		{"it succeeds in another attempt than it should", func(e *evidence) { e.records[0].Attempt = 2 }, []string{should}},
		{"a nominal time is missing", func(e *evidence) { e.lines = nil }, []string{nominal}},
		{"a nominal time is skipped and makes a run", func(e *evidence) { e.lines = append(e.lines, line{name: "grid@1000", outcome: "skipped"}) }, []string{nominal}},
		{"a nominal time makes two runs", func(e *evidence) {
			end := e.records[1]
			end.ID = "grid@1000.8"
			e.records = append(e.records, end)
			e.totals["succeeded"]++
			e.totals["queued"]++
		}, []string{nominal}},
		{"a run at no nominal time", func(e *evidence) {
			end := e.records[1]
			end.ID = "grid@1001.8"
			e.records = append(e.records, end)
			e.totals["succeeded"]++
			e.totals["queued"]++
		}, []string{nominal}},
		{"a collapsed run is an end", func(e *evidence) {
			e.lines = append(e.lines, line{name: "grid@1000.1", outcome: "collapsed"})
			e.records = append(e.records[:1], e.records[2:]...)
			e.executions = append(e.executions[:1], e.executions[2:]...)
			e.totals["succeeded"]--
			e.totals["collapsed"]++
		}, nil},
		{"two attempts of a job that forbids it at once", func(e *evidence) { e.executions[1].end = e.executions[2].begin.Add(1) }, []string{overlap}},
		{"an attempt that never ended and another", func(e *evidence) { e.executions[1].end = time.Time{} }, []string{overlap}},
		{"a removed job may end early", func(e *evidence) {
			e.requests[1].removed = time.UnixMilli(1200)
			e.lines = nil
		}, []string{nominal}}, // 1200 is missing, though 1400 came
		{"a removed job is queued afterwards", func(e *evidence) { e.requests[1].removed = time.UnixMilli(1300) }, []string{removed}},
		{"a success has no follower", func(e *evidence) {
			e.requests = append(e.requests, &request{name: "after", job: &jobs.Job{ID: "after"}, follows: "grid", sure: true})
		}, []string{follows}},
		{"a success has two followers", func(e *evidence) {
			e.requests = append(e.requests, &request{name: "after", job: &jobs.Job{ID: "after"}, follows: "grid"})
			for _, id := range []string{"after@1000.7", "after@1000.8"} {
				end := e.records[1]
				end.ID, end.Flow = id, jobs.RunID(e.records[1].ID)
				e.records = append(e.records, end)
				e.totals["succeeded"]++
				e.totals["queued"]++
			}
		}, []string{follows}},
		{"a total is wrong", func(e *evidence) { e.totals["succeeded"]++; e.totals["queued"]++ }, []string{totals}},
		{"something is left", func(e *evidence) { e.left = []string{"jobs:held:w: 1 run"} }, []string{rest}},
		{"a replay got another answer", func(e *evidence) { e.replays = []string{"jtake"} }, []string{firstOnly}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := faultless()
			tt.change(&e)
			v := judge(e)
			for _, rule := range tt.rules {
				if len(v[rule]) == 0 {
					t.Errorf("%q was not found to be broken", rule)
				}
			}
			if len(tt.rules) == 0 && len(v) > 0 {
				t.Errorf("got faults, want none:\n%v", v)
			}
		})
	}
}

// faultless is what a one-off leaves behind, and a job with the nominal times 1000,
// 1200, which was skipped, and 1400.
func faultless() evidence {
	at := func(ms int64) time.Time { return time.UnixMilli(ms) }
	job := jobs.Job{ID: "grid", Overlap: jobs.Forbid}
	job.Start, job.Interval, job.Stop = at(1000), 200*time.Millisecond, at(1400)
	return evidence{
		requests: []*request{
			{name: "one.1.1", run: "quick#01", sure: true, ends: []jobs.State{jobs.Succeeded}, attempt: 1},
			{name: "grid", job: &job, sure: true},
		},
		executions: []execution{
			{run: "quick#01", job: "quick", name: "one.1.1", token: "1:7:890:w.1", number: 1, begin: at(900), end: at(910)},
			{run: "grid@1000.1", job: "grid", name: "grid", number: 1, begin: at(1001), end: at(1250)},
			{run: "grid@1400.2", job: "grid", name: "grid", number: 1, begin: at(1401), end: at(1450)},
		},
		records: []jobs.Run{
			{ID: "quick#01", State: jobs.Succeeded, Attempt: 1, Queued: at(890)},
			{ID: "grid@1000.1", State: jobs.Succeeded, Attempt: 1, Queued: at(1000)},
			{ID: "grid@1400.2", State: jobs.Succeeded, Attempt: 1, Queued: at(1400)},
		},
		lines:  []line{{name: "grid@1200", outcome: "skipped"}},
		totals: map[string]int64{"queued": 3, "succeeded": 3},
	}
}
