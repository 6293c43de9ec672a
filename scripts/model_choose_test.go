package scripts

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// choose picks the next operation at random.
func (m *model) choose() operation {
	m.now += m.random.Float64() * 0.4
	lane := m.pick("w1", "w2", "w3")
	switch n := m.random.IntN(100); {
	case n < 9:
		return m.put()
	case n < 11:
		return m.pause()
	case n < 12:
		return m.resume()
	case n < 14:
		id := m.job()
		return operation{name: "JDEL " + id, send: func() any { return m.s.call("jdel", []string{"jobs", "jobs:schedule"}, id) }}
	case n < 26:
		return m.fire()
	case n < 28:
		return m.exhume()
	case n < 30:
		now := m.now
		return operation{name: "JTICK", send: func() any {
			return m.s.call("jtick", []string{"jobs", "jobs:schedule", "jobs:queue:shell", "jobs:queue:mail"}, num(now), 3)
		}, check: func(_ any, p *picture) error { return m.skips(p) }}
	case n < 33:
		return m.push()
	case n < 36:
		return m.enqueue()
	case n < 39:
		if m.random.IntN(3) == 0 {
			return m.runOnAll()
		}
		return m.run(m.job())
	case n < 40:
		return m.backfill()
	case n < 60:
		return m.take(lane, m.random.IntN(6))
	case n < 77:
		return m.ack(lane)
	case n < 81:
		return m.jack()
	case n < 84:
		return m.renew(lane)
	case n < 90:
		return m.reap()
	case n < 92:
		return m.cancel()
	case n < 94:
		if m.random.IntN(3) == 0 {
			return m.stray()
		}
		return m.foreign()
	case n < 96:
		return m.trim()
	case n < 97:
		return m.consume()
	case n < 98:
		return m.beat()
	case n < 99 && m.random.IntN(4) == 0:
		return m.abandon()
	}
	return m.silence()
}

// renew at times says that the lane does not know what it holds.
func (m *model) renew(lane string) operation {
	args := []any{lane, num(m.now), 4, 1, 0, 3}
	for _, token := range slices.Sorted(maps.Keys(m.was.held)) {
		if m.was.held[token].lane == lane && m.random.IntN(4) == 0 {
			args = append(args, token)
		}
	}
	if len(args) == 6 {
		args = args[:5]
	}
	return operation{name: fmt.Sprint("JRENEW ", args), again: true, send: func() any { return m.s.lane("jrenew", lane, args...) }}
}

// silence lets seconds pass in which nobody renews, and agents reap.
func (m *model) silence() operation {
	seconds, limit := 1+m.random.IntN(7), 1+m.random.IntN(4) // of records, look sees 30 a step
	return operation{name: fmt.Sprint(seconds, " s of JREAP ", limit), send: func() any {
		for range seconds {
			m.now++
			if err, failed := m.s.op("jreap", "", num(m.now), 4, limit, 3).(error); failed {
				return err
			}
		}
		return nil
	}}
}

func (m *model) job() string {
	return m.pick("a", "f", "f@x#1", `q"\é`, "r", "once")
}

func (m *model) put() operation {
	id, now := m.job(), num(m.now)
	every := m.pick("1", "2", "5", "")
	fields := []string{}
	for _, choice := range [][]string{
		{`"overlap":"forbid"`, `"overlap":"forbid"`, ""},
		{`"retries":2,"backoff_delay":1`, `"retries":1,"backoff":"fixed"`, ""},
		{`"misfire":"run-all"`, `"misfire":"skip"`, "", ""},
		{`"on_lost":"fail"`, "", "", ""},
		{`"priority":"high"`, `"priority":"low"`, "", "", "", ""},
	} {
		if field := m.pick(choice...); field != "" {
			fields = append(fields, field)
		}
	}
	if field := m.hosts(); field != "" {
		fields = append(fields, field)
	}
	text, runner, start := "{"+strings.Join(fields, ",")+"}", m.pick("shell", "shell", "mail"), m.pick(now, now, num(m.now-2*m.random.Float64()))
	return operation{name: "JSET " + id + " " + every + " " + start + " " + text, again: true, send: func() any {
		return m.s.call("jset", []string{"jobs", "jobs:schedule", "jobs:runners"}, now, id, runner, `","queued":1,`, every, start, "", "", "", text)
	}}
}

func (m *model) fire() operation {
	op, now, limit := m.op(), num(m.now), 1+m.random.IntN(5)
	return operation{
		name: fmt.Sprint("JFIRE ", limit), again: true, send: func() any { return m.s.fire(op, now, limit, "", "shell", "mail") },
		check: func(_ any, p *picture) error { return m.skips(p) },
	}
}

