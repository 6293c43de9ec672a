package scripts

import (
	"fmt"
	"strings"
)

// pause pauses a job, a queue or the board, half of the time for some seconds.
func (m *model) pause() operation {
	op, now, until := m.op(), num(m.now), m.pick("", num(m.now+1+5*m.random.Float64()))
	what := m.pick("job:"+m.job(), "job:"+m.job(), "job:"+m.job(), "job:"+m.job(), "job:"+m.job(), "queue:shell", "queue:mail", "board")
	if id, job := strings.CutPrefix(what, "job:"); job && !m.onBoard(id) {
		return m.put()
	}
	m.pauses++
	return operation{name: "JPAUSE " + what + " until " + until, again: true, send: func() any { return m.s.op("jpause", op, now, what, "me", "why", until) }}
}

func (m *model) onBoard(id string) bool {
	return strings.Contains("\n"+m.was.raw["jobs"], "\n"+id+" = ")
}

// resume ends a pause, if there is one.
func (m *model) resume() operation {
	if len(m.was.paused) == 0 {
		return m.pause()
	}
	what, _ := anyOf(m, m.was.paused)
	return m.resumeThe(what)
}

func (m *model) resumeThe(what string) operation {
	op, now, catchUp := m.op(), num(m.now), m.pick("0", "1")
	return operation{name: "JRESUME " + what + " " + catchUp, again: true, send: func() any { return m.s.op("jresume", op, now, what, catchUp) }}
}

// exhume replays a dead run, or removes it.
func (m *model) exhume() operation {
	if len(m.was.dead) == 0 {
		return m.silence()
	}
	op, now, force := m.op(), num(m.now), m.pick("0", "1")
	dead, _ := anyOf(m, m.was.dead)
	if m.random.IntN(3) == 0 {
		return operation{name: "JBURY " + dead, again: true, send: func() any { return m.s.op("jbury", op, dead) }}
	}
	m.ids++
	m.exhumed++
	run := fmt.Sprintf("%s#%06x", jobOf(dead), m.ids)
	return operation{name: "JREPLAY " + dead + " as " + run, again: true, send: func() any { return m.s.op("jreplay", op, now, dead, run, force) }}
}

// still looks that what was paused before and after a step has not moved.
func (m *model) still(p *picture) error {
	stays := func(what string) bool {
		return m.was.paused[what] != "" && m.was.paused[what] == p.paused[what] && !strings.Contains(p.paused[what], `"until"`)
	}
	before := map[string]bool{}
	for _, run := range m.was.queued {
		before[run] = true
	}
	for _, a := range m.was.held {
		before[a.run] = true
	}
	for run := range m.was.retry {
		before[run] = true
	}
	for _, run := range p.queued {
		if strings.Contains(run[len(jobOf(run)):], "#") || before[run] {
			continue
		}
		if stays("job:"+jobOf(run)) || stays("board") {
			return fmt.Errorf("run %s was queued in a pause", run)
		}
	}
	for id := range p.schedule {
		if stays("job:" + id) {
			return fmt.Errorf("job %s is paused and on the schedule", id)
		}
	}
	held := map[string]bool{}
	for token := range m.was.held {
		held[token] = true
	}
	for token, a := range p.held {
		runner := "shell"
		if strings.Contains(a.text, `"runner":"mail"`) {
			runner = "mail"
		}
		if !held[token] && stays("queue:"+runner) && strings.Count(a.text, `"runner"`) == 1 {
			return fmt.Errorf("run %s was taken from a paused queue", a.run)
		}
	}
	return nil
}
