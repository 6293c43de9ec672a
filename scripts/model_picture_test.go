package scripts

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// attempt is a run that a lane holds.
type attempt struct{ lane, run, text string }

// picture is what a board holds at one moment.
type picture struct {
	raw      map[string]string // everything, for comparing
	queued   []string          // runs in queues, with repetitions
	entries  map[string]string // their texts
	headless int               // entries pushed by hand that no take has seen
	held     map[string]attempt
	retry    map[string]bool
	dead     map[string]bool
	delayed  map[string]bool
	unique   map[string]string // key -> run
	waiting  map[string]int    // list -> entries

	misplaced string // an entry in the list of another priority
	parked    map[string]string
	active    map[string]string
	latest    map[string]string
	paused    map[string]string
	board     map[string]string
	schedule  map[string]float64
	stats     map[string]int
	results   map[string][]string // job -> records of its newest ended runs
}

// look takes a picture. Streams count by their length, lists of records by their
// length and newest records.
func (m *model) look() *picture {
	m.t.Helper()
	ctx := context.Background()
	p := &picture{raw: map[string]string{}, entries: map[string]string{}, held: map[string]attempt{}, retry: map[string]bool{}, dead: map[string]bool{}, delayed: map[string]bool{}, unique: map[string]string{}, waiting: map[string]int{}, stats: map[string]int{}, results: map[string][]string{}}
	keys, err := m.s.rdb.Keys(ctx, "*").Result()
	m.s.must(m.t, err)
	keys = slices.DeleteFunc(keys, func(key string) bool { return strings.HasPrefix(key, "jobs:op:") }) // answers, for a minute
	replies := make([]redis.Cmder, len(keys))
	_, err = m.s.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, key := range keys {
			row, known := m.rows[key]
			if !known {
				row, known = m.s.k.Known(key)
				m.rows[key] = row
			}
			if !known || row.Later {
				return fmt.Errorf("key %s does not stand in the key table", key)
			}
			switch {
			case row.Type == "stream":
				replies[i] = pipe.XLen(ctx, key)
			case row.Name == "B:runs:JOB":
				replies[i] = pipe.LRange(ctx, key, 0, 99)
			default:
				replies[i] = content(ctx, pipe, row.Type, key)
			}
		}
		return nil
	})
	m.s.must(m.t, err)
	for i, key := range keys {
		p.raw[key] = written(replies[i])
		p.read(key, replies[i])
	}
	return p
}

func (p *picture) read(key string, reply redis.Cmder) {
	if key == "jobs" {
		p.board = reply.(*redis.MapStringStringCmd).Val()
		return
	}
	name := strings.TrimPrefix(key, "jobs:")
	kind, rest, _ := strings.Cut(name, ":")
	switch kind {
	case "queue", "high", "low", "sel":
		p.waiting[name] = len(reply.(*redis.StringSliceCmd).Val())
		for _, text := range reply.(*redis.StringSliceCmd).Val() {
			if selects(text) != strings.TrimPrefix(name[strings.LastIndex(name, ":"):], ":") && (kind == "sel" || selects(text) != "") {
				p.misplaced = name + ": " + text
			}
			for _, other := range []string{"high", "low"} {
				if kind != "sel" && (kind == other) != strings.Contains(text, `"priority":"`+other+`"`) {
					p.misplaced = name + ": " + text
				}
			}
			if run := runIn(text); run != "" {
				p.queued = append(p.queued, run)
				p.entries[run] = text
			} else {
				p.headless++
			}
		}
	case "held":
		for token, text := range reply.(*redis.MapStringStringCmd).Val() {
			if !strings.HasPrefix(token, ".") {
				p.held[token] = attempt{rest, runIn(text), text}
			}
		}
	case "unique":
		p.unique[strings.TrimPrefix(rest, "mail ")] = reply.(*redis.StringCmd).Val()
	case "retry", "dead", "delayed":
		into := map[string]map[string]bool{"retry": p.retry, "dead": p.dead, "delayed": p.delayed}[kind]
		for _, z := range reply.(*redis.ZSliceCmd).Val() {
			into[z.Member.(string)] = true
		}
	case "parked":
		p.parked = reply.(*redis.MapStringStringCmd).Val()
	case "paused":
		p.paused = reply.(*redis.MapStringStringCmd).Val()
	case "schedule":
		p.schedule = map[string]float64{}
		for _, z := range reply.(*redis.ZSliceCmd).Val() {
			p.schedule[z.Member.(string)] = z.Score
		}
	case "busy":
		p.active = reply.(*redis.MapStringStringCmd).Val()
	case "latest":
		p.latest = reply.(*redis.MapStringStringCmd).Val()
	case "stats":
		for name, n := range reply.(*redis.MapStringStringCmd).Val() {
			p.stats[name], _ = strconv.Atoi(n)
		}
	case "runs":
		p.results[rest] = reply.(*redis.StringSliceCmd).Val()
	}
}

