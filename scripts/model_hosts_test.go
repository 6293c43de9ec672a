package scripts

import (
	"context"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// sources are what the lanes of the model take from besides the queues of its types.
var sources = []string{"shell gpu=true", "mail gpu=true", "shell @n1", "shell @n2", "mail @n1", "mail @n2"}

// hosts is a field for a job that is put.
func (m *model) hosts() string {
	return m.pick(`"hosts":"gpu=true"`, `"hosts":"all"`, "", "", "", "")
}

// beat lets one or both agents be heard of.
func (m *model) beat() operation {
	now, both := num(m.now), m.random.IntN(3) > 0
	return operation{name: fmt.Sprint("JBEAT ", both), send: func() any {
		for i, types := range []string{`["shell"]`, `["shell","mail"]`} {
			if i == 1 && !both {
				break
			}
			name := fmt.Sprint("n", i+1)
			if err, failed := m.s.call("jbeat", m.s.c.prefixed("jobs:format"), now, name, `{"runners":`+types+`}`, 1, 3600).(error); failed {
				return err
			}
		}
		return nil
	}}
}

// runOnAll runs a job on each live agent, if one is on the board; the agents are
// heard of before.
func (m *model) runOnAll() operation {
	for line := range strings.SplitSeq(m.was.raw["jobs"], "\n") {
		if id, text, _ := strings.Cut(line, " = "); strings.Contains(text, `"hosts":"all"`) {
			beat, run := m.beat(), m.run(id)
			return operation{name: beat.name + ", " + run.name, again: true, send: func() any {
				if err, failed := beat.send().(error); failed {
					return err
				}
				return run.send()
			}}
		}
	}
	return m.put()
}

// abandon lets n2 be gone for long, and looks that what waited for it ends.
func (m *model) abandon() operation {
	return operation{name: "n2 is gone", send: func() any {
		ctx := context.Background()
		m.s.rdb.HDel(ctx, "jobs:agents", "n2")
		// The first may hold off for a lease, as all do that come after half of one; and a list to which a run has just come back is looked at
		// later, so all that comes back at this time has to.
		for i := range 60 {
			if i < 6 {
				m.now += 1.5
			}
			for _, kind := range kinds {
				m.s.rdb.ZAddXX(ctx, "jobs:shares", redis.Z{Score: 1, Member: kind + ":@n2"})
			}
			if err, failed := m.s.op("jreap", "", num(m.now), 4, 1, 3).(error); failed {
				return err
			}
		}
		return nil
	}, check: func(_ any, p *picture) error {
		for _, kind := range kinds {
			if n := p.waiting["sel:"+kind+":@n2"]; n > 0 {
				return fmt.Errorf("%d runs of %s wait for an agent that is gone", n, kind)
			}
		}
		return nil
	}}
}

// selects is the selector of the list in which an entry has to lie, or nothing.
func selects(text string) string {
	head, _, _ := strings.Cut(text, `"id":`)
	switch {
	case strings.Contains(head, `"for_agent":"n1"`):
		return "@n1"
	case strings.Contains(head, `"for_agent":"n2"`):
		return "@n2"
	case strings.Contains(text, `"hosts":"gpu=true"`):
		return "gpu=true"
	case strings.Contains(text, `"hosts":"all"`):
		return "an agent of its own"
	}
	return ""
}

// claimOf is in whose name a run keeps others from starting.
func claimOf(run, text string) string {
	if on, own := strings.CutPrefix(selects(text), "@"); own {
		return jobOf(run) + "\n" + on
	}
	return jobOf(run)
}
