package test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// judge compares what was promised with what happened.
func judge(e evidence) verdicts {
	v := verdicts{}
	lives := e.lives()
	for _, l := range lives {
		judgeRun(v, l)
		if n := l.count("lost") + l.interrupted() + l.count("stale"); n > 0 && e.stall < time.Second {
			v.say("a lost reply costs no lease", "%v", l)
		}
	}
	byName, byJob := map[string][]*life{}, map[string][]*life{}
	for _, l := range lives {
		byJob[l.id.Job()] = append(byJob[l.id.Job()], l)
		if len(l.executions) > 0 {
			byName[l.executions[0].name] = append(byName[l.executions[0].name], l)
		}
	}
	skipped := map[string]int{}
	for _, line := range e.lines {
		if line.outcome == "skipped" {
			skipped[line.name]++
		}
	}
	for _, r := range e.requests {
		switch {
		case r.follows != "":
			judgeFollower(v, r, byJob[r.job.ID], byJob[r.follows])
		case r.job != nil:
			judgeJob(v, r, byJob[r.job.ID], skipped)
		default:
			judgeRequest(v, r, lives, byName[r.name])
		}
	}
	judgeOverlap(v, e)
	judgeTotals(v, e, lives)
	for _, text := range e.left {
		v.say("everything comes to rest", "%s", text)
	}
	for _, text := range e.replays {
		v.say("a command sent again gives its first answer", "%s", text)
	}
	return v
}

// judgeRun looks at one run alone: it ends once, and each attempt is executed once.
func judgeRun(v verdicts, l *life) {
	switch ends := len(l.ends) + l.count("collapsed"); {
	case ends == 0:
		v.say("every run ends", "%v", l)
	case ends > 1:
		v.say("a run ends once", "%v", l)
	}
	numbers := map[int]int{}
	for _, x := range l.executions {
		numbers[x.number]++
	}
	for number, times := range numbers {
		if times > 1+l.interrupted() {
			v.say("no attempt is executed twice", "attempt %d, %d times: %v", number, times, l)
		}
	}
	if failed := len(l.tries) + l.count("lost"); len(numbers) > failed+1 {
		v.say("no run is executed again without a reason", "%d attempts, %d failed or lost: %v", len(numbers), failed, l)
	}
}

// judgeRequest looks at a one-off or a run by hand. One without an answer may have
// been queued or not, but not twice.
func judgeRequest(v verdicts, r *request, lives map[jobs.RunID]*life, named []*life) {
	if r.run == "" {
		if len(named) > 1 {
			v.say("what is asked for once is queued once", "%s: %v and %v", r.name, named[0], named[1])
		}
		return
	}
	l := lives[r.run]
	if l == nil {
		v.say("what was answered is done", "%s: nothing is known of run %s", r.name, r.run)
		return
	}
	for _, other := range named {
		if other != l && r.name == other.executions[0].name && strings.HasPrefix(r.name, "one.") {
			v.say("what is asked for once is queued once", "%s: %v and %v", r.name, l, other)
		}
	}
	if len(l.ends) == 0 || len(r.ends) == 0 {
		return
	}
	if end := l.ends[0]; !slices.Contains(r.ends, end.State) || r.attempt > 0 && end.Attempt != r.attempt+l.count("lost") {
		v.say("a run ends as it should", "want %v in attempt %d: %v", r.ends, r.attempt, l)
	}
}