func (m *model) push() operation {
	keys, args := m.s.c.prefixed(m.s.k.Op("jpush"), m.s.k.Queue("mail"), m.s.k.Bell("mail")), []any{m.op(), num(m.now)}
	const text = `{"id":"mail","runner":"mail","retries":1,"payload":"x"}`
	numbered := m.random.IntN(3) == 0
	if numbered {
		m.ids++
		args = append(args, fmt.Sprintf("mail#%0*x*", 3+16*m.random.IntN(2), m.ids), text[1:len(text)-3])
	}
	for range 1 + m.random.IntN(3) {
		if numbered {
			args = append(args, text[len(text)-3:])
			continue
		}
		m.ids++
		args = append(args, fmt.Sprintf("mail#%0*x", 6+16*m.random.IntN(2), m.ids), text)
	}
	return operation{name: "JPUSH", again: true, send: func() any { return m.s.call("jpush", keys, args...) }}
}

func (m *model) run(id string) operation {
	m.ids++
	op, now, force := m.op(), num(m.now), m.pick("0", "0", "1")
	run := fmt.Sprintf("%s#%06x", id, m.ids)
	if !m.onBoard(id) {
		return m.put()
	}
	return operation{name: "JRUN " + run + " " + force, again: true, send: func() any { return m.s.op("jrun", op, now, id, run, force) }}
}

func (m *model) backfill() operation {
	op, now, id, force := m.op(), num(m.now), m.job(), m.pick("0", "1")
	if !m.onBoard(id) {
		return m.put()
	}
	args := []any{op, now, id, force}
	for range 1 + m.random.IntN(3) {
		m.ids++
		args = append(args, fmt.Sprintf("%s#%06x", id, m.ids), num(float64(900+m.random.IntN(100))))
	}
	return operation{name: fmt.Sprint("JBACKFILL ", args[2:]), again: true, send: func() any { return m.s.op("jbackfill", args...) }}
}

func (m *model) take(lane string, n int) operation {
	op, now := m.op(), num(m.now)
	types := append([]string{"shell", "mail", "unreadable"}, sources...)
	return operation{
		name: fmt.Sprint("JTAKE ", lane, " ", n), again: true, send: func() any { return m.s.take(lane, op, n, now, 4, types...) },
		check: func(reply any, p *picture) error {
			list, _ := reply.([]any)
			if len(list) > 2*n {
				return fmt.Errorf("%d runs for %d asked", len(list)/2, n)
			}
			var texts []string
			for i := 0; i < len(list); i += 2 {
				token, run := list[i].(string), runIn(list[i+1].(string))
				texts = append(texts, list[i+1].(string))
				if err := m.punctual(run, p); err != nil {
					return err
				}
				if err := m.ordered(token, list[i+1].(string), p); err != nil {
					return err
				}
				m.attempts++
				m.stale = append(m.stale, [2]string{token, run})
				if m.ended[run] {
					return fmt.Errorf("run %s has ended and is handed out", run)
				}
				head, _ := cutHead(list[i+1].(string))
				if _, cancelled := m.marks[run]; cancelled || head.Queued <= m.marks[jobOf(run)] {
					return fmt.Errorf("run %s was cancelled and is handed out", run)
				}
				if _, known := m.was.held[token]; known || p.held[token].run != run || p.held[token].lane != lane {
					return fmt.Errorf("token %s of run %s is not new, or not held", token, run)
				}
			}
			return m.fair(texts, p)
		},
	}
}

