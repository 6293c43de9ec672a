package scripts

import (
	"context"
	"fmt"
	"strings"
)

// wish is what was asked for of a run that JENQUEUE queued.
type wish struct {
	key     string // unique key, or ""
	at      float64
	expires float64 // 0: never
}

// ranks counts, of a runner type, the runs handed out since one of normal or low
// priority was, while such waited all the time.
type ranks struct{ normal, low int }

// kinds are the runner types whose queues the model fills.
var kinds = []string{"shell", "mail"}

// enqueue queues some one-offs, each under conditions or none.
func (m *model) enqueue() operation {
	op, now := m.op(), num(m.now)
	list, field := m.pick("high", "queue", "queue", "low"), ""
	if list != "queue" {
		field = `"priority":"` + list + `",`
	}
	keys, args := m.s.c.prefixed(m.s.k.Op("jenqueue"), "jobs:"+list+":mail", m.s.k.Bell("mail"), m.s.k.Runners()), []any{op, now}
	type asked struct {
		run, id string
		wish
	}
	var all []asked
	for range 1 + m.random.IntN(3) {
		m.ids++
		a := asked{run: fmt.Sprintf("mail#%06x", m.ids), wish: wish{at: m.now}}
		at, ttl := "", ""
		if m.random.IntN(3) == 0 {
			a.at += 3 * m.random.Float64()
			at = num(a.at)
		}
		if m.random.IntN(3) == 0 {
			ttl = m.pick("0.5", "2", "1000")
			a.expires = a.at + map[string]float64{"0.5": 0.5, "2": 2, "1000": 1000}[ttl]
		}
		if m.random.IntN(3) == 0 {
			a.id = fmt.Sprintf("i%d", m.ids/4+m.random.IntN(3))
		}
		a.key = m.pick("", "k1", "k2", `k"3`)
		all = append(all, a)
		args = append(args, a.run, `{"id":"mail","runner":"mail","retries":1,`+field+`"payload":"x"}`, at, ttl, a.id, a.key, "")
	}
	return operation{name: fmt.Sprint("JENQUEUE ", list, " ", args[2:]), again: true, send: func() any { return m.s.call("jenqueue", keys, args...) }, check: func(reply any, _ *picture) error {
		runs, _ := reply.([]any)
		holders := map[string]string{}
		for key, run := range m.was.unique {
			holders[key] = run
		}
		for i, a := range all {
			want := a.run
			if a.id != "" && m.known[a.id] != "" {
				want = m.known[a.id]
			} else if a.key != "" && holders[a.key] != "" {
				want = holders[a.key]
			}
			if len(runs) != len(all) || runs[i] != want {
				return fmt.Errorf("enqueued %+v: got %v, want %s", a, runs, want)
			}
			if want == a.run {
				m.wishes[a.run] = a.wish
				if a.key != "" {
					holders[a.key] = a.run
				}
			} else {
				m.twice++
			}
			if a.id != "" {
				m.known[a.id] = want
			}
		}
		return nil
	}}
}

// trim shortens a queue. What had no head is counted nowhere else.
func (m *model) trim() operation {
	before, list := m.outside, m.pick("jobs:queue:shell", "jobs:queue:shell", "jobs:queue:mail", "jobs:low:mail", "jobs:sel:shell:gpu=true", "jobs:sel:shell:@n1")
	return operation{name: "JTRIM " + list, send: func() any {
		reply := m.s.call("jtrim", []string{list}, 3)
		m.trimmed += before - m.look().headless
		return reply
	}}
}

// consume takes an entry as plain consumers do; it tells nobody.
func (m *model) consume() operation {
	return operation{name: "RPOP", send: func() any {
		text := m.s.rdb.RPop(context.Background(), "jobs:queue:mail").Val()
		if run := runIn(text); run != "" {
			m.unseen++
			m.vanished[run] = true
		}
		return text
	}}
}

// punctual looks that what a take hands out was to be had at its time.
func (m *model) punctual(run string, p *picture) error {
	m.begun[run] = true
	w, asked := m.wishes[run]
	if asked && w.at > m.now+0.001 {
		return fmt.Errorf("run %s is delayed until %.3f and is handed out", run, w.at)
	}
	for _, a := range p.held {
		head, _ := cutHead(a.text)
		if a.run == run && asked && w.expires > 0 && head.Try == 0 && m.now > w.expires+0.001 {
			return fmt.Errorf("run %s has expired at %.3f and is handed out", run, w.expires)
		}
	}
	return nil
}

// fair looks that of ten runs of a type one is of normal priority and one low, if such
// waited all the time, and that else the high ones are first.
func (m *model) fair(taken []string, p *picture) error {
	for _, kind := range kinds {
		since, other, all := m.since[kind], 0, 0
		for _, text := range taken {
			if !strings.Contains(text, `"runner":"`+kind+`"`) || strings.Contains(text, `"hosts":`) {
				continue
			}
			all++
			since.normal, since.low = since.normal+1, since.low+1
			switch {
			case strings.Contains(text, `"priority":"low"`):
				since.low = 0
				other++
			case !strings.Contains(text, `"priority":"high"`):
				since.normal = 0
				other++
			}
			if since.low > 9 && p.waiting["low:"+kind] > 0 || since.normal > 9 && p.waiting["queue:"+kind] > 0 {
				return fmt.Errorf("of %s %d runs were handed out since a low one and %d since a normal one, and such wait", kind, since.low, since.normal)
			}
		}
		if other > all/5+1 && p.waiting["high:"+kind] > 0 {
			return fmt.Errorf("of %d runs of %s %d were handed out before high ones that wait", all, kind, other)
		}
		if p.waiting["low:"+kind] == 0 {
			since.low = 0
		}
		if p.waiting["queue:"+kind] == 0 {
			since.normal = 0
		}
		m.since[kind] = since
	}
	return nil
}

// kept looks that wishes are kept: who holds a key has not ended, and who has not
// ended holds its key; what is delayed waits for its time; what expired was late.
func (m *model) kept(p *picture, places map[string]string) error {
	if p.misplaced != "" {
		return fmt.Errorf("an entry is in the list of another priority: %s", p.misplaced)
	}
	for key, run := range p.unique {
		if m.ended[run] || places[run] == "" && !m.vanished[run] {
			return fmt.Errorf("run %s holds the key %s and is no more", run, key)
		}
	}
	for run, w := range m.wishes {
		place := places[run]
		if w.key != "" && place != "" && place != "dead" && p.unique[w.key] != run {
			return fmt.Errorf("run %s is %s and %q holds its key %s", run, place, p.unique[w.key], w.key)
		}
		if place == "queue" && w.at > m.now+0.001 {
			return fmt.Errorf("run %s is delayed until %.3f and is queued", run, w.at)
		}
	}
	return nil
}

// dropped looks that a run that is said to have expired had.
func (m *model) dropped(run, reason string) error {
	if !strings.HasPrefix(reason, "expired") {
		return nil
	}
	m.expired++
	if w := m.wishes[run]; w.expires == 0 || m.now < w.expires-0.001 || m.begun[run] {
		return fmt.Errorf("run %s was dropped as expired; it expires at %.3f, was started before: %v", run, w.expires, m.begun[run])
	}
	return nil
}
