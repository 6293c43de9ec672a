package simulation

import (
	"fmt"
	"slices"
	"strings"
)

// see judges one command. It is the network that calls.
func (j *judge) see(c *command) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.write(c)
	j.counts["commands"]++
	if err, ok := c.reply.(refusal); ok {
		j.counts["refused"]++
		code, _, _ := strings.Cut(string(err), " ")
		if c.name != "evalsha" && !slices.Contains([]string{"STALE", "NOSCRIPT", "ACTIVE", "NOJOB"}, code) {
			j.complain(nil, "%s was refused: %v", c.name, err)
		}
		return
	}
	switch c.name {
	case "jset":
		j.put(c)
	case "jdel":
		j.removed(c)
	case "jcancel":
		j.cancels[c.args[len(c.args)-1]] = c.at
	case "jtake":
		j.took(c)
	case "jrenew":
		j.lane(argument(c, 0)).moved = c.at
	}
	lines, records := j.read.lines(), j.read.records()
	var unqueued []line
	for _, l := range lines {
		switch l.Outcome {
		case "missed", "skipped":
			unqueued = append(unqueued, l)
		default:
			j.noted(c, l)
		}
	}
	for _, r := range records {
		j.recorded(c, r)
	}
	switch c.name {
	case "jfire", "jreap", "jackmany", "jpush", "jrun":
		fresh := j.sighted(c)
		if c.name == "jfire" {
			j.fired(c, fresh, unqueued)
		}
	}
	if c.role == "lead" {
		if who, _ := j.read.net.store.Get(j.read.keys.Leader()); holderOf(who) != j.holder {
			j.leads(holderOf(who), c.at)
		}
	}
}

// argument is the i-th argument behind the keys of a script.
func argument(c *command, i int) string {
	var n int
	fmt.Sscan(c.args[2], &n)
	if at := 3 + n + i; at < len(c.args) {
		return c.args[at]
	}
	return ""
}

func (j *judge) lane(name string) *lane {
	if j.lanes[name] == nil {
		j.lanes[name] = &lane{}
	}
	return j.lanes[name]
}

// write adds a command to the transcript, whose digest tells whether two histories are
// the same, to the byte and the nanosecond.
func (j *judge) write(c *command) {
	args := c.args
	if c.name == "hset" { // the installed commands, which a map holds
		args = slices.Sorted(slices.Values(args))
	}
	text := fmt.Sprintf("%d %s %s %s %q -> %q\n", c.at.UnixNano(), c.owner, c.role, c.name, args, fmt.Sprint(c.reply))
	j.digest.Write([]byte(text))
	if j.keep {
		j.transcript = append(j.transcript, text)
	}
}

func (j *judge) put(c *command) {
	if a := j.jobs[argument(c, 1)]; a != nil && !a.listed {
		a.listed, a.due = true, a.Start
		a.note(c.at, "put, due at %s", clock(a.due))
	}
}

func (j *judge) removed(c *command) {
	if a := j.jobs[argument(c, 0)]; a != nil && c.reply == int64(1) {
		a.listed = false
		a.note(c.at, "removed")
	}
}

// idle tells whether every run has ended.
func (j *judge) idle() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, l := range j.runs {
		if l.place != ended {
			return false
		}
	}
	return true
}

// last complains of runs that have not ended.
func (j *judge) last() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, id := range sortedKeys(j.runs) {
		if l := j.runs[id]; l.place != ended {
			j.complain(l, "it has not ended, it is %s", l.place)
		}
	}
}

func (j *judge) result() result {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := result{digest: fmt.Sprintf("%x", j.digest.Sum(nil))[:16], complaints: j.complaints, counts: j.counts, faults: map[string]int{}, transcript: j.transcript}
	for _, f := range j.faults {
		r.faults[f.kind]++
	}
	return r
}
