package simulation

import (
	"cmp"
	"slices"
	"time"
)

// The kinds of faults.
const (
	cutOff   = "cut off"             // an agent's connections break and are refused
	silenced = "partitioned"         // nothing arrives, either way
	frozen   = "paused"              // nothing arrives until it is over, and then all of it
	killed   = "killed"              // and started again
	stopped  = "stopped"             // with SIGTERM, and started again
	refusing = "store refuses"       // all connections
	hanging  = "store hangs"         // for all
	thawing  = "store paused"        // for all, and then it gets all that was sent
	losing   = "messages get lost"   // requests, replies, or replies and connections
	flushed  = "scripts flushed"     // the store has forgotten all commands
	unlocked = "lock deleted"        // the leader's
	termless = "term deleted"        // and who holds it
	handover = "leader asked to end" // it resigns
)

// plan is a fault that is to come.
type plan struct {
	at, takes time.Duration // since the origin
	kind      string
	agent     string
}

// makePlans spreads faults over a span, with so much rest between them at most. Those
// that concern agents or the store follow each other; others fall between and into them.
func makePlans(s seed, until, rest time.Duration) []plan {
	var plans []plan
	spread := func(what string, rest time.Duration, deck []plan) {
		at := 10 * time.Minute
		for i := 0; ; i++ {
			p := deck[i%len(deck)]
			if i%len(deck) == 0 { // a deck that is used up is shuffled again
				slices.SortFunc(deck, func(a, b plan) int {
					return cmp.Compare(s.number(what, i, a.kind, a.takes), s.number(what, i, b.kind, b.takes))
				})
				p = deck[0]
			}
			at += s.between(rest/3, rest, what, i, "rest")
			if at > until {
				return
			}
			p.at = at
			p.takes = s.between(p.takes/2, p.takes, what, i, "takes")
			p.agent = names[s.below(len(names), what, i, "agent")]
			if at+p.takes < until {
				at += p.takes
				plans = append(plans, p)
			}
		}
	}
	short, long := lease/4, lease*3
	spread("great", rest, []plan{
		{kind: cutOff, takes: short},
		{kind: cutOff, takes: long},
		{kind: silenced, takes: short},
		{kind: silenced, takes: long},
		{kind: frozen, takes: short},
		{kind: frozen, takes: long},
		{kind: killed, takes: long},
		{kind: killed, takes: short},
		{kind: killed, takes: long},
		{kind: stopped, takes: short},
		{kind: refusing, takes: 10 * time.Second},
		{kind: refusing, takes: lease * 2},
		{kind: hanging, takes: 10 * time.Second},
		{kind: hanging, takes: time.Hour},
		{kind: thawing, takes: 20 * time.Second},
		{kind: thawing, takes: long},
	})
	spread("small", rest*3/2, []plan{
		{kind: losing, takes: 10 * time.Minute},
		{kind: losing, takes: 20 * time.Minute},
		{kind: flushed},
		{kind: unlocked},
		{kind: termless},
		{kind: handover},
	})
	return plans
}

// strike carries out a fault from its begin to its end.
func (s *simulation) strike(p plan) {
	switch p.kind {
	case killed, stopped:
		if a := s.agent(p.agent); a != nil {
			s.outlive(p, a)
		}
	case cutOff, silenced, frozen:
		if a := s.agent(p.agent); a != nil {
			s.disturb(p, a.life)
		}
	case refusing, hanging, thawing, losing:
		s.disturb(p, "")
	case handover:
		s.each(func(a *agent) {
			if leads, _ := a.election.Leader(); leads {
				f := s.judge.begins(handover, a.life)
				a.election.Resign()
				s.judge.ends(f)
			}
		})
	default:
		f := s.judge.begins(p.kind, "")
		s.net.wait(func() {
			switch p.kind {
			case flushed:
				s.judge.read.ask("SCRIPT", "FLUSH")
			case unlocked:
				s.judge.read.ask("DEL", s.judge.read.keys.Leader())
			case termless:
				s.judge.read.ask("DEL", s.judge.read.keys.Tick())
			}
		})
		s.judge.ends(f)
	}
}

// disturb changes the link of a life, or of the store, for a while.
func (s *simulation) disturb(p plan, life string) {
	f := s.judge.begins(p.kind, life)
	during := func(on bool) func(*link) {
		return func(l *link) {
			switch p.kind {
			case cutOff, refusing:
				l.cut = on
			case silenced, hanging:
				l.hangs = on
			case frozen, thawing:
				l.hangs, l.late = on, on
			case losing:
				l.lossy = 0
				if on {
					l.lossy = 0.1 + 0.6*s.seed.share("lossy", p.at)
				}
			}
		}
	}
	s.net.change(life, during(true))
	time.Sleep(p.takes)
	s.net.change(life, during(false))
	s.judge.ends(f)
}

// outlive ends a life of an agent and begins another one.
func (s *simulation) outlive(p plan, a *agent) {
	f := s.judge.begins(p.kind, a.life)
	s.replace(p.agent, nil)
	if p.kind == killed {
		a.kill(s.net)
	} else {
		a.stop()
	}
	time.Sleep(p.takes)
	s.judge.ends(f)
	s.begin(p.agent)
}

// agent is the present life of an agent, nil between two.
func (s *simulation) agent(name string) *agent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.agents[name]
}

func (s *simulation) replace(name string, a *agent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.agents[name] = a
}
