package simulation

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// audit compares all that the store holds with what the judge knows: each run in its
// one place, each job at its next nominal time, and the totals. The network calls it
// between two commands.
func (j *judge) audit() {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := time.Now()
	got := j.places()
	want := map[string]string{}
	totals := map[string]int{}
	for id, l := range j.runs {
		totals["queued"]++
		switch l.place {
		case inQueue:
			want[id] = "queued"
		case held:
			want[id] = "held as " + l.token
			j.overdue(l, now)
		case waiting:
			want[id] = "retry"
		case ended:
			totals[l.endedAs()]++
		}
	}
	for id, where := range want {
		// Put off because another run of its job runs: it lies with the retries.
		if got[id] != where && (where != "queued" || got[id] != "retry") {
			j.complain(j.runs[id], "it should be %s, and is %q", where, got[id])
		}
	}
	for id, where := range got {
		if want[id] == "" {
			j.complain(j.runs[id], "%s is %s and should be nowhere", id, where)
		}
	}
	for _, name := range []string{"queued", "succeeded", "failed", "dead", "cancelled", "collapsed"} {
		n, _ := strconv.Atoi(j.read.net.store.HGet(j.read.keys.Stats(), name))
		if n != totals[name] {
			j.complain(nil, "the total of runs %s is %d, counted were %d", name, n, totals[name])
		}
	}
	schedule, _ := j.read.net.store.SortedSet(j.read.keys.Schedule())
	for _, id := range slices.Sorted(maps.Keys(j.jobs)) {
		a := j.jobs[id]
		score, scheduled := schedule[id]
		next := time.UnixMicro(int64(score * 1e6)).UTC()
		switch {
		case !a.listed && scheduled:
			j.accuse(a, "it is scheduled for %s and should not be", clock(next))
		case !a.listed:
		case !scheduled || !next.Equal(a.due):
			j.accuse(a, "it is scheduled for %s, its next nominal time is %s", clock(next), clock(a.due))
		case now.Sub(a.due) > prompt && !j.excused(a.due, now):
			j.accuse(a, "its nominal time %s is overdue by %v, and no fault explains that", clock(a.due), now.Sub(a.due))
		}
	}
}

// overdue complains of a run that is held for too long: by a lane whose lease is over,
// or by one that does not execute it or has not told of its end.
func (j *judge) overdue(l *life, now time.Time) {
	t, since := j.tickets[l.token], j.reachable() // then all leases got one more
	later := func(at time.Time) time.Duration {
		if since.After(at) {
			at = since
		}
		return now.Sub(at)
	}
	switch moved := j.lane(laneOf(l.token)).moved; {
	case later(moved) > lease+2*reaping:
		j.complain(l, "its lease was moved last at %s, and nobody takes it away", clock(moved))
	case !t.began && later(l.since) > settling:
		j.complain(l, "%s holds it and does not execute it", t.life)
	case t.finished && later(t.at) > settling:
		j.complain(l, "its program is done since %s, and %s does not tell", clock(t.at), t.life)
	}
}

func (l *life) endedAs() string {
	if l.result == "" {
		return "collapsed"
	}
	return string(l.result)
}

// places is where the store has each run that has not ended.
func (j *judge) places() map[string]string {
	store, keys, where := j.read.net.store, j.read.keys, map[string]string{}
	put := func(id, place string) {
		if where[id] != "" {
			place = where[id] + " and " + place
		}
		where[id] = place
	}
	for _, run := range j.read.queued() {
		put(run.ID, "queued")
	}
	retries, _ := store.ZMembers(keys.Retry())
	for _, id := range retries {
		put(id, "retry")
	}
	for _, key := range store.Keys() {
		if !strings.HasPrefix(key, keys.Held("")) {
			continue
		}
		tokens, _ := store.HKeys(key)
		for _, token := range tokens {
			if strings.HasPrefix(token, ".") {
				continue
			}
			run, _ := scripts.ParseQueued(store.HGet(key, token))
			put(run.ID, "held as "+token)
		}
	}
	return where
}

// unsettled lists what is not as if there had been no fault. Of a job that forbids
// overlap many runs may still wait, but one after the other has to get its turn.
func (j *judge) unsettled(leaders []string) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var list []string
	for _, id := range slices.Sorted(maps.Keys(j.runs)) {
		l := j.runs[id]
		since := l.since
		if l.job != nil && l.job.Overlap == jobs.Forbid {
			since = l.job.moved
		}
		if l.place == inQueue && time.Since(since) > 2*reaping {
			list = append(list, fmt.Sprintf("%s lies in the queue since %s, and nothing of the job moves since %s", id, clock(l.since), clock(since)))
		}
	}
	if len(leaders) != 1 || leaders[0] != j.holder {
		list = append(list, fmt.Sprintf("%q lead, and %q holds the lock", leaders, j.holder))
	}
	return list
}