// runIn is the run of an entry that has a head.
func runIn(text string) string {
	if !strings.HasPrefix(text, `{"run":"`) {
		return ""
	}
	run := rawString(text[len(`{"run":"`):])
	if !strings.ContainsAny(run, "@#") {
		return ""
	}
	return run
}

// guarded tells whether an entry stands under overlap: forbid.
func guarded(text string) bool {
	head, _, _ := strings.Cut(text, `"queued":`)
	return strings.Contains(text, `"overlap":"forbid"`) && !strings.Contains(head, `"force":1`)
}

// judge compares a picture with the promises, and with the one before.
func (m *model) judge(p *picture) error {
	places := map[string]string{}
	at := func(run, place string) error {
		if other := places[run]; other != "" {
			return fmt.Errorf("run %s is in two places: %s and %s", run, other, place)
		}
		places[run] = place
		return nil
	}
	for _, run := range p.queued {
		if err := at(run, "queue"); err != nil {
			return err
		}
	}
	alone := map[string]string{}
	for token, a := range p.held {
		if err := at(a.run, "held by "+a.lane); err != nil {
			return err
		}
		job := claimOf(a.run, a.text)
		if guarded(a.text) {
			if other := alone[job]; other != "" {
				return fmt.Errorf("job %s has two attempts under overlap forbid: %s and %s", job, other, a.run)
			}
			alone[job] = a.run
			if p.active[job] != a.run {
				return fmt.Errorf("run %s is held under %s and the active one of its job is %q", a.run, token, p.active[job])
			}
		}
	}
	for run := range p.retry {
		if err := at(run, "retry"); err != nil {
			return err
		}
		for _, a := range m.was.held {
			if a.run == run && guarded(a.text) && p.active[claimOf(run, a.text)] != run {
				return fmt.Errorf("run %s waits for its retry and the active one of its job is %q", run, p.active[claimOf(run, a.text)])
			}
		}
	}
	for run := range p.dead {
		if err := at(run, "dead"); err != nil {
			return err
		}
	}
	for run := range p.delayed {
		if err := at(run, "delayed"); err != nil {
			return err
		}
	}
	if len(p.parked) != len(p.retry)+len(p.dead)+len(p.delayed) {
		return fmt.Errorf("%d entries are parked for %d retries, %d dead and %d delayed", len(p.parked), len(p.retry), len(p.dead), len(p.delayed))
	}
	for run, text := range p.parked {
		if !p.retry[run] && !p.dead[run] && !p.delayed[run] || runIn(text) != run {
			return fmt.Errorf("parked run %s is neither in retry nor dead, or not its entry: %s", run, text)
		}
	}
	for job, run := range p.active {
		if !strings.HasPrefix(places[run], "held") && places[run] != "retry" {
			return fmt.Errorf("the active run of %s is %q, which is %q", job, run, places[run])
		}
	}
	for job, number := range p.latest {
		if _, there := p.board[job]; !there {
			return fmt.Errorf("%s has left the board, and the number of its latest attempt stays: %s", job, number)
		}
	}
	if err := m.still(p); err != nil {
		return err
	}
	return m.results(p, places)
}

// results looks at the new terminal results and at conservation.
func (m *model) results(p *picture, places map[string]string) error {
	for job, records := range p.results {
		newest := ""
		if len(m.was.results[job]) > 0 {
			newest = m.was.results[job][0]
		}
		for _, text := range records {
			if text == newest {
				break
			}
			record, ok := ParseRecord(text)
			if !ok || !record.State.Ended() {
				return fmt.Errorf("record %q of an ended run", text)
			}
			if m.ended[record.ID] {
				return fmt.Errorf("run %s has a second result: %s", record.ID, text)
			}
			m.ended[record.ID] = true
			if err := m.dropped(record.ID, record.Reason); err != nil {
				return err
			}
		}
	}
	for run, place := range places {
		if m.ended[run] && place != "dead" {
			return fmt.Errorf("run %s has ended and is %s", run, place)
		}
	}
	st := p.stats
	terminal := st["succeeded"] + st["failed"] + st["dead"] + st["cancelled"]
	if terminal != len(m.ended) {
		return fmt.Errorf("the totals count %d ended runs, there are %d: %v", terminal, len(m.ended), st)
	}
	if err := m.kept(p, places); err != nil {
		return err
	}
	m.outside = p.headless
	in, out := st["queued"], len(p.queued)+len(p.held)+len(p.retry)+len(p.delayed)+terminal+st["collapsed"]+st["trimmed"]-m.trimmed+m.unseen
	if in != out {
		return fmt.Errorf("queued were %d; %d are queued, %d held, %d retrying, %d ended, %d taken unseen, the rest as in %v: %d",
			in, len(p.queued), len(p.held), len(p.retry), terminal, m.unseen, st, out)
	}
	return nil
}

func jobOf(run string) string { return run[:strings.LastIndexAny(run, "@#")] }