// judgeJob looks at the nominal times of a job: each makes one run or is skipped,
// once. A removed job ends early, and at once.
func judgeJob(v verdicts, r *request, runs []*life, skipped map[string]int) {
	made := map[string][]*life{} // nominal identity -> runs
	var earliest, latest time.Time
	for _, l := range runs {
		due, ok := l.id.Due()
		if !ok {
			continue // by hand
		}
		identity := fmt.Sprintf("%s@%d", r.job.ID, due.UnixMilli())
		made[identity] = append(made[identity], l)
		if due.After(latest) {
			latest = due
		}
		if earliest.IsZero() || due.Before(earliest) {
			earliest = due
		}
		for _, end := range l.ends {
			if !r.removed.IsZero() && end.Queued.After(r.removed) {
				v.say("nothing is queued after a remove was answered", "removed at %s: %v", r.removed.UTC().Format("15:04:05.000"), l)
			}
		}
	}
	interval := r.job.Interval
	if r.job.Cron != "" {
		interval = time.Second // of the only one that callers put
	}
	if interval == 0 {
		if len(made) > 1 || r.sure && len(made) == 0 {
			v.say("each nominal time is queued once", "%s: got %d nominal times, want one: %v", r.name, len(made), runs)
		}
	}
	for identity, list := range made {
		if len(list) > 1 {
			v.say("each nominal time is queued once", "%s: %v and %v", identity, list[0], list[1])
		}
	}
	if interval == 0 || len(made) == 0 && !r.sure {
		return
	}
	stop := r.job.Stop
	if !r.removed.IsZero() {
		stop = latest
	}
	start := r.job.Start
	if !r.sure && r.job.Cron != "" { // it may have come later than its start
		start = earliest
	}
	for at := start; !at.After(stop); at = at.Add(interval) {
		identity := fmt.Sprintf("%s@%d", r.job.ID, at.UnixMilli())
		if n := min(1, len(made[identity])) + skipped[identity]; n != 1 {
			v.say("each nominal time is queued once", "%s: %d runs and %d times skipped, want one of them; sure: %v, all runs: %v", identity, len(made[identity]), skipped[identity], r.sure, runs)
		}
		delete(made, identity)
	}
	for identity := range made {
		v.say("each nominal time is queued once", "%s is no nominal time of the job, which starts at %d and has an interval of %v",
			identity, r.job.Start.UnixMilli(), interval)
	}
}

// judgeOverlap looks for two attempts at once of jobs that forbid it.
func judgeOverlap(v verdicts, e evidence) {
	forbid := func(job string) bool { return strings.HasPrefix(job, "manual-forbid-") }
	jobsOf := map[string]bool{}
	for _, r := range e.requests {
		if r.job != nil && r.job.Overlap == jobs.Forbid {
			jobsOf[r.job.ID] = true
		}
	}
	last := map[string]execution{}
	for _, x := range e.executions { // in the order of their begin
		if !forbid(x.job) && !jobsOf[x.job] {
			continue
		}
		if before, ok := last[x.job]; ok && x.begin.Before(before.end) {
			v.say("forbid means one at a time", "%s begins at %s and %s ends at %s", x.run, x.begin.Format("05.000000"),
				before.run, before.end.Format("05.000000"))
		}
		if x.end.IsZero() {
			x.end = x.begin.Add(time.Hour) // it never ended
		}
		last[x.job] = x
	}
}

// judgeTotals adds up: everything queued has ended, and the totals say what the
// records say.
func judgeTotals(v verdicts, e evidence, lives map[jobs.RunID]*life) {
	counted := map[string]int64{"queued": int64(len(lives))}
	for _, l := range lives {
		for _, end := range l.ends {
			counted[string(end.State)]++
		}
		counted["collapsed"] += int64(l.count("collapsed"))
	}
	for _, name := range []string{"queued", "succeeded", "failed", "dead", "cancelled", "collapsed"} {
		if e.totals[name] != counted[name] {
			v.say("the totals are true", "%s: the board counts %d, there are %d", name, e.totals[name], counted[name])
		}
	}
	ended := e.totals["succeeded"] + e.totals["failed"] + e.totals["dead"] + e.totals["cancelled"] + e.totals["collapsed"] + e.totals["trimmed"]
	if e.totals["queued"] != ended {
		v.say("everything queued has ended", "%d runs were queued and %d have ended: %v", e.totals["queued"], ended, e.totals)
	}
}