// ack ends some of what a lane holds, some of it twice, some with tokens that are
// stale, some under the wrong run. The lane says how many it holds; when that is what
// it does hold, its tokens are good. Often all that it ends are plain successes.
func (m *model) ack(lane string) operation {
	type end struct{ token, run, state string }
	var ends []end
	knows, known := m.random.IntN(2) == 0, m.s.known(lane)
	if !knows {
		n, done, _ := strings.Cut(known, " ")
		known = m.pick("1"+n+" "+done, n+" 1"+done) // more attempts, or more calls
	}
	plain := m.random.IntN(2) == 0
	state := func() string {
		if plain {
			return "succeeded"
		}
		return m.pick("succeeded", "succeeded", "succeeded", "failed", "failed", "timed_out", "cancelled", "queued")
	}
	mine, unread := map[string]attempt{}, plain && m.random.IntN(3) > 0 // of this lane; of plain tokens
	for token, a := range m.was.held {
		if a.lane == lane && (!unread || strings.HasPrefix(token, "1:0")) {
			mine[token] = a
		}
	}
	for range 1 + m.random.IntN(4) {
		switch {
		case len(mine) > 0 && (m.random.IntN(6) > 0 && knows || m.random.IntN(2) == 0):
			token, a := anyOf(m, mine)
			run := a.run
			if !knows && m.random.IntN(12) == 0 {
				run = "other#01"
			}
			ends = append(ends, end{token, run, state()})
		case !knows && len(m.was.held) > 0 && m.random.IntN(4) == 0: // of any lane
			token, a := anyOf(m, m.was.held)
			ends = append(ends, end{token, a.run, state()})
		case !knows && len(m.stale) > 0:
			old := m.stale[m.random.IntN(len(m.stale))]
			for i := 0; unread && i < 6 && !strings.HasPrefix(old[0], "1:0"); i++ {
				old = m.stale[m.random.IntN(len(m.stale))]
			}
			ends = append(ends, end{old[0], old[1], state()})
		}
	}
	if len(ends) == 0 {
		return m.fire()
	}
	if m.random.IntN(4) == 0 {
		ends = append(ends, ends[0])
	}
	var want []string
	done := map[string]bool{}
	args := []any{lane, m.op(), num(m.now), known}
	for _, e := range ends {
		a, held := m.was.held[e.token]
		if !held || a.lane != lane || a.run != e.run || done[e.token] {
			want = append(want, e.token)
		} else {
			done[e.token] = true
		}
		rest := m.pick("", "", printed("", "text"), printed("1", ""), printed("1", "text"))
		if plain {
			rest = ""
		}
		args = append(args, e.token, e.run, story(e.state, e.run), rest)
	}
	return operation{
		name: fmt.Sprint("JACKMANY ", lane, " of ", known, ": ", ends), again: true, send: func() any { return m.s.lane("jackmany", lane, args...) },
		check: func(reply any, p *picture) error {
			if fmt.Sprint(reply) != fmt.Sprint(want) {
				return fmt.Errorf("refused are %v, want %v", reply, want)
			}
			for token := range done {
				if _, held := p.held[token]; held {
					return fmt.Errorf("token %s was accepted and is still held", token)
				}
			}
			return nil
		},
	}
}

// jack ends one attempt, or one that is no more.
func (m *model) jack() operation {
	if len(m.stale) == 0 {
		return m.fire()
	}
	old := m.stale[m.random.IntN(len(m.stale))]
	token, run := old[0], old[1]
	if len(m.was.held) > 0 && m.random.IntN(3) > 0 {
		var a attempt
		token, a = anyOf(m, m.was.held)
		run = a.run
	}
	_, valid := m.was.held[token]
	now, what := num(m.now), m.pick("0", "1", "2")
	return operation{name: fmt.Sprint("JACK ", run, " ", token, " ", what), again: valid && what != "2", send: func() any {
		return m.s.call("jack", m.s.c.prefixed(), now, run, token, what, "text")
	}, check: func(reply any, _ *picture) error {
		if _, failed := reply.(error); failed && valid {
			return fmt.Errorf("a valid token is refused: %v", reply)
		}
		return nil
	}}
}

func (m *model) reap() operation {
	op, now, limit := m.op(), num(m.now), 1+m.random.IntN(6)
	return operation{name: fmt.Sprint("JREAP ", limit), again: true, send: func() any { return m.s.op("jreap", op, now, 4, limit, 3) }}
}

func (m *model) cancel() operation {
	target := m.job()
	if len(m.was.held) > 0 && m.random.IntN(2) == 0 {
		_, a := anyOf(m, m.was.held)
		target = a.run
	} else if len(m.was.retry) > 0 {
		target, _ = anyOf(m, m.was.retry)
	} else if len(m.was.delayed) > 0 {
		target, _ = anyOf(m, m.was.delayed)
	}
	op, now := m.op(), num(m.now)
	m.marks[target] = math.Round(m.now*1000) / 1000
	return operation{name: "JCANCEL " + target, again: true, send: func() any { return m.s.op("jcancel", op, now, target) }}
}

// foreign pushes an entry by hand.
func (m *model) foreign() operation {
	text := m.pick(`{"id":"hand","runner":"shell","payload":"x"}`, `{"id":"f","runner":"shell","overlap":"forbid"}`, "garbage", `{"run":"x","queued":1,"id":"hand"}`)
	return operation{name: "LPUSH " + text, send: func() any {
		return m.s.rdb.LPush(context.Background(), "jobs:queue:shell", text).Val()
	}}
}

// finish ends all that a lane holds with success.
func (m *model) finish(lane string) operation {
	args := []any{lane, m.op(), num(m.now)}
	for token, a := range m.was.held {
		if a.lane == lane {
			args = append(args, token, a.run, story("succeeded", a.run), "")
		}
	}
	if len(args) == 3 {
		return m.reap()
	}
	return operation{name: "JACKMANY all", again: true, send: func() any { return m.s.lane("jackmany", lane, args...) }}
}
