package simulation

import (
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// took judges what a lane was given.
func (j *judge) took(c *command) {
	name, op := argument(c, 0), argument(c, 1)
	lane := j.lane(name)
	replay := lane.op == op
	if !replay {
		lane.op, lane.moved = op, c.at
	}
	list, _ := c.reply.([]any)
	for i := 0; i+1 < len(list); i += 2 {
		token, _ := list[i].(string)
		text, _ := list[i+1].(string)
		if text == "" {
			continue
		}
		run, ok := parseTaken(text)
		l := j.runs[run]
		switch {
		case !ok || l == nil:
			j.complain(nil, "%s was given %s, which was never queued", name, text)
		case j.tickets[token] != nil:
			if !replay || l.token != token {
				j.complain(l, "%s was given the token %s a second time", name, token)
			}
		case l.place == ended:
			j.complain(l, "it was handed out to %s after its end", name)
		case l.place != inQueue:
			j.complain(l, "it was handed out to %s and is %s by %s", name, l.place, l.token)
		default:
			if a := l.job; a != nil && a.Overlap == jobs.Forbid && a.busy() != nil {
				j.complain(l, "it was handed out to %s although its job forbids overlap and %s is %s", name, a.busy().id, a.busy().place)
			}
			// The bell's token may be lost: then a poll finds the run.
			if wait := c.at.Sub(l.since); wait > polling*11/10+time.Second && l.job != nil && l.job.Overlap != jobs.Forbid && len(j.around(l.since, c.at)) == 0 {
				j.complain(l, "it lay in the queue for %v, and no fault explains that", wait)
			}
			l.number++
			l.token = token
			j.tickets[token] = &ticket{run: l, life: c.owner}
			if l.job != nil {
				l.job.started = c.at
			}
			j.move(l, held, c.at, "taken by "+name+" as "+token)
			j.counts["taken"]++
		}
	}
}

// noted judges a line of the ledger that concerns a run.
func (j *judge) noted(c *command, what line) {
	j.counts[what.Outcome]++
	l, t := j.runs[what.name], j.tickets[what.Token]
	if l == nil {
		j.complain(nil, "the ledger tells of an unknown run: %s %s", what.name, what.text)
		return
	}
	valid := t != nil && l.token == what.Token
	switch what.Outcome {
	case "lost":
		if !valid {
			j.complain(l, "the ledger says that it was lost by %s, which does not hold it", what.Token)
			return
		}
		lane := j.lane(laneOf(what.Token))
		if kept := c.at.Sub(lane.moved); c.name == "jrenew" {
			j.complain(l, "%s gives it back with a renew, and Redis has forgotten nothing", laneOf(what.Token))
		} else if kept < lease {
			j.complain(l, "its lease was taken away %v after the last sign of %s", kept, laneOf(what.Token))
		}
		if !j.silent(t.life, c.at) {
			j.complain(l, "it was lost by %s, and no fault of that agent explains it", t.life)
		}
		l.losses++
		j.move(l, inQueue, c.at, "lost by "+what.Token)
	case "returned":
		if !valid {
			j.complain(l, "the ledger says that it was given back by %s, which does not hold it", what.Token)
		} else if t.began && !j.unwell(t.life) {
			j.complain(l, "it was given back by %s, and no fault explains it", t.life)
		}
		l.number-- // given back uncounted
		j.move(l, inQueue, c.at, "given back by "+what.Token)
	case "stale":
		l.note(c.at, "ack of %s refused", what.Token)
		if t == nil || t.run != l || valid {
			j.complain(l, "an ack of the valid token %s was refused", what.Token)
		}
	case "collapsed":
		if l.place != inQueue || l.job == nil || l.job.Overlap != jobs.Forbid || l.job.busy() == nil && l.job.started.Before(l.since) {
			j.complain(l, "it collapsed, and no run of its job was in the way")
		}
		if what.Missed != l.missed {
			j.complain(l, "the ledger says that %d nominal times collapsed with it, it were %d", what.Missed, l.missed)
		}
		j.move(l, ended, c.at, "collapsed: "+what.text)
	default:
		j.complain(l, "the ledger says %s", what.text)
	}
}

// recorded judges the record of an attempt that has ended.
func (j *judge) recorded(c *command, r jobs.Run) {
	l := j.runs[r.ID]
	if l == nil {
		j.complain(nil, "a record of an unknown run: %+v", r)
		return
	}
	if l.place == ended {
		j.complain(l, "it ended %s after it had ended %s", r.State, l.result)
		return
	}
	j.counts[string(r.State)]++
	switch c.name {
	case "jackmany":
		t := j.tickets[l.token]
		if l.place != held || r.Attempt != l.number {
			j.complain(l, "attempt %d ended %s, and the run is %s in attempt %d", r.Attempt, r.State, l.place, l.number)
			return
		}
		j.verdict(c, l, t, r)
	case "jreap":
		dead := l.losses >= jobs.MaxLost && r.State == jobs.Dead
		failed := l.job != nil && l.job.OnLost == jobs.FailOnLost && r.State == jobs.Failed
		if l.losses == 0 || !dead && !failed {
			j.complain(l, "a reap ended it %s after %d losses", r.State, l.losses)
		}
		j.finish(l, c.at, r.State)
	case "jtake", "jcancel":
		if r.State != jobs.Cancelled || l.place == held || !j.cancelled(l) {
			j.complain(l, "%s ended it %s", c.name, r.State)
		}
		j.finish(l, c.at, r.State)
	default:
		j.complain(l, "%s ended it %s", c.name, r.State)
	}
}

func (j *judge) finish(l *life, at time.Time, state jobs.State) {
	l.result = state
	j.move(l, ended, at, "ended "+string(state))
	if l.job != nil {
		delete(l.job.lives, l.id)
	}
}

// move puts a run into another place.
func (j *judge) move(l *life, to place, at time.Time, why string) {
	l.place, l.since = to, at
	if l.job != nil {
		l.job.moved = at
	}
	if to != held {
		l.token = ""
	}
	if to == ended && l.job != nil {
		delete(l.job.lives, l.id)
	}
	l.note(at, "%s", why)
}

// cancelled tells whether somebody has cancelled a run or its job since it was queued.
func (j *judge) cancelled(l *life) bool {
	at, ok := j.cancels[l.id]
	if l.job != nil && !ok {
		at, ok = j.cancels[l.job.ID]
	}
	return ok && !at.Before(l.queued.Add(-time.Millisecond))
}

// laneOf is the lane in a token.
func laneOf(token string) string {
	parts := strings.SplitN(token, ":", 4)
	return parts[len(parts)-1]
}

// holderOf is the candidate in the value of the lock.
func holderOf(value string) string {
	name, _, _ := strings.Cut(value, "#")
	return name
}
