package simulation

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/scripts"
)

// mistake is one that is planted in a command of the store.
type mistake struct {
	name      string
	command   string
	good, bad string
	says      string // what the judge complains of, as a pattern
	text      string // of the command with the mistake
}

// mistaken is a command as the store gets it.
func (n *network) mistaken(name string, args []string) []string {
	if n.plant == nil || n.plant.command != name {
		return args
	}
	return append([]string{"eval", n.plant.text}, args[2:]...)
}

// The judge finds mistakes that are planted in the commands.
func TestTheJudgeFindsPlantedMistakes(t *testing.T) {
	const never = "if false and "
	takesLong(t)
	for _, m := range []mistake{
		{
			name: "a fire does not move the schedule on", command: "jfire",
			good: "if #scores > 0 then redis.call('ZADD', k.schedule, unpack(scores)) end", says: "lies in the queues twice",
		},
		{
			name: "a fire goes on from now instead of the nominal time", command: "jfire",
			good: "local at = grid(m, score, n, interval)\n  if", bad: "local at = now + interval\n  if", says: "it is scheduled for|policies say",
		},
		{
			name: "a lease is taken away although nobody could renew it", command: "jreap",
			good: "if now >= hold then", bad: "do", says: "no fault of that agent explains it",
		},
		{
			name: "an ack needs no token", command: "jackmany",
			good: `local text = not became[token] and entries[i]`,
			bad:  `local text = not became[token] and (entries[i] or '{"run":"' .. run .. '","queued":1,"id":"x"}')`, says: "and the run is|does not hold it|after it had ended",
		},
		{
			name: "a take sent again takes more", command: "jtake",
			good: "if last and string.match(last, '^%S+') == op then", bad: never + "last then", says: "no fault of that agent explains it|does not execute it|forgotten nothing",
		},
		{
			name: "a fire looks at no overlap", command: "jfire",
			good: "if m.overlap and m.hosts ~= 'all' then asked", bad: never + "m then asked", says: "the calendar and the policies say",
		},
		{
			name: "a lost run is not queued again", command: "jreap",
			good: "else\n          requeue(k, now, run, entry(run, counts, queued, rest))\n        end", bad: "end", says: "it should be queued|policies say",
		},
	} {
		t.Run(m.name, func(t *testing.T) {
			sources, err := scripts.Sources()
			if err != nil {
				t.Fatal(err)
			}
			for _, source := range sources {
				if source.Name == m.command {
					if strings.Count(source.Text, m.good) != 1 {
						t.Fatalf("%s has %q %d times, want once: plant the mistake anew", m.command, m.good, strings.Count(source.Text, m.good))
					}
					m.text = strings.Replace(source.Text, m.good, m.bad, 1)
				}
			}
			for s := seed(12); s < 16; s++ { // which breaks much, and early
				r := play(t, s, 4*time.Hour, func(sim *simulation) { sim.net.plant, sim.rest, sim.judge.enough = &m, lease, 1 })
				if len(r.complaints) > 0 {
					if !regexp.MustCompile(m.says).MatchString(r.complaints[0]) {
						t.Errorf("it complains, and not that %q", m.says)
					}
					t.Logf("seed %d: %s", s, r.complaints[0])
					return
				}
			}
			t.Error("nothing was found")
		})
	}
}
