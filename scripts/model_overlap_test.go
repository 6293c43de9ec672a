package scripts

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// ordered looks that of two runs of a job that forbids overlap, both queued when the first of them
// starts, the other one does not start later. It remembers of each job the number of its latest start, as
// long as the job is on the board; those for one agent alone have none.
func (m *model) ordered(token, text string, p *picture) error {
	run, head := runIn(text), text[:strings.Index(text, `"queued":`)]
	job := claimOf(run, text)
	if !strings.Contains(text, `"overlap":"forbid"`) || strings.Contains(job, "\n") {
		return nil
	}
	again := strings.Contains(head, `"try":`) || strings.Contains(head, `"lost":`) || strings.Contains(head, `"catchup":`)
	latest, queued := m.starts[job], queuedAs(head)
	if guarded(text) && !again && queued < latest && !m.strayed[job] {
		return fmt.Errorf("run %s, queued as number %d, starts though a run of its job has started since as number %d", run, queued, latest)
	}
	if _, there := m.was.board[job]; there && p.active[job] == run {
		if number, err := strconv.Atoi(tokenNumber.FindStringSubmatch(token)[1]); err == nil {
			m.starts[job] = number
		}
	}
	return nil
}

// tokenNumber is behind which try, and whether an end needs to look, a token has its number.
var tokenNumber = regexp.MustCompile(`^\d+:0*(\d+):`)

// queuedAs is the board's counter when a run was queued.
func queuedAs(head string) int {
	text := head[strings.LastIndex(head, `"seq":`)+len(`"seq":`):]
	if !strings.Contains(head, `"seq":`) {
		text = head[strings.LastIndexByte(head, '.')+1:]
	}
	number, _ := strconv.Atoi(text[:strings.IndexAny(text, `,"`)])
	return number
}

// skips looks that no nominal time of a job was queued of which a run was active.
func (m *model) skips(p *picture) error {
	for _, run := range p.queued {
		text := p.entries[run]
		job := claimOf(run, text)
		if _, before := m.was.entries[run]; before || !strings.Contains(text, `"alone":1`) && !(guarded(text) && strings.Contains(text, `"missed":`)) {
			continue
		}
		if by := m.was.active[job]; by != "" && !strings.Contains(job, "\n") {
			return fmt.Errorf("run %s was fired while %s is active", run, by)
		}
	}
	return nil
}

// stray writes a time into the schedule by hand, one of before, as if the job had not been fired since. That two of its runs
// are queued then cannot be known: both may start, one behind the other.
func (m *model) stray() operation {
	id, score := m.job(), m.now-3*m.random.Float64()
	if _, scheduled := m.was.schedule[id]; !scheduled {
		return m.foreign()
	}
	m.strayed[id] = true
	return operation{name: fmt.Sprintf("ZADD %f %s", score, id), send: func() any {
		return m.s.rdb.ZAdd(context.Background(), "jobs:schedule", redis.Z{Score: score, Member: id}).Val()
	}}
}

// forgets the starts of jobs that are not on the board, and what was strayed and has nothing queued.
func (m *model) forgets(p *picture) {
	for job := range m.strayed {
		score, scheduled := p.schedule[job]
		if !slices.ContainsFunc(p.queued, func(run string) bool { return jobOf(run) == job }) && (!scheduled || score > m.now) {
			delete(m.strayed, job)
		}
	}
	for job := range m.starts {
		if _, there := p.board[job]; !there {
			delete(m.starts, job)
		}
	}
}
